from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from shop.reports.periods import MONTHS, months, period

MOMENTS = [
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 2, tzinfo=UTC),
    datetime(2026, 12, 15, 12, tzinfo=UTC),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_twelve_months_follow_each_other_and_end_now(moment: datetime) -> None:
    spans = months(moment)
    assert len(spans) == MONTHS
    assert spans[-1].end == moment
    assert spans[-1].month == f"{moment:%Y-%m}"
    assert all(one.end == next_.start for one, next_ in pairwise(spans))
    assert all(span.start.day == 1 for span in spans)


def test_first_of_twelve_months_is_eleven_months_back() -> None:
    assert months(datetime(2026, 3, 1, tzinfo=UTC))[0].month == "2025-04"


def test_period_is_thirty_days_with_today() -> None:
    span = period(datetime(2026, 5, 30, 2, tzinfo=UTC))
    assert (span.first_day, span.last_day) == (date(2026, 5, 1), date(2026, 5, 30))


def test_period_made_at_midnight_ends_with_the_day_before() -> None:
    assert period(datetime(2026, 5, 30, tzinfo=UTC)).last_day == date(2026, 5, 29)


def test_moment_of_another_zone_counts_in_utc() -> None:
    late = datetime(2026, 5, 31, 22, tzinfo=timezone(timedelta(hours=-5)))
    assert months(late)[-1].month == "2026-06"
