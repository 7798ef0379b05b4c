"""The door to Stripe: checkout sessions, and the check of a webhook's signature. Stripe's own SDK does both."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import Any, Protocol

import stripe

from shop.settings import Settings
from shop.values import Plan

TIMEOUT_SECONDS = 10
RETRIES = 2


class PaymentsUnavailable(Exception):
    """Stripe does not answer, refuses us, or lacks the plan's price."""


class BadSignature(Exception):
    """The body was not signed with our webhook secret, or too long ago."""


@dataclass(frozen=True)
class Buyer:
    sub: str
    email: str | None


class Payments(Protocol):
    def checkout(self, plan: Plan, buyer: Buyer) -> str:
        """The address of a checkout page for one subscription. Raises PaymentsUnavailable."""

    def event(self, body: bytes, signature: str) -> dict[str, Any]:
        """The event in a webhook's body. Raises BadSignature."""


def stripe_client(settings: Settings) -> stripe.StripeClient:
    """The SDK's client, at STRIPE_API_URL where that is given, else at Stripe."""
    addresses: Any = {"api": settings.stripe_api_url.rstrip("/")} if settings.stripe_api_url else {}
    return stripe.StripeClient(
        settings.stripe_secret_key.get_secret_value(),
        base_addresses=addresses,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


class StripePayments:
    """See Payments."""

    def __init__(self, settings: Settings) -> None:
        self._client = stripe_client(settings)
        self._app_url = settings.app_url
        secrets = (settings.stripe_webhook_secret, settings.stripe_webhook_secret_previous)
        self._webhook_secrets = [found for secret in secrets if (found := secret.get_secret_value())]

    def checkout(self, plan: Plan, buyer: Buyer) -> str:
        try:
            session = self._client.v1.checkout.sessions.create(params=self._session(plan, buyer))
        except stripe.StripeError as error:
            raise PaymentsUnavailable(f"no checkout session: {error.user_message or error}") from error
        if not session.url:
            raise PaymentsUnavailable("the checkout session has no address")
        return session.url

    def event(self, body: bytes, signature: str) -> dict[str, Any]:
        try:
            text = body.decode()
            self._verify(text, signature)
            event = json.loads(text)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise BadSignature(str(error).splitlines()[0]) from error
        if not isinstance(event, dict):
            raise BadSignature("the body is no event")
        return event

    def _verify(self, text: str, signature: str) -> None:
        """Takes what any of the valid secrets has signed: after a rotation there are two for a while."""
        *others, last = self._webhook_secrets
        for secret in others:
            with contextlib.suppress(stripe.SignatureVerificationError):
                stripe.WebhookSignature.verify_header(text, signature, secret, tolerance=300)
                return
        stripe.WebhookSignature.verify_header(text, signature, last, tolerance=300)

    def _session(self, plan: Plan, buyer: Buyer) -> Any:
        """What our webhook needs to know comes back in the session (and its subscription) as metadata."""
        metadata = {"plan": plan.id, "sub": buyer.sub}
        session: dict[str, Any] = {
            "mode": "subscription",
            "line_items": [{"price": self._price(plan.id), "quantity": 1}],
            "client_reference_id": buyer.sub,
            "metadata": metadata,
            "subscription_data": {"metadata": metadata},
            "success_url": f"{self._app_url}/account?checkout=success",
            "cancel_url": f"{self._app_url}/?checkout=cancelled",
        }
        return session | ({"customer_email": buyer.email} if buyer.email else {})

    def _price(self, lookup_key: str) -> str:
        found = self._client.v1.prices.list(params={"lookup_keys": [lookup_key], "active": True, "limit": 1})
        for price in found.data:
            if price.lookup_key == lookup_key:
                return price.id
        raise PaymentsUnavailable(f"Stripe has no price with lookup key {lookup_key}: run the seed")
