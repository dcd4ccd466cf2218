"""Patients and orders on the wire."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import uuid4

from pydantic import BaseModel, Field, PastDate, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[\p{L}\p{M} '’-]+$", max_length=35)]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
AddressLine = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=36)]
Reference = Annotated[str, StringConstraints(max_length=100)]
WebhookURL = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+", max_length=2048)]


def timestamp() -> str:
    """The time as the guide renders it, for example 2025-12-22T17:15:01+00:00."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class PatientDetails(BaseModel):
    """The members of a patient that partners set."""

    first_name: Name
    middle_name: Name | None = None
    last_name: Name
    date_of_birth: PastDate
    gender: Literal["M", "F", "U"]
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    phone_home: Phone | None = None
    phone_work: Phone | None = None
    phone_cell: Phone | None = None
    address1: AddressLine
    address2: AddressLine | None = None
    city: AddressLine
    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    zip: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}(-?[0-9]{4})?$")]
    external_id: Reference | None = None


class Patient(PatientDetails):
    """A patient in responses and in the database."""

    uuid: str
    created_at: str
    updated_at: str

    @classmethod
    def register(cls, details: PatientDetails) -> Self:
        now = timestamp()
        return cls.model_construct(**vars(details), uuid=str(uuid4()), created_at=now, updated_at=now)


class OrderDraft(BaseModel):
    """An order as partners submit it."""

    patient_id: Identifier
    pharmacy_id: Identifier
    medication_id: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    dispense_quantity: Annotated[int, Field(strict=True, ge=1, le=1000)]
    days_supply: Annotated[int, Field(strict=True, ge=1, le=365)] | None = None
    order_id: Reference | None = None
    customer_id: Reference | None = None
    memo: Annotated[str, StringConstraints(max_length=1024)] | None = None
    clinical_notes: Annotated[str, StringConstraints(max_length=2048)] | None = None
    webhook_urls: Annotated[list[WebhookURL], Field(max_length=5)] = []


class Order(OrderDraft):
    """An order in responses and in the database."""

    uuid: str
    status: str
    created_at: str
    updated_at: str

    @classmethod
    def place(cls, draft: OrderDraft) -> Self:
        now = timestamp()
        return cls.model_construct(**vars(draft), uuid=str(uuid4()), status="pending", created_at=now, updated_at=now)

    def created_event(self) -> "Event":
        order = EventOrder.model_construct(
            uuid=self.uuid, order_id=self.order_id, customer_id=self.customer_id, status=self.status
        )
        return Event.model_construct(event="order.created", order=order, timestamp=self.created_at)


class EventOrder(BaseModel):
    uuid: str
    order_id: str | None
    customer_id: str | None
    status: str


class Event(BaseModel):
    """The payload of a webhook."""

    event: str
    order: EventOrder
    timestamp: str


class AuditEntry(BaseModel):
    """Reports who did what."""

    at: str
    tenant: str
    action: str
    subject: str
    request_id: str
