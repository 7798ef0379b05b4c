"""Puts a person's payments back, so that the tests can run twice against one stage."""

from __future__ import annotations

import time

from stagekit.testing import SignIn, Stage

KEY = {"Authorization": "Bearer sk_test_local"}


def end_subscriptions(stage: Stage, sign_in: SignIn, email: str) -> None:
    """Cancels what the person bought, and waits until the product has heard of it."""
    with stage.http("stripe", headers=KEY) as stripe:
        customers = stripe.get("/v1/customers", params={"email": email}).raise_for_status().json()["data"]
        for customer in customers:
            found = stripe.get("/v1/subscriptions", params={"customer": customer["id"], "status": "active"})
            for subscription in found.raise_for_status().json()["data"]:
                stripe.delete(f"/v1/subscriptions/{subscription['id']}").raise_for_status()
    _wait_until_heard(stage, sign_in, email)


def _wait_until_heard(stage: Stage, sign_in: SignIn, email: str) -> None:
    headers = sign_in(email, scope="read:account").headers
    deadline = time.monotonic() + 20
    with stage.http("api") as api:
        while _is_active(api.get("/me", headers=headers).json()["subscription"]):
            assert time.monotonic() < deadline, f"the product still has {email} subscribed after 20 s"
            time.sleep(0.1)


def _is_active(subscription: dict[str, object] | None) -> bool:
    return subscription is not None and subscription["status"] == "active"
