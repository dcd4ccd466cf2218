"""The endpoints. Each worker has an application of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Path, Request, Response
from fastapi.responses import PlainTextResponse

from duties import Duties, DutiesMiddleware
from errors import APIError, add_error_handlers
from models import AuditEntry, Order, OrderDraft, Patient, PatientDetails, timestamp
from settings import Settings
from store import IdempotencyRecord, Store, Submission
from tokens import Authenticator, TokenDigests, TokenSigner

router = APIRouter()


@dataclass
class Services:
    store: Store
    authenticator: Authenticator
    duties: Duties | None


@dataclass
class Caller:
    """Who sends a request, and the request."""

    tenant: str
    request_id: str
    services: Services

    def audit_entry(self, action: str, subject: str) -> AuditEntry:
        return AuditEntry.model_construct(
            at=timestamp(), tenant=self.tenant, action=action, subject=subject, request_id=self.request_id
        )


async def admit(request: Request) -> Caller:
    """Finds the tenant of the bearer token and counts the request against its rate limit."""
    services: Services = request.app.state.services
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    tenant = services.authenticator.authenticate(token) if scheme.lower() == "bearer" else None
    if tenant is None:
        message = "The access token is missing or invalid."
        raise APIError(401, "unauthenticated", message, {"WWW-Authenticate": "Bearer"})
    if services.duties is None:
        return Caller(tenant, "", services)
    request.state.bucket = services.duties.bucket(tenant)
    if not request.state.bucket.take():
        raise APIError(429, "rate_limited", "Too many requests.", {"Retry-After": "1"})
    return Caller(tenant, request.state.request_id, services)


AdmittedCaller = Annotated[Caller, Depends(admit)]


@router.get("/constant")
async def constant() -> PlainTextResponse:
    return PlainTextResponse("Hello, world!")


@router.get("/patients/{id}")
async def read_patient(patient_id: Annotated[str, Path(alias="id")], caller: AdmittedCaller) -> Response:
    document = caller.services.store.patient(patient_id, caller.tenant)
    if document is None:
        raise APIError(404, "not_found", "Not found.")
    if caller.services.duties:
        caller.services.duties.audit(caller.audit_entry("patient.read", patient_id))
    return data_response(200, document)


@router.post("/patients")
async def create_patient(details: PatientDetails, caller: AdmittedCaller) -> Response:
    patient = Patient.register(details)
    document = patient.model_dump_json().encode()
    await caller.services.store.add_patient(patient.uuid, caller.tenant, document)
    return data_response(201, document)


@router.post("/orders")
async def submit_order(
    request: Request,
    draft: OrderDraft,
    caller: AdmittedCaller,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    order = Order.place(draft)
    if caller.services.duties:
        submission = Submission(
            caller.tenant,
            order,
            idempotency=IdempotencyRecord.of(idempotency_key, await request.body()),
            audit=caller.audit_entry("order.submitted", order.uuid),
        )
    else:
        submission = Submission(caller.tenant, order)
    document, is_replayed = await caller.services.store.add_order(submission)
    response = data_response(201, document)
    if is_replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def data_response(status: int, document: bytes) -> Response:
    """Sends a JSON document as the member data."""
    return Response(b'{"data":%b}' % document, status, media_type="application/json")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    if services.duties:
        writing = asyncio.create_task(services.duties.write_periodically())
    yield
    if services.duties:
        writing.cancel()
        await services.duties.write_collected()
    services.store.close()


def create_app() -> FastAPI:
    settings = Settings.from_environment()
    store = Store(settings)
    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    add_error_handlers(app)
    if settings.equal:
        duties = Duties(store)
        app.state.services = Services(store, TokenSigner(settings.signing_key), duties)
        app.add_middleware(DutiesMiddleware, duties=duties)
    else:
        app.state.services = Services(store, TokenDigests(settings.token, settings.tenant), None)
    return app
