"""How long the shop's data takes to be put back, kept and filled, beside what one would type without a template."""

from __future__ import annotations

import time
from pathlib import Path

from bench.data_shop import NOW, Shop, shop
from bench.programs import say
from bench.rows import Goal, Measurement, middle
from stagekit.report.database import size_text

SCALES = (1, 10, 100)
TIMES = 5
GOAL = 0.5  # seconds for a reset at scale 100


def data(root: Path) -> list[Measurement]:
    """All of it, on a stage of the bench's own; scale 100 is about 160 MB."""
    with shop(root) as there:
        rows = [row for scale in SCALES for row in _resets(there, scale)]
        return [*rows, *_copies(there), _filling(there)]


def _resets(there: Shop, scale: int) -> list[Measurement]:
    say(f"reset at scale {scale}")
    again, rows = there.again(scale), there.rows()
    first = there.stack.stagekit("reset")  # makes the template
    template = there.template()
    whole = middle([there.stack.stagekit("reset") for _ in range(2)])
    resets, drops = [], []
    for _ in range(TIMES):
        resets.append(there.templates.put_back(template, NOW))
        began = time.perf_counter()
        there.templates.tidy()
        drops.append(time.perf_counter() - began)
    there.dump()
    restored = middle([there.undump() for _ in range(2)])
    name, goal = f"reset at scale {scale}, {size_text(template.size)}", Goal(GOAL) if scale == max(SCALES) else None
    return [
        Measurement(name, "s", goal, middle(resets), "drop, migrate, seed", again),
        Measurement(f"reset at scale {scale}, beside pg_restore", "s", None, middle(resets), "pg_restore", restored),
        Measurement(f"dropping what it replaced, scale {scale}, meanwhile", "s", None, middle(drops)),
        Measurement(f"`stagekit reset` at scale {scale}, state outside too", "s", None, whole, "template made", first),
        Measurement(f"disk of a template at scale {scale}", "MB", None, template.size / 1e6),
        Measurement(f"rows of the seed at scale {scale}, a second of migrate and seed", "rows", None, rows / again),
    ]


def _copies(there: Shop) -> list[Measurement]:
    """A snapshot and its way back, of the largest."""
    say("snapshot and restore")
    dumped = middle([there.dump() for _ in range(2)])
    restored = middle([there.undump() for _ in range(2)])
    kept, back = [], []
    for n in range(TIMES):
        began = time.perf_counter()
        there.templates.keep(f"bench-{n}", NOW, "")
        kept.append(time.perf_counter() - began)
        template = there.templates.snapshot(f"bench-{n}")
        assert template
        back.append(there.templates.put_back(template, NOW))
        there.templates.tidy()
        there.templates.drop(template)
    return [
        Measurement("snapshot at scale 100", "s", None, middle(kept), "pg_dump", dumped),
        Measurement("restore at scale 100", "s", None, middle(back), "pg_restore", restored),
    ]


def _filling(there: Shop) -> Measurement:
    say("COPY against INSERT")
    count, copied, inserted = there.filled()
    return Measurement(f"seconds for {count:,} payments by COPY", "s", None, copied, "INSERT, a row each", inserted)
