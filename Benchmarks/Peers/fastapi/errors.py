"""Errors as partners see them."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from store import IdempotencyKeyReused, UnknownPatient


class APIError(Exception):
    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(APIError, render_api_error)
    app.add_exception_handler(RequestValidationError, render_validation_error)
    app.add_exception_handler(UnknownPatient, render_unknown_patient)
    app.add_exception_handler(IdempotencyKeyReused, render_reused_key)


async def render_api_error(request: Request, error: APIError) -> JSONResponse:
    return JSONResponse({"message": error.message, "code": error.code}, error.status, error.headers)


async def render_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    problems: dict[str, list[str]] = {}
    for problem in error.errors():
        if problem["type"] == "json_invalid":
            return JSONResponse({"message": "The body is not valid JSON.", "code": "invalid_json"}, 400)
        problems.setdefault(member_name(problem), []).append(problem["msg"])
    return invalid(problems)


async def render_unknown_patient(request: Request, error: UnknownPatient) -> JSONResponse:
    return invalid({"patient_id": ["patient_id does not match any of your patients."]})


async def render_reused_key(request: Request, error: IdempotencyKeyReused) -> JSONResponse:
    message = "The Idempotency-Key was used with another body."
    return JSONResponse({"message": message, "code": "idempotency_key_reused"}, 409)


def member_name(problem: dict[str, Any]) -> str:
    """The path of a member in the body, for example webhook_urls.0."""
    return ".".join(str(part) for part in problem["loc"][1:])


def invalid(problems: dict[str, list[str]]) -> JSONResponse:
    message = "The given data was invalid."
    return JSONResponse({"message": message, "code": "validation_failed", "errors": problems}, 422)
