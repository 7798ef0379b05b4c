from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
import stripe
from backend_fakes import World
from fastapi.testclient import TestClient

from shop.api import create_app
from shop.billing.changes import Bought
from shop.billing.stripe_door import StripePayments
from shop.mail import MailUnavailable
from shop.settings import Settings

SECRET = "whsec_of_this_test"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": 1_778_760_000,
    "data": {
        "object": {
            "id": "cs_1",
            "mode": "subscription",
            "client_reference_id": "auth0|jon",
            "metadata": {"plan": "house"},
            "subscription": "sub_1",
            "invoice": "in_1",
            "amount_total": 1900,
            "currency": "eur",
            "customer_details": {"email": "jon@example.test", "name": "Jón <Þórsson>"},
        }
    },
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


@pytest.fixture
def shop(world: World) -> Iterator[TestClient]:
    """The API with Stripe's real check of signatures."""
    settings = Settings(
        database_url="postgresql://app@nowhere/app",
        app_url="http://app.test",
        api_url="http://api.test",
        auth_issuer="http://auth.test/",
        auth_audience="a",
        stripe_secret_key="sk_test_1",
        stripe_webhook_secret=SECRET,
        stripe_webhook_secret_previous="whsec_before",
        smtp_host="nowhere",
        prefect_api_url="http://prefect.test/api",
    )
    with TestClient(create_app(world.doors(payments=StripePayments(settings)))) as client:
        yield client


def signed(body: bytes = BODY, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """The header that Stripe sends, made with the SDK's own helper."""
    at = int(time.time()) - age
    mac = stripe.WebhookSignature._compute_signature(f"{at}.{body.decode()}", secret)
    return {"Stripe-Signature": f"t={at},v1={mac}", "Content-Type": "application/json"}


def test_signed_event_is_applied_and_its_receipt_mailed(shop: TestClient, world: World) -> None:
    answer = shop.post("/webhooks/stripe", content=BODY, headers=signed())
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert [type(change) for change in world.store.changes] == [Bought]
    assert [(mail.recipient, mail.subject) for mail in world.mails] == [
        ("jon@example.test", "Your Fernhill Tea receipt 1001")
    ]


def test_the_secret_before_is_taken_while_both_are_valid(shop: TestClient) -> None:
    assert shop.post("/webhooks/stripe", content=BODY, headers=signed(secret="whsec_before")).status_code == 200


def test_replayed_event_changes_nothing_and_mails_nothing(shop: TestClient, world: World) -> None:
    answers = [shop.post("/webhooks/stripe", content=BODY, headers=signed()).status_code for _ in range(3)]
    assert answers == [200, 200, 200]
    assert (len(world.store.changes), len(world.mails)) == (1, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "nonsense"},
        {"Stripe-Signature": "t=1,v1="},
        signed(secret="whsec_another"),
        signed(body=BODY + b" "),
        signed(age=3600),
    ],
)
def test_bad_signature_changes_nothing(shop: TestClient, world: World, headers: dict[str, str]) -> None:
    answer = shop.post("/webhooks/stripe", content=BODY, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad-signature")
    assert (world.store.seen, world.mails) == ([], [])


@pytest.mark.parametrize("body", [b"no json", b"[]", b""])
def test_signed_body_that_is_no_event_is_refused(shop: TestClient, body: bytes) -> None:
    assert shop.post("/webhooks/stripe", content=body, headers=signed(body)).status_code == 400


def test_body_that_is_not_text_is_refused(shop: TestClient) -> None:
    assert shop.post("/webhooks/stripe", content=b"\xff\xfe", headers=signed()).status_code == 400


@pytest.mark.parametrize("length", [256 * 1024 + 1, 10 * 1024 * 1024])
def test_long_body_is_refused_whether_its_length_is_told_or_not(shop: TestClient, world: World, length: int) -> None:
    body = b"x" * length
    chunks = (body[start : start + 65536] for start in range(0, length, 65536))
    told = shop.post("/webhooks/stripe", content=body, headers=signed())
    untold = shop.post("/webhooks/stripe", content=chunks, headers=signed())
    assert [each.status_code for each in (told, untold)] == [413, 413]
    assert told.json()["error"]["code"] == "too-long"
    assert world.store.seen == []


def test_body_of_exactly_the_limit_is_read(shop: TestClient) -> None:
    body = json.dumps(EVENT | {"type": "ping", "pad": ""}).encode()
    body = body[:-2] + b"x" * (256 * 1024 - len(body)) + body[-2:]
    assert shop.post("/webhooks/stripe", content=body, headers=signed(body)).status_code == 200


def test_receipt_that_cannot_be_mailed_is_mailed_by_the_next_delivery(shop: TestClient, world: World) -> None:
    world.mail_failure = MailUnavailable("mailpit:1025: connection refused")
    failed = shop.post("/webhooks/stripe", content=BODY, headers=signed())
    assert (failed.status_code, failed.json()["error"]["code"]) == (503, "receipt-not-sent")
    world.mail_failure = None
    assert shop.post("/webhooks/stripe", content=BODY, headers=signed()).status_code == 200
    assert (len(world.store.changes), len(world.mails)) == (1, 1)


def test_event_of_another_kind_is_received_and_changes_nothing(shop: TestClient, world: World) -> None:
    body = json.dumps(EVENT | {"id": "evt_2", "type": "charge.succeeded"}).encode()
    assert shop.post("/webhooks/stripe", content=body, headers=signed(body)).status_code == 200
    assert (world.store.seen, world.store.changes) == (["evt_2"], [])
