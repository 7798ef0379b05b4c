"""The nightly report: reads the shop's figures step by step and writes the report that the page shows.

Each step is a task of its own that is tried again when the database is away for a moment. After each step the flow
notes in the database how many of its steps are done; the API shows that as the run's progress.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar
from uuid import UUID, uuid4

from prefect import flow, runtime, task
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from shop import settings
from shop.database import figures
from shop.database.engine import engine_for
from shop.reports.periods import FLOW, MONTHS, Span, months, period
from shop.values import MonthFigures, PlanFigures, Report

T = TypeVar("T")
_log = logging.getLogger(__name__)
RETRIES, RETRY_SECONDS = 3, [1.0, 5.0, 20.0]
STEPS = MONTHS + 3


@flow(name=FLOW, description="Revenue and subscribers of the last thirty days, and twelve months of revenue.")
def nightly_report(as_of: datetime | None = None) -> str:
    """Write the report of this moment (or of `as_of`, UTC) and give its id."""
    moment = as_of or datetime.now(UTC)
    run = runtime.flow_run.id or str(uuid4())
    progress = Progress(run)
    by_month = [progress.after(f"revenue of {each.month}", month_revenue(each)) for each in months(moment)]
    by_plan = progress.after("subscribers of each plan", plan_figures(period(moment)))
    moved = progress.after("who came and who left", movement(period(moment)))
    # The report's id comes from the run's, so a step that is tried again writes the same row.
    report = figures.compose(f"rep_{UUID(run).hex[-12:]}", moment, by_month, by_plan, moved)
    return progress.after("the report is written", write_report(report, run))


class Progress:
    """Counts the steps that are done and writes the count down."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._done = 0
        self._note("begun")

    def after(self, step: str, result: T) -> T:
        self._done += 1
        self._note(step)
        return result

    def _note(self, step: str) -> None:
        """A note that cannot be written costs the page a step of its bar, never the run its report."""
        message = f"{self._done} of {STEPS}: {step}"
        try:
            _ask(lambda connection: figures.note_progress(connection, self._run, self._done, STEPS, message))
        except OperationalError as error:
            _log.warning("progress not noted: %s", str(error).splitlines()[0])


@task(retries=RETRIES, retry_delay_seconds=RETRY_SECONDS, task_run_name="revenue-{month.month}")
def month_revenue(month: Span) -> MonthFigures:
    return _ask(lambda connection: figures.month_revenue(connection, month))


@task(retries=RETRIES, retry_delay_seconds=RETRY_SECONDS)
def plan_figures(span: Span) -> list[PlanFigures]:
    return _ask(lambda connection: figures.plan_figures(connection, span))


@task(retries=RETRIES, retry_delay_seconds=RETRY_SECONDS)
def movement(span: Span) -> figures.Movement:
    return _ask(lambda connection: figures.movement(connection, span))


@task(retries=RETRIES, retry_delay_seconds=RETRY_SECONDS)
def write_report(report: Report, run: str) -> str:
    _ask(lambda connection: figures.write(connection, report, run))
    return report.id


def _ask(question: Callable[[Connection], T]) -> T:
    with _engine().begin() as connection:
        return question(connection)


@cache
def _engine() -> Engine:
    """One for the process: a flow run is a process of its own and lives some seconds."""
    return engine_for(settings.load(), pool_size=1)
