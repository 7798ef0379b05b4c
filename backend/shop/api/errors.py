"""Every error has one shape: {"error": {"code", "message", "request_id"}}."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from shop import logs
from shop.auth.keys import IssuerUnreachable
from shop.billing.stripe_door import PaymentsUnavailable
from shop.reports.runs import RunsUnavailable

_log = logging.getLogger(__name__)
_UNAVAILABLE: dict[type[Exception], tuple[str, str]] = {
    OperationalError: ("database-unavailable", "The database does not answer. Try again in a moment."),
    InterfaceError: ("database-unavailable", "The database does not answer. Try again in a moment."),
    IssuerUnreachable: ("sign-in-unavailable", "Sign-in cannot be checked now. Try again in a moment."),
    PaymentsUnavailable: ("payments-unavailable", "Payments do not answer. Nothing was charged; try again."),
    RunsUnavailable: (
        "reports-unavailable",
        "The report's worker cannot be reached now. Try again in a moment.",
    ),
}


class ErrorDetail(BaseModel):
    code: str = Field(examples=["missing-scope"])
    message: str = Field(examples=["This needs the right read:reports."])
    request_id: str


class ErrorBody(BaseModel):
    """What every answer of 400 and more holds."""

    error: ErrorDetail


class ApiError(Exception):
    """An answer that is expected: `code` is for programs, `message` for people."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: which errors it answers with."""
    return {status: {"model": ErrorBody, "description": _DESCRIPTIONS[status]} for status in statuses}


def error_answer(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = {"error": {"code": code, "message": message, "request_id": logs.request_id.get()}}
    return JSONResponse(body, status, headers)


def add_error_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in _UNAVAILABLE:
        app.add_exception_handler(kind, _unavailable)


async def _api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return error_answer(error.status, error.code, error.message, error.headers)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
    return error_answer(422, "validation", "; ".join(problems))


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http")
    return error_answer(error.status_code, code, str(error.detail), dict(error.headers or {}))


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    kind = next(kind for kind in _UNAVAILABLE if isinstance(error, kind))
    code, message = _UNAVAILABLE[kind]
    logs.event(_log, logging.ERROR, code, reason=str(error).splitlines()[0])
    return error_answer(503, code, message, {"Retry-After": "5"})


_DESCRIPTIONS = {
    400: "The webhook's signature is missing, wrong or too old.",
    401: "No access token, or not one of this shop's, or it has expired.",
    403: "The access token lacks the right that this needs.",
    404: "There is no such thing.",
    409: "It is so already.",
    413: "The body is longer than 256 kB.",
    422: "The request is not of its shape.",
    503: "A service this needs does not answer; try again in a moment.",
}
