"""The backend's SQL against a real Postgres: migrations, the seed, what a webhook writes, the report's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from testcontainers.core.container import DockerContainer

from shop import migrate
from shop.billing.changes import Bought, Charged, Moved
from shop.billing.receipts import Mail
from shop.database import figures
from shop.database.postgres import PostgresStore
from shop.database.tables import metadata
from shop.mail import MailUnavailable
from shop.reports.periods import months, period
from shop.seed.load import load
from shop.seed.manifest import read

pytestmark = pytest.mark.engine

SEED = Path(__file__).parents[2] / "seed"
MAY = datetime(2026, 5, 1, tzinfo=UTC)
NOON = datetime(2026, 5, 14, 12, tzinfo=UTC)
BOUGHT = Bought(
    "sub_1", "auth0|jon", "jon@example.test", "Jón '); DROP TABLE people;--", "house", "in_1", 1900, "eur", NOON
)
CHARGED = Charged("sub_1", "in_2", None, 1900, "eur", True, NOON + timedelta(days=31))
MOVED = Moved("sub_1", "auth0|jon", "house", "trialling", NOON, NOON + timedelta(days=14), None, NOON)
_numbers = count(1)

Connect = Callable[[str], Engine]


@pytest.fixture(scope="module")
def connect(bases: dict[str, str]) -> Iterator[Connect]:
    """A function from a database's name to an engine on it, in a Postgres of this module's own."""
    container = (
        DockerContainer(bases["POSTGRES_IMAGE"]).with_env("POSTGRES_USER", "app").with_env("POSTGRES_PASSWORD", "app")
    )
    engines: list[Engine] = []

    def connect(name: str) -> Engine:
        host, port = started.get_container_host_ip(), started.get_exposed_port(5432)
        url = f"postgresql+psycopg://app:app@{host}:{port}/{name}"
        engines.append(create_engine(url, connect_args={"options": "-c timezone=UTC"}, pool_size=8))
        return engines[-1]

    with container.with_exposed_ports(5432) as started:
        migrate.wait_for(connect("app"), seconds=60)
        yield connect
        for each in engines:
            each.dispose()


@pytest.fixture(scope="module")
def template(connect: Connect) -> str:
    """The name of a migrated and seeded database that nobody is connected to."""
    _create(connect, "template_shop", "template0")
    made = connect("template_shop")
    migrate.migrate(made)
    load(made, read(SEED), MAY, migrate.head())
    made.dispose()
    return "template_shop"


@pytest.fixture
def empty(connect: Connect) -> Engine:
    return connect(_create(connect, f"empty_{next(_numbers)}", "template0"))


@pytest.fixture
def shop(connect: Connect, template: str) -> Engine:
    """A seeded database of this test's own."""
    return connect(_create(connect, f"shop_{next(_numbers)}", template))


@pytest.fixture
def store(shop: Engine) -> PostgresStore:
    return PostgresStore(shop)


def _create(connect: Connect, name: str, template: str) -> str:
    with connect("postgres").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return name


def rows(engine: Engine, table: str, order: str = "1") -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings()
        return [dict(row) for row in found]


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


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


def test_migrations_bring_an_empty_database_to_the_tables_of_the_code(empty: Engine) -> None:
    assert migrate.migrate(empty) == (None, migrate.head())
    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert PostgresStore(empty).check() == migrate.head()


def test_second_migration_changes_nothing(empty: Engine) -> None:
    migrate.migrate(empty)
    assert migrate.migrate(empty) == (migrate.head(), migrate.head())


def test_migrations_at_the_same_moment_wait_for_each_other(empty: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        befores = [before for before, _ in pool.map(lambda _: migrate.migrate(empty), range(4))]
    assert sorted(befores, key=str) == [migrate.head()] * 3 + [None]


def test_second_seeding_changes_nothing_and_keeps_what_people_did(shop: Engine) -> None:
    run(shop, "UPDATE subscriptions SET status = 'cancelled' WHERE id = 'sub_seed_ana'")
    before = {table: rows(shop, table) for table in metadata.tables}
    said = load(shop, read(SEED), MAY, migrate.head())
    assert said == ["reference: there already, nothing to do", "scenario: there already, nothing to do"]
    assert {table: rows(shop, table) for table in metadata.tables} == before


def test_seed_is_the_same_in_every_database(shop: Engine, empty: Engine) -> None:
    migrate.migrate(empty)
    load(empty, read(SEED), MAY, migrate.head())
    for table in ("plans", "people", "subscriptions", "payments", "reports"):
        assert rows(shop, table) == rows(empty, table)
    assert [row["name"] for row in rows(shop, "people") if row["sub"] in ("auth0|finn", "auth0|jon")] == [
        "Finn O'Rourke",
        "Jón Þórsson",
    ]


def test_changed_seed_is_applied_and_spares_peoples_own_rows(shop: Engine, store: PostgresStore) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    layers = read(SEED)
    scenario = layers[1]
    payments = next(file for file in scenario.files if file.table == "payments")
    lines = payments.content.splitlines(keepends=True)
    shorter = replace(payments, content=b"".join(lines[:10]))
    changed = replace(scenario, files=tuple(shorter if file is payments else file for file in scenario.files))
    said = load(shop, [layers[0], changed], MAY, migrate.head())
    assert said[1].startswith("scenario: 12 people, 10 subscriptions, 9 payments")
    ids = [row["id"] for row in rows(shop, "payments")]
    assert len(ids) == 10
    assert "in_1" in ids


def test_seeded_reports_agree_with_the_payments(shop: Engine, store: PostgresStore) -> None:
    for summary in store.reports():
        report = store.report(summary.id)
        assert report is not None
        assert len(report.by_month) == 12
        paid = [
            row["amount_cents"]
            for row in rows(shop, "payments")
            if row["status"] == "paid" and period(report.created_at).start <= row["paid_at"] < report.created_at
        ]
        assert report.revenue_cents == sum(paid) > 0
        assert report.active_subscribers == sum(plan.subscribers for plan in report.by_plan) > 0


def test_refunded_and_failed_payments_are_no_revenue(shop: Engine) -> None:
    with shop.connect() as connection:
        by_month = {month.month: figures.month_revenue(connection, month) for month in months(NOON)}
    # In April Ines was paid back; on the first of May Ben's payment failed.
    month_paid = {"2026-04": 0, "2026-05": 0}
    for row in rows(shop, "payments"):
        if f"{row['paid_at']:%Y-%m}" in month_paid and row["status"] == "paid":
            month_paid[f"{row['paid_at']:%Y-%m}"] += row["amount_cents"]
    assert {month: by_month[month].revenue_cents for month in month_paid} == month_paid


def test_purchase_is_written_once_and_shown(store: PostgresStore, shop: Engine) -> None:
    first = store.apply("evt_1", "checkout.session.completed", BOUGHT)
    again = store.apply("evt_1", "checkout.session.completed", BOUGHT)
    assert (first, again) == (True, False)
    subscription, payments = store.subscription("auth0|jon"), store.payments("auth0|jon")
    assert subscription is not None
    assert (subscription.plan.id, subscription.status, subscription.since) == ("house", "active", NOON)
    assert subscription.renews_at == datetime(2026, 6, 14, 12, tzinfo=UTC)
    assert [(pay.id, pay.receipt_number, pay.status) for pay in payments] == [("in_1", "1001", "paid")]
    assert store.has_running("auth0|jon", "house")
    assert not store.has_running("auth0|jon", "cellar")


def test_name_that_is_known_is_kept_and_text_is_never_sql(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply(
        "evt_2", "checkout.session.completed", replace(BOUGHT, person="auth0|new", subscription="s", payment="p")
    )
    names = {row["sub"]: row["name"] for row in rows(shop, "people")}
    assert (names["auth0|jon"], names["auth0|new"]) == ("Jón Þórsson", BOUGHT.name)


def test_same_event_at_the_same_moment_is_written_and_mailed_once(store: PostgresStore) -> None:
    mailbox = Mailbox()

    def deliver(_: int) -> bool:
        new = store.apply("evt_1", "checkout.session.completed", BOUGHT)
        store.deliver("evt_1", mailbox.send)
        return new

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(deliver, range(6))) == 1
    assert [mail.subject for mail in mailbox.mails] == ["Your Fernhill Tea receipt 1001"]
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
    assert rows(shop, "mails")[0]["refused"] == "550 no such person"


def test_two_events_of_one_payment_make_one_payment_and_one_receipt(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply("evt_2", "invoice.paid", replace(CHARGED, payment="in_1"))
    assert len(store.payments("auth0|jon")) == 1
    assert [row["event"] for row in rows(shop, "mails")] == ["evt_1"]


def test_failed_renewal_is_past_due_and_gets_its_receipt_when_it_is_paid(store: PostgresStore, shop: Engine) -> None:
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    store.apply("evt_2", "invoice.payment_failed", replace(CHARGED, paid=False))
    assert [(pay.id, pay.status) for pay in store.payments("auth0|jon")] == [("in_2", "failed"), ("in_1", "paid")]
    subscription = store.subscription("auth0|jon")
    assert subscription is not None
    assert subscription.status == "past_due"
    assert [row["payment"] for row in rows(shop, "mails")] == ["in_1"]
    store.apply("evt_3", "invoice.paid", CHARGED)
    assert [pay.status for pay in store.payments("auth0|jon")] == ["paid", "paid"]
    assert [(row["payment"], row["recipient"]) for row in rows(shop, "mails")] == [
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
    assert [row["recipient"] for row in rows(shop, "mails")] == ["jon@example.test"]


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


def test_progress_and_report_of_a_run_are_found_by_its_id(store: PostgresStore, shop: Engine) -> None:
    with shop.begin() as connection:
        figures.note_progress(connection, "run-1", 1, 15, "1 of 15")
        figures.note_progress(connection, "run-1", 15, 15, "15 of 15")
        figures.write(connection, figures.whole_report(connection, "rep_1", NOON), "run-1")
        figures.write(connection, figures.whole_report(connection, "rep_1", NOON), "run-1")
    found = store.run_progress(["run-1", "run-2"])
    assert list(found) == ["run-1"]
    assert (found["run-1"].done, found["run-1"].report_id) == (15, "rep_1")
    assert store.reports()[0].id == "rep_1"
