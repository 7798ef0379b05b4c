"""The seconds that each part of a course took."""

from __future__ import annotations

from collections.abc import Callable


class Times:
    """A clock that is read at the end of each part."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()
        self.seconds: dict[str, float] = {}

    def mark(self, part: str) -> None:
        """The time since the mark before belongs to this part."""
        now = self._clock()
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._last
        self._last = now
