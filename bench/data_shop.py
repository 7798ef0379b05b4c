"""A stage of the bench's own with the shop's seed in it, and what one would type without stagekit to fill it anew."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.programs import Failed
from bench.stack import Stack, own_stack
from stagekit.cli.look import look
from stagekit.database.shelf import Template
from stagekit.database.templates import Templates, templates_of
from stagekit.stage import observe

NOW = "2026-05-01T00:00:00Z"
DUMP = "/tmp/bench.dump"
EMPTY = "psql -qU app -d postgres -c 'drop database if exists {0} with (force)' -c 'create database {0}'"
LOADER = ("python", "-m", "stagekit_seed", "/seed")
WAYS = {"copy": "", "insert": "--inserts"}  # how pg_dump is told to write the rows


@dataclass(frozen=True)
class Shop:
    """The shop's stage, which is up.

    container  that of Postgres
    """

    stack: Stack
    templates: Templates
    container: str

    def again(self, scale: int) -> float:
        """Drops the app's database, migrates and seeds: without a template, without what is outside. In seconds."""
        once = ("run", "--rm", "--no-deps", "--no-TTY")
        return (
            self.shell(EMPTY.format("app"))
            + self.stack.plain(*once, "migrate")
            + self.stack.plain(*once, "seed", *LOADER, "--yes", "--no-outside", "--scale", str(scale))
        )

    def rows(self) -> int:
        """How many rows the seed has in the app's database."""
        return int(self.ask("select sum(rows) from stagekit_seed.layers"))

    def template(self) -> Template:
        """That of the seed which the app's database has."""
        seeded = self.templates.seeded()
        assert seeded
        found = self.templates.of_seed(seeded.key)
        assert found
        return found

    def dump(self) -> float:
        """Dumps the app's database by pg_dump; in seconds."""
        return self.shell(f"pg_dump -U app -Fc -f {DUMP} app")

    def undump(self) -> float:
        """Restores that into another database by pg_restore; in seconds."""
        return self.shell(f"{EMPTY.format('other')}; pg_restore -U app -d other {DUMP}")

    def filled(self) -> tuple[int, float, float]:
        """How many payments there are; the seconds to load them by COPY, and by one INSERT each: in one transaction."""
        self.shell(EMPTY.format("other") + "; pg_dump -U app -s app | psql -qU app -d other")
        took = []
        for way, options in WAYS.items():
            self.shell(f"pg_dump -U app -a -t payments --disable-triggers {options} -f /tmp/{way}.sql app")
            took.append(self.shell(f"psql -1qU app -d other -v ON_ERROR_STOP=1 -f /tmp/{way}.sql"))
            self.shell("psql -qU app -d other -c 'truncate payments cascade'")
        return int(self.ask("select count(*) from payments")), took[0], took[1]

    def ask(self, statement: str) -> str:
        """What the app's database answers."""
        return self._exec(f'psql -qAtU app -d app -c "{statement}"').strip()

    def shell(self, script: str) -> float:
        """Runs a script in the container; returns the seconds it took. Raises Failed."""
        began = time.perf_counter()
        self._exec(script)
        return time.perf_counter() - began

    def _exec(self, script: str) -> str:
        code, said = self.templates.engine.exec(self.container, ["sh", "-ec", script])
        if code:
            raise Failed(said[-400:])
        return said


@contextmanager
def shop(root: Path) -> Iterator[Shop]:
    """The stage, gone afterwards with its data."""
    with own_stack(root) as stack:
        looked = look(stack.directory)
        templates = templates_of(looked.model, looked.engine.host)
        assert templates
        [postgres] = observe(looked.door, looked.model.project).of("postgres")
        yield Shop(stack, templates, postgres.name)
