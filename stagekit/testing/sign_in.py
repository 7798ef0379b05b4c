"""Access tokens for test users, from the stage's sign-in, by the password grant that tests may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Token:
    """What a sign-in gives: the access token and the scopes that were granted."""

    access_token: str
    scopes: frozenset[str]

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header for an API call."""
        return {"Authorization": f"Bearer {self.access_token}"}


@dataclass(frozen=True)
class SignIn:
    """Signs test users in.

    http      a client of the stage's sign-in
    audience  the API that tokens are for
    """

    http: httpx.Client
    client_id: str
    client_secret: str
    audience: str
    password: str
    scope: str = "openid profile email"

    def __call__(self, email: str, *, scope: str = "", password: str = "") -> Token:
        """A token for one person; AssertionError with the sign-in's own words when it refuses."""
        answer = self.http.post(
            "/oauth/token",
            data={
                "grant_type": "password",
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "username": email,
                "password": password or self.password,
                "audience": self.audience,
                "scope": f"{self.scope} {scope}".strip(),
            },
        )
        assert answer.status_code == 200, f"sign-in refused {email}: {answer.text}"
        body = answer.json()
        return Token(body["access_token"], frozenset(body.get("scope", "").split()))
