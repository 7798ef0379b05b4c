"""What the stage's own seed asks of the stand-in."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient
from stripe_network import START

from stripe_standin.store import Store

CUSTOMER = {"id": "cus_seed_ana", "email": "ana@example.test", "name": 'Ana "A" Ø', "created": START - 9_000_000}


def subscription(**more: Any) -> dict[str, Any]:
    return {
        "id": "sub_seed_ana",
        "customer": "cus_seed_ana",
        "lookup_key": "house",
        "status": "active",
        "created": START - 9_000_000,
        "period_start": START - 1000,
        "period_end": START + 9000,
        "ended_at": None,
        "cancel_at_period_end": False,
        "metadata": {"plan": "house", "sub": "auth0|ana"},
        "owes": None,
    } | more


@pytest.fixture
def shop(api: TestClient) -> TestClient:
    """The stand-in with a price."""
    api.post("/v1/products", data={"id": "fernhill_house", "name": "House"})
    price = {"product": "fernhill_house", "currency": "eur", "unit_amount": "1900", "lookup_key": "house"}
    assert api.post("/v1/prices", data=price | {"recurring[interval]": "month"}).status_code == 200
    return api


def keep(api: TestClient, *subscriptions: dict[str, Any]) -> Any:
    return api.post("/_standin/keep", json={"customers": [CUSTOMER], "subscriptions": list(subscriptions)})


def test_seeded_things_are_there_with_their_ids_and_times_and_send_nothing(shop: TestClient) -> None:
    assert keep(shop, subscription()).json() == {"made": 2}
    assert shop.get("/v1/customers/cus_seed_ana").json()["created"] == CUSTOMER["created"]
    found = shop.get("/v1/subscriptions/sub_seed_ana").json()
    assert (found["status"], found["created"], found["metadata"]["sub"]) == ("active", CUSTOMER["created"], "auth0|ana")
    assert found["items"]["data"][0]["current_period_end"] == START + 9000
    assert shop.get("/v1/events").json()["data"] == []


def test_what_is_kept_already_stays_as_it_is(shop: TestClient) -> None:
    keep(shop, subscription())
    shop.delete("/v1/subscriptions/sub_seed_ana")
    assert keep(shop, subscription()).json() == {"made": 0}
    assert shop.get("/v1/subscriptions/sub_seed_ana").json()["status"] == "canceled"


def test_a_seeded_subscription_can_be_cancelled_and_its_event_names_it(shop: TestClient) -> None:
    keep(shop, subscription())
    assert shop.delete("/v1/subscriptions/sub_seed_ana").json()["status"] == "canceled"
    (event,) = shop.get("/v1/events").json()["data"]
    assert (event["type"], event["data"]["object"]["id"]) == ("customer.subscription.deleted", "sub_seed_ana")


def test_what_is_owed_can_be_paid_and_the_subscription_is_active_again(shop: TestClient) -> None:
    assert keep(shop, subscription(status="past_due", owes="pay_seed_ana_7")).json() == {"made": 3}
    assert shop.post("/v1/invoices/pay_seed_ana_7/pay").json()["status"] == "paid"
    assert shop.get("/v1/subscriptions/sub_seed_ana").json()["status"] == "active"


@pytest.mark.parametrize(
    ("more", "field", "value"),
    [
        ({"status": "trialing"}, "trial_end", START + 9000),
        ({"status": "canceled", "ended_at": START - 5}, "ended_at", START - 5),
        ({"cancel_at_period_end": True}, "cancel_at", START + 9000),
    ],
)
def test_trials_and_ends_are_as_stripe_has_them(shop: TestClient, more: Any, field: str, value: int) -> None:
    keep(shop, subscription(**more))
    assert shop.get("/v1/subscriptions/sub_seed_ana").json()[field] == value


def test_forgetting_leaves_nothing(shop: TestClient, store: Store) -> None:
    keep(shop, subscription())
    shop.delete("/v1/subscriptions/sub_seed_ana")
    assert shop.post("/_standin/forget").json() == {"forgotten": True}
    assert shop.get("/v1/customers").json()["data"] == shop.get("/v1/events").json()["data"] == []
    assert shop.get("/_standin/deliveries").json()["deliveries"] == []


@pytest.mark.parametrize("path", ["/_standin/forget", "/_standin/keep"])
def test_only_a_service_of_the_stage_with_a_test_key_is_answered(shop: TestClient, path: str) -> None:
    keep(shop, subscription())
    assert shop.post(path, json={}, headers={"authorization": ""}).status_code == 401
    assert shop.post(path, json={}, headers={"x-stagekit-stage": "local"}).status_code == 404
    assert shop.get("/v1/customers/cus_seed_ana").status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"lookup_key": "none"}, {"customer": "cus_none"}, {"status": "happy"}, {"created": "x"}]
)
def test_a_wrong_seed_is_refused_and_nothing_of_it_is_kept(shop: TestClient, wrong: dict[str, Any]) -> None:
    assert keep(shop, subscription(**wrong)).status_code == 400
    assert shop.get("/v1/customers").json()["data"] == []
    assert shop.post("/_standin/keep", content=b"[").status_code == 400
