"""Which days and months a report made at one moment counts. Pure, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAYS = 30
MONTHS = 12
FLOW = "nightly-report"
DEPLOYMENT = "nightly-report"


@dataclass(frozen=True)
class Span:
    """From `start` up to and without `end`."""

    start: datetime
    end: datetime

    @property
    def month(self) -> str:
        return f"{self.start:%Y-%m}"

    @property
    def first_day(self) -> date:
        return self.start.date()

    @property
    def last_day(self) -> date:
        return (self.end - timedelta(microseconds=1)).date()


def period(as_of: datetime) -> Span:
    """The last thirty days, today's hours until now included: a report made at any moment has something to show."""
    first = as_of.astimezone(UTC).date() - timedelta(days=DAYS - 1)
    return Span(_midnight(first), as_of)


def months(as_of: datetime) -> list[Span]:
    """Twelve calendar months, oldest first; the last is this month until now."""
    this = as_of.astimezone(UTC).date().replace(day=1)
    firsts = [_months_before(this, count) for count in range(MONTHS - 1, -2, -1)]
    ends = [*map(_midnight, firsts[1:-1]), as_of]
    return [Span(_midnight(first), end) for first, end in zip(firsts[:-1], ends, strict=True)]


def _months_before(first: date, count: int) -> date:
    index = first.year * 12 + first.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
