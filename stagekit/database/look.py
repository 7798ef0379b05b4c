"""How the schema of a stage stands to a release: the database is asked, the code is asked, the linter is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stagekit.compose import Model
from stagekit.database.code import Code
from stagekit.database.lint import findings_of
from stagekit.database.postgres import Found, postgres_of
from stagekit.database.schema import Ahead, AtHead, Pending, Schema, Unknown
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Observation


@dataclass
class SchemaLook:
    """Asks for one release.

    head  the revision that the release wants; empty where it does not say
    lint  gives squawk's findings of SQL as JSON, or None
    told  what the code of an image has said of a revision already, by both: it says the same again
    """

    model: Model
    head: str
    engine: EngineDoor
    code: Code
    lint: Callable[[str], str | None]
    told: dict[tuple[str, str], Schema] = field(default_factory=dict)

    def __call__(self, seen: Observation, *, back: bool, may_migrate: bool) -> Schema | None:
        """How the schema stands now; None where the project has no migrations.

        back         whether a newer release has been there: then another revision is most likely its work
        may_migrate  whether migrations may be run at all; where not, the code is not asked
        """
        migrations = self.model.block.migrations
        if migrations is None:
            return None
        postgres = postgres_of(self.engine, self.model, seen)
        if postgres is None:
            return Unknown("the database is not named in x-stagekit, or does not run")
        return self._judged(postgres.look(migrations.revision), back, may_migrate)

    def _judged(self, found: Found, back: bool, may_migrate: bool) -> Schema:
        now = found.revision
        if now is None or found.size is None:
            return Unknown("its revision cannot be read", found.size)
        if not self.head:
            return Unknown("the code does not say what it wants", found.size)
        migrations = self.model.block.migrations
        if now == self.head:
            return AtHead(self.head)
        if not may_migrate:
            return Ahead(now, self.head)
        image = self.model.services[migrations.service].image if migrations else ""
        if (image, now) not in self.told:
            self.told[image, now] = self._wanted(now, found.size, back)
        return self.told[image, now]

    def _wanted(self, now: str, size: int, back: bool) -> Schema:
        if not now:
            return Pending(now, self.head, (), size)
        sql = self.code.sql(now)
        if sql is None and (back or self.code.sql("") is not None):
            return Ahead(now, self.head)  # it can tell its migrations, but not from there
        said = self.lint(sql) if sql is not None else None
        return Pending(now, self.head, findings_of(said) if said is not None else None, size)
