"""Errors in Stripe's shape."""

from typing import Any


class StripeError(Exception):
    """Answered as ``{"error": {...}}`` with this HTTP status, as Stripe does."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        param: str = "",
        kind: str = "invalid_request_error",
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        named = {"code": code, "message": message, "param": param, "type": kind, **more}
        self.body = {"error": {name: value for name, value in named.items() if value}}


def missing(noun: str, wanted: str, *, param: str = "id", status: int = 404) -> StripeError:
    """Stripe answers 404 for an object named in the address and 400 for one named in a parameter."""
    message = f"No such {noun}: '{wanted}'"
    return StripeError(status, message, code="resource_missing", param=param)


def unsupported(what: str, param: str = "") -> StripeError:
    """Refuses what the stand-in would otherwise answer wrongly and silently."""
    message = f"The Stripe stand-in of this stage does not do {what}. Use a Stripe sandbox to try it."
    return StripeError(400, message, code="standin_unsupported", param=param)
