"""The report's figures, each one question to the database, and the row they end in.

The flow asks them one by one as tasks; the seed asks them all for nights in the past. Only rows older than the
report's moment count, so a report of a past night comes out the same whenever it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from shop.database.tables import payments, plans, report_progress, reports, subscriptions
from shop.reports.periods import Span, months, period
from shop.values import MonthFigures, PlanFigures, Report

CURRENCY = "eur"


@dataclass(frozen=True)
class Movement:
    new: int
    cancelled: int


def month_revenue(connection: Connection, month: Span) -> MonthFigures:
    """What was paid in the month and not given back."""
    total = func.coalesce(func.sum(payments.c.amount_cents), 0)
    cents = connection.execute(select(total).where(_paid_in(month))).scalar_one()
    return MonthFigures(month=month.month, revenue_cents=cents)


def plan_figures(connection: Connection, span: Span) -> list[PlanFigures]:
    """For each plan, in the shop's order: who is subscribed at the span's end, what was paid within it."""
    running = select(func.count()).where(subscriptions.c.plan == plans.c.id, _running_at(span.end))
    paid = select(func.coalesce(func.sum(payments.c.amount_cents), 0))
    paid = paid.where(payments.c.plan == plans.c.id, _paid_in(span))
    query = select(
        plans.c.id.label("plan"),
        plans.c.name,
        running.scalar_subquery().label("subscribers"),
        paid.scalar_subquery().label("revenue_cents"),
    ).order_by(plans.c.position)
    return [PlanFigures.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def movement(connection: Connection, span: Span) -> Movement:
    """Subscriptions that began and that ended within the span."""
    c = subscriptions.c
    began = func.count().filter(and_(c.since >= span.start, c.since < span.end))
    ended = func.count().filter(and_(c.ended_at >= span.start, c.ended_at < span.end))
    new, cancelled = connection.execute(select(began, ended)).one()
    return Movement(new, cancelled)


def compose(
    report_id: str, as_of: datetime, by_month: list[MonthFigures], by_plan: list[PlanFigures], moved: Movement
) -> Report:
    """The report of these figures. Pure."""
    span = period(as_of)
    return Report(
        id=report_id,
        created_at=as_of,
        period_start=span.first_day,
        period_end=span.last_day,
        revenue_cents=sum(each.revenue_cents for each in by_plan),
        new_subscribers=moved.new,
        currency=CURRENCY,
        active_subscribers=sum(each.subscribers for each in by_plan),
        cancelled=moved.cancelled,
        by_plan=by_plan,
        by_month=by_month,
    )


def whole_report(connection: Connection, report_id: str, as_of: datetime) -> Report:
    """All figures at once."""
    span = period(as_of)
    by_month = [month_revenue(connection, month) for month in months(as_of)]
    return compose(report_id, as_of, by_month, plan_figures(connection, span), movement(connection, span))


def write(connection: Connection, report: Report, flow_run: str | None) -> None:
    """Write the report, or write it anew: a retried task and a second seeding leave one row."""
    values = report.model_dump() | {"flow_run": flow_run}
    row = insert(reports).values(**values)
    connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=values))


def note_progress(connection: Connection, flow_run: str, done: int, total: int, message: str) -> None:
    """How far the run is, for the page; see shop.values.RunProgress."""
    values = {"flow_run": flow_run, "done": done, "total": total, "message": message}
    row = insert(report_progress).values(**values)
    connection.execute(row.on_conflict_do_update(index_elements=["flow_run"], set_=values))


def _paid_in(span: Span):  # type: ignore[no-untyped-def]  # SQLAlchemy's condition types say nothing to a reader
    c = payments.c
    return and_(c.status == "paid", c.paid_at >= span.start, c.paid_at < span.end)


def _running_at(moment: datetime):  # type: ignore[no-untyped-def]  # see _paid_in
    c = subscriptions.c
    return and_(c.since < moment, or_(c.ended_at.is_(None), c.ended_at > moment))
