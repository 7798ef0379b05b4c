"""The images of a project at a host, as a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from stagekit.promote.keep import Stored


def stored_text(stage: str, rows: Sequence[Stored], here: Collection[str]) -> str:
    """One line an image: services, size, layers, whether it is what this machine has, and whether it is needed.

    here  the names that the images of this machine have, or would get, at the host
    """
    if not rows:
        return f"{stage}: no image of this project is there\nnext: stagekit deliver --stage {stage}"
    wide = max(len(", ".join(row.services)) for row in rows)
    lines = [_line(row, wide, here) for row in rows]
    spare = sum(row.use == "could go" for row in rows)
    ending = f"{spare} of {len(rows)} could go: stagekit images prune --stage {stage}" if spare else "all are needed"
    return "\n".join([*lines, "", ending])


def stored_json(rows: Sequence[Stored], here: Collection[str]) -> list[dict[str, Any]]:
    """The same for a script; sizes in bytes."""
    return [{**asdict(row), "here": bool(set(row.names) & set(here))} for row in rows]


def _line(row: Stored, wide: int, here: Collection[str]) -> str:
    digits = row.names[0].rpartition(":")[2][:12]
    layers = f"{row.layers} layers, {row.shared} shared"
    same = "as here" if set(row.names) & set(here) else ""
    return f"{', '.join(row.services):<{wide}}  {row.size / 1e6:>7.1f} MB  {digits}  {layers:<22}{same:<9}{row.use}"
