"""Times of the seed: relative to the first of a month. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def instant(now: datetime, pinned: str = "") -> datetime:
    """The first of now's month at 00:00 UTC, or of the month that `pinned` (2026-05-01) names."""
    moment = datetime.fromisoformat(pinned) if pinned else now.astimezone(UTC)
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def at(first: datetime, words: str) -> datetime | None:
    """ "-3 14 09:20" -> the 14th of the third month before `first`, 09:20 UTC; None for an empty text."""
    if not words:
        return None
    month, day, clock = words.split()
    hours, minutes = (int(part) for part in clock.split(":"))
    index = first.year * 12 + first.month - 1 + int(month)
    begin = datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
    return begin + timedelta(days=int(day) - 1, hours=hours, minutes=minutes)
