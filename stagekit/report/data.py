"""Seeds, resets and kept copies in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from stagekit.database.postgres import Seeded
from stagekit.database.shelf import Template
from stagekit.database.snapshot import minutes_since
from stagekit.report.ages import ago
from stagekit.report.database import minutes_text, size_text
from stagekit.seed.status import Layer, SeedStatus

SHORT = 12  # digits of a hash
MARKS = {"applied": "✓", "changed": "⠸", "missing": "-"}


def goes_back_text(stage: str, seeded: Seeded | None, template: Template | None, now: str) -> str:
    """What a reset does, and what it loses, before it does it."""
    what = f"scale {seeded.scale}, {seeded.instant}" if seeded else "nothing of it is there yet"
    since = max(filter(None, [seeded.at if seeded else "", template.note.used if template else ""]), default="")
    lost = minutes_text(minutes_since(since, now))
    there = f" --stage {stage}" if stage != "local" else ""
    return (
        f"{stage}: the database goes back to its seed ({what}). Lost for good: {lost}; "
        f"`stagekit snapshot{there}` before a reset keeps them."
    )


def database_text(took: float, size: int) -> str:
    """`reset: database 0.21 s (18.0 MB)`."""
    return f"reset: database {took:.2f} s ({size_text(size)})"


def outside_text(said: str, took: float) -> str:
    """What follows it: `, mail, payments, flows 1.9 s`, by the names in lines such as `seed: mail: emptied`."""
    names = dict.fromkeys(re.findall(r"^seed: ([^\W\d][\w-]*)(?::|\s)", said, re.M))
    return f", {', '.join(names) or 'outside state'} {took:.1f} s"


def seed_text(
    stage: str, status: SeedStatus, template: Template | None, templates: Sequence[Template], now: datetime
) -> str:
    """One line a layer, then what stands ready for a reset and the disk that all templates take."""
    wide = max((len(layer.name) for layer in status.layers), default=0)
    lines = [f"{stage}: scale {status.scale or '-'}, {status.instant or '-'}, schema at {status.head or '-'}", ""]
    lines += [f"  {MARKS[layer.state]} {layer.name:<{wide}}  {_layer(layer, now)}" for layer in status.layers]
    ready = (
        f"a reset clones {size_text(template.size)}" if template else "a reset makes one first, as long as a seed takes"
    )
    seeds = [one for one in templates if one.note.kind == "seed"]
    lines += ["", f"  template {'✓' if template else '-'}  {ready}"]
    if seeds:
        lines.append(f"  {len(seeds)} kept, {size_text(sum(one.size for one in seeds))} on the disk")
    if any(layer.state != "applied" for layer in status.layers):
        lines += ["", f"next: stagekit seed{f' --stage {stage}' if stage != 'local' else ''}"]
    return "\n".join(lines)


def shelf_line(templates: Sequence[Template]) -> str:
    """What the templates of seeds take; empty where there are none."""
    seeds = [one for one in templates if one.note.kind == "seed"]
    if not seeds:
        return ""
    many = "one template" if len(seeds) == 1 else f"{len(seeds)} templates"
    return f"besides, {many} of seeds: {size_text(sum(one.size for one in seeds))}"


def _layer(layer: Layer, now: datetime) -> str:
    rows = f"{layer.rows:,} rows" if layer.rows is not None else "no rows"
    age = ago(layer.applied_at, now) if layer.applied_at else "never"
    hashes = (layer.hash or "")[:SHORT] or "-"
    if layer.state != "applied" and layer.wanted:
        hashes += f" -> {layer.wanted[:SHORT]}"
    return f"{layer.state:<8} {hashes:<{SHORT}}  {rows:>14}  {age}"
