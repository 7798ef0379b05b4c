"""What the tests under load have measured, for the end of a session."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.load import Tally

Told = Callable[[str, Tally, Tally], None]
HEAD = ("fault", "requests", "failed", "p99 before", "during")


def row(name: str, before: Tally, during: Tally) -> tuple[str, ...]:
    """One fault: how many requests it met, what became of them, and how long they took."""
    p99 = [f"{tally.percentile(0.99):,.0f} ms" for tally in (before, during)]
    return (name, f"{during.requests:,}", f"{during.failed:,}", *p99)


def table(rows: list[tuple[str, ...]]) -> list[str]:
    """The lines of a table: a name, and numbers on the right."""
    every = [HEAD, *rows]
    wide = [max(len(cells[n]) for cells in every) for n in range(len(HEAD))]
    return [_line(cells, wide) for cells in every]


def _line(cells: tuple[str, ...], wide: list[int]) -> str:
    numbers = (f"{text:>{width}}" for text, width in zip(cells[1:], wide[1:], strict=True))
    return "  ".join([f"{cells[0]:<{wide[0]}}", *numbers])
