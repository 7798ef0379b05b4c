"""What webhooks write, against a real Postgres: purchases, renewals, receipts, each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from shop.billing.receipts import Mail
from shop.database.postgres import PostgresStore
from shop.mail import MailUnavailable
from tests.support.database import BOUGHT, CHARGED, MOVED, NOON, rows

pytestmark = pytest.mark.engine


class Mailbox:
    """Takes mails; `answer` is what the server says, an exception it raises, or None for yes."""

    def __init__(self, answer: str | Exception | None = None) -> None:
        self.answer = answer
        self.mails: list[Mail] = []

    def send(self, mail: Mail) -> str | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            self.mails.append(mail)
        return self.answer


def new_mails(shop: Engine) -> list[dict[str, Any]]:
    """Those that are not the seed's."""
    return [row for row in rows(shop, "mails") if not row["payment"].startswith("pay_seed_")]


def test_purchase_is_written_once_and_shown(store: PostgresStore, shop: Engine) -> None:
    first = store.apply("evt_1", "checkout.session.completed", BOUGHT)
    again = store.apply("evt_1", "checkout.session.completed", BOUGHT)
    assert (first, again) == (True, False)
    subscription, payments = store.subscription("auth0|jon"), store.payments("auth0|jon")
    assert subscription is not None
    assert (subscription.plan.id, subscription.status, subscription.since) == ("house", "active", NOON)
    assert subscription.renews_at == datetime(2026, 6, 14, 12, tzinfo=UTC)
    assert [(pay.id, pay.status) for pay in payments] == [("in_1", "paid")]
    assert store.has_running("auth0|jon", "house")
    assert not store.has_running("auth0|jon", "cellar")


def test_name_that_is_known_is_kept_and_text_is_never_sql(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply(
        "evt_2", "checkout.session.completed", replace(BOUGHT, person="auth0|new", subscription="s", payment="p")
    )
    names = {row["sub"]: row["name"] for row in rows(shop, "people")}
    assert (names["auth0|jon"], names["auth0|new"]) == ("Jón Þórsson", BOUGHT.name)


def test_same_event_at_the_same_moment_is_written_and_mailed_once(store: PostgresStore, shop: Engine) -> None:
    mailbox = Mailbox()

    def deliver(_: int) -> bool:
        new = store.apply("evt_1", "checkout.session.completed", BOUGHT)
        store.deliver("evt_1", mailbox.send)
        return new

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(deliver, range(6))) == 1
    number = next(row["receipt_number"] for row in rows(shop, "payments") if row["id"] == "in_1")
    assert [mail.subject for mail in mailbox.mails] == [f"Your Fernhill Tea receipt {number}"]
    assert len(store.payments("auth0|jon")) == 1


def test_receipt_waits_for_the_mail_server_and_goes_out_once(store: PostgresStore) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    with pytest.raises(MailUnavailable):
        store.deliver("evt_1", Mailbox(MailUnavailable("down")).send)
    mailbox = Mailbox()
    assert [store.deliver("evt_1", mailbox.send) for _ in range(3)] == [1, 0, 0]
    assert len(mailbox.mails) == 1


def test_refused_address_is_noted_and_not_tried_again(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.deliver("evt_1", Mailbox("550 no such person").send)
    later = Mailbox()
    assert (store.deliver("evt_1", later.send), later.mails) == (0, [])
    assert new_mails(shop)[0]["refused"] == "550 no such person"


def test_two_events_of_one_payment_make_one_payment_and_one_receipt(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply("evt_2", "invoice.paid", replace(CHARGED, payment="in_1"))
    assert len(store.payments("auth0|jon")) == 1
    assert [row["event"] for row in new_mails(shop)] == ["evt_1"]


def test_failed_renewal_is_past_due_and_gets_its_receipt_when_it_is_paid(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply("evt_2", "invoice.payment_failed", replace(CHARGED, paid=False))
    assert [(pay.id, pay.status) for pay in store.payments("auth0|jon")] == [("in_2", "failed"), ("in_1", "paid")]
    subscription = store.subscription("auth0|jon")
    assert subscription is not None
    assert subscription.status == "past_due"
    assert [row["payment"] for row in new_mails(shop)] == ["in_1"]
    store.apply("evt_3", "invoice.paid", CHARGED)
    assert [pay.status for pay in store.payments("auth0|jon")] == ["paid", "paid"]
    assert [(row["payment"], row["recipient"]) for row in new_mails(shop)] == [
        ("in_1", "jon@example.test"),
        ("in_2", "jon@example.test"),
    ]


@pytest.mark.parametrize("subscription_first", [True, False])
def test_events_may_come_in_any_order(store: PostgresStore, shop: Engine, subscription_first: bool) -> None:
    events = [("evt_1", "checkout.session.completed", BOUGHT), ("evt_2", "customer.subscription.created", MOVED)]
    for event in reversed(events) if subscription_first else events:
        store.apply(*event)
    older = replace(MOVED, status="past_due", at=NOON - timedelta(hours=1))
    store.apply("evt_3", "customer.subscription.updated", older)
    subscription = store.subscription("auth0|jon")
    assert subscription is not None
    assert (subscription.status, subscription.renews_at) == ("trialling", MOVED.renews_at)
    assert [row["recipient"] for row in new_mails(shop)] == ["jon@example.test"]


def test_ended_subscription_gives_way_to_a_running_one(store: PostgresStore) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply(
        "evt_2", "customer.subscription.deleted", replace(MOVED, status="cancelled", ended_at=NOON, renews_at=None)
    )
    ended = store.subscription("auth0|jon")
    store.apply(
        "evt_3", "checkout.session.completed", replace(BOUGHT, subscription="sub_2", payment="in_9", plan="cellar")
    )
    running = store.subscription("auth0|jon")
    assert ended is not None
    assert running is not None
    assert (ended.status, running.status, running.plan.id) == ("cancelled", "active", "cellar")


def test_charge_of_an_unknown_subscription_is_received_and_changes_nothing(store: PostgresStore, shop: Engine) -> None:
    before = rows(shop, "payments")
    assert store.apply("evt_1", "invoice.paid", replace(CHARGED, subscription="sub_of_another_shop"))
    assert rows(shop, "payments") == before
