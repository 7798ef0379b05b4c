"""Stripe, by its own SDK: the key's account, and the endpoints that are told of events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import stripe

from stagekit.secret import Secret

TIMEOUT = 15  # seconds


@dataclass(frozen=True)
class Endpoint:
    """A webhook endpoint of an account."""

    id: str
    url: str
    events: tuple[str, ...]
    enabled: bool


class StripeFailed(Exception):
    """Stripe refused, or did not answer; `text` is what is known, without the key."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class StripeDoor:
    """One account. Raises StripeFailed.

    address  of another API that speaks Stripe's; empty: Stripe itself
    """

    def __init__(self, key: Secret, *, address: str = "") -> None:
        addresses: Any = {"api": address} if address else {}
        http = stripe.RequestsClient(timeout=TIMEOUT)
        self._client = stripe.StripeClient(key.reveal(), base_addresses=addresses, http_client=http)

    def endpoints(self) -> list[Endpoint]:
        """The webhook endpoints."""
        try:
            found = self._client.v1.webhook_endpoints.list({"limit": 100})
            return [Endpoint(e.id, e.url, tuple(e.enabled_events), e.status == "enabled") for e in found.data]
        except stripe.StripeError as problem:
            raise StripeFailed(_words(problem)) from None

    def make_endpoint(self, url: str, events: Sequence[str]) -> Secret:
        """Makes an endpoint; returns the secret that its events are signed with, which Stripe tells this once."""
        wanted: Any = {"url": url, "enabled_events": list(events), "description": "made by stagekit"}
        try:
            made = self._client.v1.webhook_endpoints.create(wanted)
        except stripe.StripeError as problem:
            raise StripeFailed(_words(problem)) from None
        secret = getattr(made, "secret", None)
        if not secret:
            raise StripeFailed(f"it made the endpoint {made.id} and told no secret")
        return Secret(secret)


def _words(problem: stripe.StripeError) -> str:
    # Stripe's own message of a bad key shows some of its letters: only its kind is told.
    if isinstance(problem, stripe.AuthenticationError):
        return "it does not know the key"
    return (problem.user_message or type(problem).__name__).splitlines()[0]
