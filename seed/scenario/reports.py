"""Reports of nights gone by, with the figures that the nightly flow would have found in these payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scenario.billing import Row, plans
from scenario.nights import Night, nights
from shop.database.figures import Movement, compose
from shop.reports.periods import Span, months, period
from shop.values import MonthFigures, PlanFigures
from stagekit_seed import Seed

Paid = tuple[str, int, datetime]  # plan, cents, when
Held = tuple[str, datetime, datetime | None]  # plan, since, until


def rows(seed: Seed) -> Iterator[Row]:
    known = sorted(plans(seed).values(), key=lambda plan: int(plan["position"]))
    money = (row for row in seed.rows("payments") if row["status"] == "paid")
    paid = [(row["plan"], int(row["amount_cents"]), _at(seed, row["paid_at"])) for row in money]
    held = [(row["plan"], _at(seed, row["since"]), seed.at(row["ended_at"])) for row in seed.rows("subscriptions")]
    for night in nights(seed):
        yield _report(night, known, paid, held)


def _report(night: Night, known: list[Row], paid: list[Paid], held: list[Held]) -> Row:
    span = period(night.begin)
    by_month = [MonthFigures(month=each.month, revenue_cents=_revenue(paid, each)) for each in months(night.begin)]
    moved = Movement(
        new=sum(span.start <= since < span.end for _, since, _ in held),
        cancelled=sum(bool(ended and span.start <= ended < span.end) for _, _, ended in held),
    )
    by_plan = [_plan(plan, span, paid, held) for plan in known]
    report = compose(night.report, night.begin, by_month, by_plan, moved)
    return report.model_dump() | {"flow_run": night.run}


def _plan(plan: Row, span: Span, paid: list[Paid], held: list[Held]) -> PlanFigures:
    running = [1 for each, since, ended in held if each == plan["id"] and since < span.end and _lasts(ended, span.end)]
    revenue = _revenue([one for one in paid if one[0] == plan["id"]], span)
    return PlanFigures(plan=plan["id"], name=plan["name"], subscribers=len(running), revenue_cents=revenue)


def _lasts(ended: datetime | None, moment: datetime) -> bool:
    return ended is None or ended > moment


def _revenue(paid: list[Paid], span: Span) -> int:
    return sum(cents for _, cents, at in paid if span.start <= at < span.end)


def _at(seed: Seed, words: Any) -> datetime:
    moment = seed.at(words)
    assert moment
    return moment
