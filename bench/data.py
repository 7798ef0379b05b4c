"""How long a stage's data takes to be put back, kept and filled, beside what one would type without a template."""

from __future__ import annotations

import time
from pathlib import Path

from bench.data_project import NOW, TABLES, Databases, Fill, by_copy, by_insert, databases, make_tables, rows_of
from bench.programs import say
from bench.rows import Goal, Measurement, middle
from stagekit.report.database import size_text

# The scale of the seed, and about how many megabytes that is.
SCALES = {1: 16, 10: 40, 100: 160}
TIMES = 5
GOAL = 0.5  # seconds for a reset at scale 100
FEW = 4  # megabytes that are inserted row by row
DUMP = "/tmp/bench.dump"
RESTORE = (
    f"psql -qU app -d postgres -c 'drop database if exists other with (force)' -c 'create database other'; "
    f"pg_restore -U app -d other {DUMP}"
)


def data(root: Path, fill: Fill = by_copy) -> list[Measurement]:
    """All of it, in one Postgres.

    fill  puts rows into the tables
    """
    with databases(root) as there:
        rows = [row for scale, size in SCALES.items() for row in _resets(there, scale, size, fill)]
        rows += _copies(there)
        return [*rows, _filling(there)]


def _resets(there: Databases, scale: int, megabytes: int, fill: Fill) -> list[Measurement]:
    say(f"reset at scale {scale}, about {megabytes} MB")
    again = there.again(megabytes, fill)
    there.template(f"{scale:012}", megabytes, fill)
    template = there.templates.of_seed(f"{scale:012}")
    assert template
    resets, drops = [], []
    for _ in range(TIMES):
        resets.append(there.templates.put_back(template, NOW))
        began = time.perf_counter()
        there.templates.tidy()
        drops.append(time.perf_counter() - began)
    there.shell(f"pg_dump -U app -Fc -f {DUMP} app")
    restored = middle([there.shell(RESTORE) for _ in range(2)])
    name, goal = f"reset at scale {scale}, {size_text(template.size)}", Goal(GOAL) if scale == max(SCALES) else None
    return [
        Measurement(name, "s", goal, middle(resets), "drop, migrate, seed", again),
        Measurement(f"reset at scale {scale}, beside pg_restore", "s", None, middle(resets), "pg_restore", restored),
        Measurement(f"dropping what it replaced, scale {scale}, meanwhile", "s", None, middle(drops)),
        Measurement(f"disk of a template at scale {scale}", "MB", None, template.size / 1e6),
    ]


def _copies(there: Databases) -> list[Measurement]:
    """A snapshot and its way back, of the largest."""
    say("snapshot and restore")
    dumped = middle([there.shell(f"pg_dump -U app -Fc -f {DUMP} app") for _ in range(2)])
    restored = middle([there.shell(RESTORE) for _ in range(2)])
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


def _filling(there: Databases) -> Measurement:
    say("COPY against INSERT")
    count, took = rows_of(FEW), []
    for fill in (by_copy, by_insert):
        with there.connect("postgres") as connection:
            connection.execute("drop database if exists filled with (force)")
            connection.execute("create database filled template template0")
        with there.connect("filled") as connection:
            make_tables(connection)
            began = time.perf_counter()
            fill(connection, count)
            took.append(time.perf_counter() - began)
    name = f"seconds for {count * TABLES:,} rows by COPY"
    return Measurement(name, "s", None, took[0], "INSERT, a row each", took[1])
