"""A Postgres of the bench's own with tables to fill, and what stagekit keeps beside a database in it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from bench.programs import STAGEKIT, Failed, run, say
from bench.stack import keep_caches
from stagekit.cli.look import look
from stagekit.database.postgres import Seeded
from stagekit.database.templates import Templates, templates_of
from stagekit.doors.engine import EngineDoor
from stagekit.stage import observe

TABLES = 42
ROW = 340  # bytes that a row takes on the disk, with its indexes
NOW = "2026-05-01T00:00:00Z"

# Fills a database that has the tables with so many rows in each.
Fill = Callable[[psycopg.Connection[Any], int], None]


@dataclass(frozen=True)
class Databases:
    """The project, which is up.

    container  that of Postgres
    """

    templates: Templates
    engine: EngineDoor
    container: str
    port: int

    def connect(self, name: str = "app") -> psycopg.Connection[Any]:
        """A connection; each statement is a transaction of its own."""
        words = f"host=127.0.0.1 port={self.port} user=app password=for-the-bench dbname={name}"
        return psycopg.connect(words, autocommit=True)

    def template(self, key: str, megabytes: int, fill: Fill) -> float:
        """Makes a template of about this size, as a reset does where it is missing; returns the seconds it took."""
        began = time.perf_counter()
        with self.connect(self.templates.begin()) as connection:
            make_tables(connection)
            fill(connection, rows_of(megabytes))
        self.templates.freeze(Seeded(key, 1, NOW[:10], NOW), NOW, "")
        return time.perf_counter() - began

    def again(self, megabytes: int, fill: Fill) -> float:
        """Drops the app's database, makes its tables and fills them: what one does without a template."""
        began = time.perf_counter()
        with self.connect("postgres") as connection:
            connection.execute("drop database app with (force)")
            connection.execute("create database app template template0")
        with self.connect() as connection:
            make_tables(connection)
            fill(connection, rows_of(megabytes))
        return time.perf_counter() - began

    def shell(self, script: str) -> float:
        """Runs a script in the container; returns the seconds it took. Raises Failed."""
        began = time.perf_counter()
        code, said = self.engine.exec(self.container, ["sh", "-ec", script])
        if code:
            raise Failed(said[-400:])
        return time.perf_counter() - began


@contextmanager
def databases(root: Path) -> Iterator[Databases]:
    """A project with one Postgres, gone afterwards with its data."""
    with tempfile.TemporaryDirectory(prefix="stagekit-bench-") as name:
        folder = Path(name)
        keep_caches(root, folder)
        (folder / "compose.yaml").write_text(yaml.safe_dump(_compose()))
        say("bringing up a Postgres of the bench's own")
        try:
            run([STAGEKIT, "--project-directory", name, "up", "--yes"])
            yield _open(folder)
        finally:
            run([STAGEKIT, "--project-directory", name, "down", "--volumes"])
            shutil.rmtree(folder / ".stagekit", ignore_errors=True)


def make_tables(connection: psycopg.Connection[Any]) -> None:
    """The tables, with a key, an index and a reference each."""
    for n in range(TABLES):
        refers = f" references t{n - 1}" if n else ""
        connection.execute(
            f"create table t{n} (id bigint primary key, of bigint{refers}, at timestamptz, text text);"
            f"create index on t{n} (at)"
        )


def by_copy(connection: psycopg.Connection[Any], rows: int) -> None:
    """Generated rows, by COPY."""
    for n in range(TABLES):
        with connection.cursor().copy(f"copy t{n} from stdin") as copy:
            for row in _rows(n, rows):
                copy.write_row(row)
    connection.execute("analyze")


def by_insert(connection: psycopg.Connection[Any], rows: int) -> None:
    """The same, a statement a row, in one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        for n in range(TABLES):
            for row in _rows(n, rows):
                cursor.execute(f"insert into t{n} values (%s, %s, %s, %s)", row)
    connection.execute("analyze")


def rows_of(megabytes: int) -> int:
    """How many rows each table has, so that all take about this much."""
    return max(megabytes * 1_000_000 // (TABLES * ROW), 1)


def _rows(table: int, count: int) -> Iterator[tuple[int, int | None, str, str]]:
    text = hashlib.sha256(str(table).encode()).hexdigest() * 3
    for n in range(count):
        yield n, n if table else None, f"2026-05-{n % 28 + 1:02}T09:00:00Z", f"{n} {text}"


def _compose() -> dict[str, Any]:
    probe = {"test": ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"], "interval": "2s", "start_interval": "300ms"}
    postgres = {
        "image": "${POSTGRES_IMAGE:-postgres:17.12}",
        "environment": {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "for-the-bench"},
        "ports": [{"host_ip": "127.0.0.1", "target": 5432}],
        "volumes": ["postgres:/var/lib/postgresql/data"],
        "healthcheck": {**probe, "start_period": "60s"},
    }
    block = {"version": 1, "database": {"service": "postgres", "user": "app", "name": "app"}}
    return {"x-stagekit": block, "services": {"postgres": postgres}, "volumes": {"postgres": {}}}


def _open(folder: Path) -> Databases:
    looked = look(folder)
    templates = templates_of(looked.model, looked.engine.host)
    assert templates
    [postgres] = observe(looked.door, looked.model.project).of("postgres")
    [port] = [published for inside, published in postgres.ports if inside == 5432]
    return Databases(templates, templates.engine, postgres.name, port)
