"""Which right a route needs: `Annotated[Caller, needs("read:account")]`."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shop import logs
from shop.api.doors import Reach
from shop.api.errors import ApiError
from shop.auth.tokens import BadToken, Caller

_log = logging.getLogger(__name__)
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="An access token of the sign-in service.")


def needs(scope: str) -> Any:
    """A dependency that lets in callers with `scope` and gives who calls; 401 and 403 otherwise."""

    def allowed(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        if scope not in caller.scopes:
            challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
            raise ApiError(403, "missing-scope", f"This needs the right {scope}.", challenge)
        return caller

    return Depends(allowed)


def _caller(doors: Reach, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    if given is None:
        raise ApiError(401, "unauthenticated", "Sign in first.", {"WWW-Authenticate": "Bearer"})
    try:
        return doors.tokens.caller(given.credentials)
    except BadToken as error:
        logs.event(_log, logging.INFO, "access token refused", reason=str(error))
        message = f"The access token is not accepted: {error}. Sign in again."
        raise ApiError(401, "unauthenticated", message, {"WWW-Authenticate": 'Bearer error="invalid_token"'}) from None
