"""The stage's Postgres, asked in its own container: no port, no password, no client of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.compose.block import Database
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Observation

SIZE = "select pg_database_size(current_database())"
# What the seed's loader keeps of itself, in a schema of its own. The key covers all that the seed is made of.
SEEDED = """select md5(string_agg(name || ':' || wanted, ',' order by name)), max(scale), max(instant),
to_char(max(applied_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
from stagekit_seed.layers having count(*) > 0"""
NO_TABLE = "42P01"  # undefined_table, https://www.postgresql.org/docs/17/errcodes-appendix.html
# Errors are told by their code alone, which no language changes.
PSQL = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate")


@dataclass(frozen=True)
class Found:
    """What the database has.

    revision  empty where nothing was migrated yet; None where it cannot be told
    size      bytes; None where the database does not answer
    """

    revision: str | None
    size: int | None


@dataclass(frozen=True)
class Seeded:
    """What a database was seeded with.

    key      equal for equal seeds: files, scale, instant and schema
    instant  the day that the seed's times are relative to: ISO 8601
    at       when it was last changed by the seed; empty where that is not known
    """

    key: str
    scale: int
    instant: str
    at: str


@dataclass(frozen=True)
class Postgres:
    """The product's database in the container that runs Postgres."""

    engine: EngineDoor
    container: str
    database: Database

    def look(self, query: str, name: str = "") -> Found:
        """Its revision, by this query, and its size; of another database beside it, if one is named."""
        code, said = self._psql(["-c", SIZE, "-c", query], name)
        first, *lines = said.split("\n")
        if not first.isdigit():
            return Found(None, None)
        rows = [line for line in lines if line.strip()]
        if code == 0 and len(rows) <= 1:
            return Found(rows[0].strip() if rows else "", int(first))
        none = any(NO_TABLE in row for row in rows)
        return Found("" if code and none else None, int(first))

    def seeded(self, name: str = "") -> Seeded | None:
        """What the seed has noted in a database, the app's own if none is named; None where it has noted nothing."""
        code, said = self._psql(["-F", "\t", "-c", SEEDED], name)
        cells = said.rstrip("\n").split("\t")
        if code or len(cells) != 4 or not cells[1].isdigit():
            return None
        return Seeded(cells[0], int(cells[1]), cells[2], cells[3])

    def _psql(self, words: Sequence[str], name: str = "") -> tuple[int, str]:
        where = ["-U", self.database.user, "-d", conninfo(name or self.database.name)]
        return self.engine.exec(self.container, [*PSQL, *where, *words])


def conninfo(database: str) -> str:
    """How psql is told of a database by its name alone: one with `=` in it would be read as more than a name."""
    quoted = database.replace("\\", "\\\\").replace("'", "\\'")
    return f"dbname='{quoted}'"


def postgres_of(engine: EngineDoor, model: Model, seen: Observation) -> Postgres | None:
    """The one of a stage; None where the project names none, or it does not run."""
    database = model.block.database
    if database is None:
        return None
    container = next((c.name for c in seen.of(database.service) if c.status == "running"), "")
    return Postgres(engine, container, database) if container else None
