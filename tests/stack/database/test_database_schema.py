"""The backend's SQL against a real Postgres: migrations, the seed, the report's figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from shop import migrate
from shop.database import figures
from shop.database.postgres import PostgresStore
from shop.database.tables import metadata
from shop.reports.periods import months, period
from tests.stack.database.conftest import libpq
from tests.support.database import BOUGHT, NOON, rows, run
from tests.support.seeding import fill

pytestmark = pytest.mark.engine


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
    assert fill(libpq(shop)).untouched == ["reference", "scenario"]
    assert {table: rows(shop, table) for table in metadata.tables} == before


def test_seed_is_the_same_in_every_database(shop: Engine, empty: Engine) -> None:
    migrate.migrate(empty)
    fill(libpq(empty))
    for table in metadata.tables:
        assert rows(shop, table) == rows(empty, table)
    assert [row["name"] for row in rows(shop, "people") if row["sub"] in ("auth0|finn", "auth0|jon")] == [
        "Finn O'Rourke",
        "Jón Þórsson",
    ]


def test_seeded_reports_are_those_that_the_flow_would_write(shop: Engine, store: PostgresStore) -> None:
    for summary in store.reports():
        with shop.connect() as connection:
            assert store.report(summary.id) == figures.whole_report(connection, summary.id, summary.created_at)


def test_seeded_receipts_are_sent_so_that_the_shop_sends_none(shop: Engine, store: PostgresStore) -> None:
    events = [row["event"] for row in rows(shop, "mails")]
    assert len(events) > 700
    assert [row for row in rows(shop, "mails") if row["sent_at"] is None] == []
    assert sum(store.deliver(event, lambda mail: pytest.fail(mail.key)) for event in events[:20]) == 0


def test_next_receipt_has_a_number_that_no_seeded_one_has(shop: Engine, store: PostgresStore) -> None:
    taken = {row["receipt_number"] for row in rows(shop, "payments")}
    store.apply("evt_1", "checkout.session.completed", BOUGHT)
    (new,) = (row for row in rows(shop, "payments") if row["id"] == "in_1")
    assert new["receipt_number"] == max(taken) + 1


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
