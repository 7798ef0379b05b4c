"""How long ago something was, in words."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


def ago(when: str, now: datetime) -> str:
    """`just now`, `5 min ago`, `2 h ago`, `3 days ago`; the time as it is written where it is none.

    when  ISO 8601
    """
    try:
        then = datetime.fromisoformat(when)
    except ValueError:
        return when
    seconds = (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{int(seconds / MINUTE)} min ago"
    if seconds < 2 * DAY:
        return f"{int(seconds / HOUR)} h ago"
    return f"{int(seconds / DAY)} days ago"
