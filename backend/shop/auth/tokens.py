"""Verify an access token and say who calls with which rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from shop.auth.keys import IssuerKeys, UnknownKey

# Custom claims carry a URL as their name (Auth0 drops others); the page and the issuer use the same names.
CLAIM = "https://shop.example/"
# For clocks that differ a little between the issuer and this machine.
LEEWAY_SECONDS = 5


class BadToken(Exception):
    """The token is not one of the issuer's for this API, or its time is over."""


@dataclass(frozen=True)
class Caller:
    sub: str
    email: str | None
    name: str | None
    scopes: frozenset[str]


class Tokens(Protocol):
    def caller(self, token: str) -> Caller:
        """Raises BadToken or IssuerUnreachable."""


class TokenVerifier:
    """RS256 only: the algorithm is ours to choose, never the token's (so `none` and HS256 are refused)."""

    def __init__(self, issuer: str, audience: str, keys: IssuerKeys) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys

    def caller(self, token: str) -> Caller:
        try:
            return _caller(self._claims(token))
        except UnknownKey as error:
            raise BadToken("it is signed with a key that the issuer does not publish") from error
        except jwt.PyJWTError as error:
            raise BadToken(_words(error)) from error

    def _claims(self, token: str) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token).get("kid")
        if not isinstance(kid, str):
            raise jwt.InvalidTokenError("it does not name its key")
        return jwt.decode(
            token,
            self._keys.key(kid),
            algorithms=["RS256"],
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )


def _caller(claims: dict[str, Any]) -> Caller:
    return Caller(
        sub=claims["sub"],
        email=_text(claims.get(f"{CLAIM}email")),
        name=_text(claims.get(f"{CLAIM}name")),
        scopes=_scopes(claims),
    )


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """`scope` as OAuth says it, `permissions` as Auth0 adds with role-based access control."""
    scope, permissions = claims.get("scope"), claims.get("permissions")
    words = scope.split() if isinstance(scope, str) else []
    more = [each for each in permissions if isinstance(each, str)] if isinstance(permissions, list) else []
    return frozenset([*words, *more])


def _text(claim: Any) -> str | None:
    return claim if isinstance(claim, str) and claim else None


def _words(error: jwt.PyJWTError) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired"
        case jwt.InvalidIssuerError():
            return "it is from another issuer"
        case jwt.InvalidAudienceError():
            return "it is for another audience"
        case jwt.InvalidAlgorithmError():
            return "its algorithm is not RS256"
    return f"it cannot be verified ({error})"
