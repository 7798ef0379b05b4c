"""What a row group or an outside part is given: random numbers of its own, times, and the rows before it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from . import moments

Cells = dict[str, Any]


class Seed:
    """`instant` is the first of a month, `scale` what the stage is seeded with. `group` names the row group."""

    def __init__(
        self, group: str, instant: datetime, scale: int, earlier: Callable[[str], Iterator[Cells]] | None = None
    ) -> None:
        self.instant, self.scale = instant, scale
        self._group = group
        self._earlier = earlier or (lambda table: iter(()))

    def random(self, *key: object) -> random.Random:
        """A generator for this key alone: the same numbers whatever else is generated, on any machine."""
        words = "\x1f".join([self._group, *(f"{type(part).__name__}:{part}" for part in key)])
        return random.Random(int.from_bytes(sha256(words.encode()).digest(), "big"))

    def at(self, words: str | datetime | None) -> datetime | None:
        """ "-3 14 09:20" -> that moment; None for nothing; a moment as it is. Raises ValueError."""
        if isinstance(words, datetime):
            return words
        return moments.at(self.instant, words) if words else None

    def rows(self, table: str) -> Iterator[Cells]:
        """The rows of earlier files for this table, as these files have them; made anew, so they cost no memory."""
        return self._earlier(table)
