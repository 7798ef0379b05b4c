from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shop.billing.changes import Bought, Charged, Moved, change_of

AT = datetime(2026, 5, 14, 12, tzinfo=UTC)
SESSION = {
    "id": "cs_1",
    "mode": "subscription",
    "client_reference_id": "auth0|jon",
    "metadata": {"plan": "house"},
    "subscription": "sub_1",
    "invoice": "in_1",
    "amount_total": 1900,
    "currency": "eur",
    "customer_details": {"email": "jon@example.test", "name": "Jón Þórsson"},
}
INVOICE = {
    "id": "in_2",
    "billing_reason": "subscription_cycle",
    "parent": {"subscription_details": {"subscription": "sub_1"}},
    "customer_email": "jon@example.test",
    "amount_paid": 1900,
    "amount_due": 1900,
    "currency": "eur",
}
SUBSCRIPTION = {
    "id": "sub_1",
    "status": "active",
    "metadata": {"sub": "auth0|jon", "plan": "house"},
    "start_date": AT.timestamp(),
    "items": {"data": [{"current_period_end": AT.timestamp() + 60}]},
}


def change(kind: str, thing: dict[str, Any], **changed: Any) -> Any:
    return change_of({"type": kind, "created": int(AT.timestamp()), "data": {"object": thing | changed}})


def test_completed_checkout_is_a_purchase() -> None:
    assert change("checkout.session.completed", SESSION) == Bought(
        "sub_1", "auth0|jon", "jon@example.test", "Jón Þórsson", "house", "in_1", 1900, "eur", AT
    )


def test_purchase_without_invoice_is_named_by_its_session() -> None:
    assert change("checkout.session.completed", SESSION, invoice=None).payment == "cs_1"


def test_expanded_objects_are_read_by_their_id() -> None:
    bought = change("checkout.session.completed", SESSION, subscription={"id": "sub_9"}, invoice={"id": "in_9"})
    assert (bought.subscription, bought.payment) == ("sub_9", "in_9")


@pytest.mark.parametrize(
    "changed", [{"metadata": None}, {"metadata": {}}, {"client_reference_id": None}, {"mode": "payment"}]
)
def test_checkout_of_something_else_is_not_ours(changed: dict[str, Any]) -> None:
    assert change("checkout.session.completed", SESSION, **changed) is None


def test_renewal_is_charged_or_fails() -> None:
    paid = change("invoice.paid", INVOICE)
    failed = change("invoice.payment_failed", INVOICE, amount_paid=0)
    assert paid == Charged("sub_1", "in_2", "jon@example.test", 1900, "eur", True, AT)
    assert failed == Charged("sub_1", "in_2", "jon@example.test", 1900, "eur", False, AT)


def test_invoice_of_an_older_api_names_its_subscription_itself() -> None:
    assert change("invoice.paid", INVOICE, parent=None, subscription="sub_7").subscription == "sub_7"


@pytest.mark.parametrize("changed", [{"billing_reason": "subscription_create"}, {"amount_paid": 0}, {"parent": None}])
def test_invoice_that_its_checkout_tells_of_or_that_is_free_is_no_charge(changed: dict[str, Any]) -> None:
    assert change("invoice.paid", INVOICE, **changed) is None


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("active", "active"),
        ("trialing", "trialling"),
        ("past_due", "past_due"),
        ("unpaid", "past_due"),
        ("incomplete", "past_due"),
        ("canceled", "cancelled"),
        ("incomplete_expired", "cancelled"),
    ],
)
def test_statuses_are_told_in_our_words(theirs: str, ours: str) -> None:
    assert change("customer.subscription.updated", SUBSCRIPTION, status=theirs).status == ours


def test_running_subscription_renews_at_its_items_period_end() -> None:
    moved = change("customer.subscription.updated", SUBSCRIPTION)
    assert isinstance(moved, Moved)
    assert (moved.renews_at, moved.ended_at) == (datetime.fromtimestamp(AT.timestamp() + 60, UTC), None)


def test_subscription_that_will_end_does_not_renew() -> None:
    moved = change("customer.subscription.updated", SUBSCRIPTION, cancel_at_period_end=True)
    assert (moved.status, moved.renews_at) == ("active", None)


def test_deleted_subscription_has_ended() -> None:
    moved = change("customer.subscription.deleted", SUBSCRIPTION)
    assert (moved.status, moved.renews_at, moved.ended_at) == ("cancelled", None, AT)


def test_unknown_status_is_an_error_so_that_the_event_comes_again() -> None:
    with pytest.raises(KeyError):
        change("customer.subscription.updated", SUBSCRIPTION, status="new in 2030")
