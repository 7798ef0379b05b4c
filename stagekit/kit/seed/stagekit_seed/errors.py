"""What goes wrong with a seed, for the person who wrote it."""

from __future__ import annotations


class SeedError(Exception):
    """`what` happened, `where` (file, line, column), and the next thing to do."""

    def __init__(self, what: str, *, where: str = "", next: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what, self.where, self.next = what, where, next
