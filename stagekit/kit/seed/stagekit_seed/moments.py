"""Times of a seed: counted from the first of a month, so that a stage's past is always recent. Pure, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# "-3 14 09:20": the 14th of the third month before the instant, at 09:20. The clock may be left out.
WORDS = re.compile(r"([+-]?\d{1,4}) (\d{1,2})(?: (\d{1,2}):(\d{2}))?")


def instant(now: datetime, pinned: str = "") -> datetime:
    """The first of now's month at 00:00 UTC, or of the month that `pinned` (2026-05-01) names. Raises ValueError."""
    moment = datetime.fromisoformat(pinned) if pinned else now.astimezone(UTC)
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def at(first: datetime, words: str) -> datetime:
    """The moment that `month day time` names, counted from `first`. Raises ValueError for other words."""
    found = WORDS.fullmatch(words.strip())
    if not found:
        raise ValueError(f"{words!r} is no moment such as '-3 14 09:20' (month, day, time)")
    month, day, hours, minutes = (int(part or 0) for part in found.groups())
    if not 1 <= day <= 31 or hours > 23 or minutes > 59:
        raise ValueError(f"{words!r} names no day from 1 to 31 or no time from 00:00 to 23:59")
    index = first.year * 12 + first.month - 1 + month
    begin = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
    return begin + timedelta(days=day - 1, hours=hours, minutes=minutes)
