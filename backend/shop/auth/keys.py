"""The issuer's signing keys, found by discovery, cached."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import jwt

FetchJson = Callable[[str], Any]
# An unknown key id asks the issuer again, but a caller who invents key ids must not make us hammer it.
REFETCH_SECONDS = 10.0
# A key the issuer has withdrawn is forgotten after this time.
KEEP_SECONDS = 600.0


class IssuerUnreachable(Exception):
    """The issuer's documents cannot be had: nobody can be let in, and it is not the caller's fault."""


class UnknownKey(Exception):
    """The issuer publishes no such key."""


class IssuerKeys:
    """`fetch` gives the JSON behind an address or raises OSError or ValueError; `clock` counts seconds."""

    def __init__(self, issuer: str, fetch: FetchJson, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at: float | None = None

    def key(self, kid: str) -> jwt.PyJWK:
        """The key named `kid`. Raises UnknownKey or IssuerUnreachable."""
        with self._lock:
            if self._must_ask(kid):
                self._keys = self._ask()
            if kid not in self._keys:
                raise UnknownKey(kid)
            return self._keys[kid]

    def _must_ask(self, kid: str) -> bool:
        if self._asked_at is None:
            return True
        age = self._clock() - self._asked_at
        return age > KEEP_SECONDS or (kid not in self._keys and age > REFETCH_SECONDS)

    def _ask(self) -> dict[str, jwt.PyJWK]:
        try:
            keys = _signing_keys(self._fetch(self._jwks_address())["keys"])
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            raise IssuerUnreachable(f"the keys of {self._issuer} cannot be read: {error!r}") from error
        self._asked_at = self._clock()
        return keys

    def _jwks_address(self) -> str:
        document = self._fetch(f"{self._issuer}.well-known/openid-configuration")
        if document["issuer"] != self._issuer:
            raise ValueError(f"its discovery document names another issuer: {document['issuer']}")
        return str(document["jwks_uri"])


def _signing_keys(published: list[dict[str, Any]]) -> dict[str, jwt.PyJWK]:
    rsa = (key for key in published if key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and "kid" in key)
    return {key["kid"]: jwt.PyJWK.from_dict(key, algorithm="RS256") for key in rsa}
