"""The stage's Postgres, asked in its own container: no port, no password, no client of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.compose.block import Database
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Observation

SIZE = "select pg_database_size(current_database())"
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
class Postgres:
    """The product's database in the container that runs Postgres."""

    engine: EngineDoor
    container: str
    database: Database

    def look(self, query: str) -> Found:
        """Its revision, by this query, and its size."""
        code, said = self._psql(["-c", SIZE, "-c", query])
        first, *lines = said.split("\n")
        if not first.isdigit():
            return Found(None, None)
        rows = [line for line in lines if line.strip()]
        if code == 0 and len(rows) <= 1:
            return Found(rows[0].strip() if rows else "", int(first))
        none = any(NO_TABLE in row for row in rows)
        return Found("" if code and none else None, int(first))

    def _psql(self, words: Sequence[str]) -> tuple[int, str]:
        where = ["-U", self.database.user, "-d", self.database.name]
        return self.engine.exec(self.container, [*PSQL, *where, *words])


def postgres_of(engine: EngineDoor, model: Model, seen: Observation) -> Postgres | None:
    """The one of a stage; None where the project names none, or it does not run."""
    database = model.block.database
    if database is None:
        return None
    container = next((c.name for c in seen.of(database.service) if c.status == "running"), "")
    return Postgres(engine, container, database) if container else None
