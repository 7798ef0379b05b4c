"""The Store on Postgres: the reads. What a webhook writes is in shop/database/billing.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine, RowMapping, case, exists, select, text

from shop.billing.changes import Change
from shop.billing.receipts import Mail
from shop.database import billing, outbox
from shop.database.tables import payments, plans, report_progress, reports, subscriptions
from shop.values import Payment, Plan, Report, ReportSummary, RunProgress, Subscription

RUNNING = ("active", "trialling")


class PostgresStore:
    """See Store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plans(self) -> list[Plan]:
        return [Plan.model_validate(dict(row)) for row in self._rows(select(plans).order_by(plans.c.position))]

    def subscription(self, sub: str) -> Subscription | None:
        rank = case((subscriptions.c.status.in_(RUNNING), 0), (subscriptions.c.status == "past_due", 1), else_=2)
        query = (
            select(subscriptions.c.status, subscriptions.c.since, subscriptions.c.renews_at, *_plan_columns())
            .join(plans, plans.c.id == subscriptions.c.plan)
            .where(subscriptions.c.person == sub)
            .order_by(rank, subscriptions.c.since.desc())
            .limit(1)
        )
        rows = self._rows(query)
        return _subscription(rows[0]) if rows else None

    def payments(self, sub: str) -> list[Payment]:
        query = select(payments).where(payments.c.person == sub).order_by(payments.c.paid_at.desc())
        return [_payment(row) for row in self._rows(query)]

    def has_running(self, sub: str, plan: str) -> bool:
        c = subscriptions.c
        mine = exists().where(c.person == sub, c.plan == plan, c.status.in_(RUNNING))
        return bool(self._rows(select(mine.label("found")))[0]["found"])

    def reports(self) -> list[ReportSummary]:
        rows = self._rows(select(reports).order_by(reports.c.created_at.desc(), reports.c.id))
        return [ReportSummary.model_validate(dict(row)) for row in rows]

    def report(self, report_id: str) -> Report | None:
        rows = self._rows(select(reports).where(reports.c.id == report_id))
        return Report.model_validate(dict(rows[0])) if rows else None

    def run_progress(self, runs: Sequence[str]) -> dict[str, RunProgress]:
        query = (
            select(report_progress, reports.c.id.label("report_id"))
            .outerjoin(reports, reports.c.flow_run == report_progress.c.flow_run)
            .where(report_progress.c.flow_run.in_(runs))
        )
        return {row["flow_run"]: RunProgress.model_validate(dict(row)) for row in self._rows(query)}

    def apply(self, event: str, kind: str, change: Change | None) -> bool:
        with self._engine.begin() as connection:
            return billing.apply(connection, event, kind, change)

    def deliver(self, event: str, send: Callable[[Mail], str | None]) -> int:
        return outbox.deliver(self._engine, event, send)

    def check(self) -> str:
        return str(self._rows(text("SELECT version_num FROM alembic_version"))[0]["version_num"])

    def _rows(self, query: Any) -> Sequence[RowMapping]:
        with self._engine.connect() as connection:
            return connection.execute(query).mappings().all()


def _plan_columns() -> list[Any]:
    return [column.label(f"plan_{column.name}") for column in plans.c]


def _subscription(row: RowMapping) -> Subscription:
    plan = {column.name: row[f"plan_{column.name}"] for column in plans.c}
    return Subscription.model_validate({**row, "plan": plan})


def _payment(row: RowMapping) -> Payment:
    return Payment.model_validate({**row, "receipt_number": f"{row['receipt_number']:04d}"})
