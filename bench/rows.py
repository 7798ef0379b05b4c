"""What was measured, beside its peer and its goal: values, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

COLUMNS = ("name", "value", "peer", "ratio", "goal", "met")
YES_NO = {True: "✓", False: "✗", None: "-"}


@dataclass(frozen=True)
class Goal:
    """At most `limit`: of the value in its own unit, or of the ratio to the peer."""

    limit: float
    of: Literal["value", "ratio"] = "value"

    def text(self, unit: str) -> str:
        """`<= 1.1x` or `<= 150 ms`."""
        return f"<= {self.limit:g}x" if self.of == "ratio" else f"<= {self.limit:g} {unit}"


@dataclass(frozen=True)
class Measurement:
    """One thing measured, with what it is held against.

    goal        None where the value is only reported
    value       None where it could not be measured; `reason` says why
    peer        what it is compared with, empty where there is no peer; `peer_value` has the same unit
    """

    name: str
    unit: str
    goal: Goal | None
    value: float | None
    peer: str = ""
    peer_value: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """The value over the peer's; None without both."""
        if self.value is None or not self.peer_value:
            return None
        return self.value / self.peer_value

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where it cannot be told."""
        if self.goal is None:
            return None
        held = self.ratio if self.goal.of == "ratio" else self.value
        return None if held is None else held <= self.goal.limit

    def as_dict(self) -> dict[str, object]:
        """The row of results.json; `reason` is there only where nothing was measured."""
        row: dict[str, object] = {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "peer": self.peer or None,
            "peer_value": _rounded(self.peer_value),
            "ratio": _rounded(self.ratio),
            "goal": self.goal.text(self.unit) if self.goal else None,
            "met": self.met,
        }
        return row | ({"reason": self.reason} if self.reason else {})


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))


def table(rows: Sequence[Measurement]) -> str:
    """The rows as aligned text, the reasons below."""
    cells = [COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    reasons = [f"{row.name}: {row.reason}" for row in rows if row.reason]
    return "\n".join([*lines, *(["", *reasons] if reasons else [])])


def _cells(row: Measurement) -> tuple[str, ...]:
    peer = f"{row.peer} {_amount(row.peer_value, row.unit)}" if row.peer else "-"
    ratio = "-" if row.ratio is None else f"{row.ratio:.2f}x"
    goal = row.goal.text(row.unit) if row.goal else "-"
    return row.name, _amount(row.value, row.unit), peer, ratio, goal, YES_NO[row.met]


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
