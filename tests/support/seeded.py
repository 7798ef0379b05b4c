"""A small project with a Postgres, migrations and a seed, for tests of what the verbs do to its data.

Its role and its database have names that have to be quoted. The seed is tests/cases/seeded/seed.sh.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from stagekit.bootstrap import Engine
from stagekit.cli.look import look
from stagekit.compose.block import Database
from stagekit.database.names import Names
from stagekit.stage import observe
from stagekit.testing.stage import run_stagekit
from tests.conftest import ROOT
from tests.support.drop_ins import wait_until

# Postgres' own initdb refuses a role with a quote in its name.
USER, NAME = "bü r", 'it\'s "ours"; ü'
SEEDED = [f"seed one {n}" for n in range(1, 101)]


@dataclass(frozen=True)
class Seeded:
    """The project, which is up.

    container  that of Postgres
    project    its Compose project
    """

    folder: Path
    engine: Engine
    project: str
    container: str

    def stagekit(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a verb; output is captured."""
        return run_stagekit(self.folder, *words, **{"cwd": self.folder, **options})

    def done(self, *words: str, **options: Any) -> str:
        """What a verb says that ends well."""
        done = self.stagekit(*words, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Starts a verb; nobody answers it."""
        call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(self.folder), *words]
        return subprocess.Popen(
            call,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def docker(self, *words: str, **options: Any) -> str:
        """Runs the engine's client; returns what it says."""
        call = [self.engine.docker, *words]
        done = subprocess.run(call, env=self.engine.env, capture_output=True, text=True, check=False, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def connect(self, name: str = NAME, **options: Any) -> psycopg.Connection[Any]:
        """A connection from this machine; each statement is a transaction of its own, unless options say otherwise."""
        return psycopg.connect(self.conninfo(name), **{"autocommit": True, **options})

    def conninfo(self, name: str = NAME) -> str:
        """What a client needs to know."""
        host, _, port = self.docker("port", self.container, "5432/tcp").splitlines()[0].rpartition(":")
        found: str = psycopg.conninfo.make_conninfo(
            host=host, port=port, user=USER, password="for-tests", dbname=name, connect_timeout=30
        )
        return found

    def rows(self, statement: str, name: str = NAME) -> list[Any]:
        """The first column of what a statement answers."""
        with self.connect(name) as connection:
            return [row[0] for row in connection.execute(statement)]  # type: ignore[call-overload]

    def notes(self) -> list[str]:
        """The texts that the app's database has, in order."""
        return self.rows("select text from notes order by id")

    def write(self, text: str, id: int = 1_000_000) -> None:
        """A person's row."""
        with self.connect() as connection:
            connection.execute("insert into notes (id, text) values (%s, %s)", (id, text))

    def inbox(self, text: str = "") -> str:
        """The state outside of the database; another one, if a text is given."""
        volume = f"{self.project}_outside:/outside"
        script = 'if [ -n "$1" ]; then echo "$1" >/outside/inbox; fi; cat /outside/inbox'
        words = ["run", "--rm", "--entrypoint", "sh", "-v", volume, f"{self.project}/migrate", "-c", script, "sh", text]
        return self.docker(*words)

    def databases(self) -> set[str]:
        """What is there beside the app's own, by what it is: `seed_…`, `snap_…`, `new`, `old`."""
        found = self.rows("select datname from pg_database", "postgres")
        prefix = Names(NAME).prefix
        return {name.removeprefix(prefix) for name in found if name.startswith(prefix)}

    def restart(self) -> None:
        """Lets Postgres run again, after it was killed."""
        self.docker("start", self.container)
        wait_until(self.answers, "Postgres answers again")

    def answers(self) -> bool:
        """Whether the app's database can be asked."""
        try:
            return self.rows("select 1") == [1]
        except psycopg.OperationalError:
            return False


@contextmanager
def seeded(engine: Engine, folder: Path, *, volume: Mapping[str, object] | None = None) -> Iterator[Seeded]:
    """The project, up; gone with everything of it at the end.

    volume  how Compose defines that of Postgres
    """
    for case in ("database", "seeded"):
        shutil.copytree(ROOT / "tests" / "cases" / case, folder, dirs_exist_ok=True)
    (folder / "compose.staging.yaml").unlink()
    (folder / "compose.yaml").write_text(_compose((folder / "compose.override.yaml").read_text(), volume))
    (folder / "compose.override.yaml").unlink()
    try:
        done = run_stagekit(folder, "up", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        yield _found(engine, folder)
    finally:
        run_stagekit(folder, "down", "--volumes")
        project = look(folder).model.project
        for words in (["volume", "rm", "-f", f"{project}_stagekit-snapshots"], ["image", "rm", f"{project}/migrate"]):
            subprocess.run([engine.docker, *words], env=engine.env, capture_output=True, check=False)


def _found(engine: Engine, folder: Path) -> Seeded:
    looked = look(folder)
    [postgres] = observe(looked.door, looked.model.project).of("postgres")
    found = Seeded(folder, engine, looked.model.project, postgres.name)
    wait_until(found.answers, "Postgres is reached from here")
    return found


def _compose(text: str, volume: Mapping[str, object] | None) -> str:
    """What tests/cases/seeded adds to another project, as a project of its own under names that have to be quoted."""
    found = yaml.safe_load(text)
    block, services = found["x-stagekit"], found["services"]
    for part in ("names", "edge", "switch", "smoke", "secrets"):
        del block[part]
    block["database"] |= Database(service="postgres", user=USER, name=NAME, variable="PGDATABASE").model_dump()
    services["postgres"]["environment"] |= {"POSTGRES_USER": USER, "POSTGRES_DB": NAME}
    services["postgres"]["ports"] = [{"host_ip": "127.0.0.1", "target": 5432}]
    services["postgres"]["healthcheck"]["test"] = ["CMD", "pg_isready", "-q", "-h", "127.0.0.1"]
    for once in ("migrate", "seed"):
        services[once]["environment"] = services[once]["environment"] | {"PGUSER": USER, "PGDATABASE": NAME}
    del services["web"]
    image = services["seed"]["image"]
    services["idle"] = {
        "image": image,
        "pull_policy": "never",
        "command": ["sleep", "infinity"],
        "stop_signal": "SIGKILL",
        "depends_on": {"seed": {"condition": "service_completed_successfully"}},
    }
    found["volumes"]["postgres"] = dict(volume or {}) or None
    dumped: str = yaml.safe_dump(found, sort_keys=False, allow_unicode=True)
    assert not re.search(r"\$(?!\{)", dumped)
    return dumped
