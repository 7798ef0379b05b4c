"""Bring the schema to this code's head: `python -m shop.migrate`. Running it again changes nothing and says so.

Two questions are answered without a database: `--head` prints the head, `--sql [REVISION]` the SQL from there to it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from shop import logs, settings
from shop.database.engine import engine_for

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

# Alembic is imported where it is used: the API needs it only for the name of the head, after its start.
MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Any fixed number: whoever holds it migrates, others wait and then find nothing to do.
LOCK = 7_239_114
WAIT_SECONDS = 30.0


def main(words: Sequence[str] = ()) -> int:
    match list(words):
        case []:
            return _bring_to_head()
        case ["--head"]:
            print(head())
            return 0
        case ["--sql", *start] if len(start) <= 1:
            return _print_sql(*start)
    print("usage: python -m shop.migrate [--head | --sql [REVISION]]", file=sys.stderr)
    return 2


def _bring_to_head() -> int:
    config = settings.load_or_exit()
    logs.configure("warning", "migrate")
    engine = engine_for(config)
    try:
        wait_for(engine)
        before, after = migrate(engine)
    except OperationalError as error:
        print(f"migrate: the database cannot be used: {str(error.orig).strip()}", file=sys.stderr)
        return 1
    print(f"migrate: at {after}, nothing to do" if before == after else f"migrate: {before or 'empty'} -> {after}")
    return 0


def migrate(engine: Engine) -> tuple[str | None, str]:
    """The schema's revision before and after. One transaction: a failed migration leaves nothing behind.

    A schema that newer code has brought further stays as it is.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = _revision(connection)
        if fits(before):
            return before, str(before)
        _upgrade(connection)
    return before, head()


def fits(revision: str | None) -> bool:
    """Whether this code can work with a schema: it has its head, or newer code has brought it further."""
    return revision == head() or (revision is not None and revision not in _known())


@cache
def head() -> str:
    """The newest revision in backend/migrations."""
    return str(_scripts().get_current_head())


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config())


def _print_sql(start: str = "") -> int:
    """Alembic's offline mode: what an upgrade would run."""
    from alembic import command

    if start and start not in _known():
        print(f"migrate: this code does not know the revision {start}", file=sys.stderr)
        return 1
    command.upgrade(alembic_config(), f"{start}:head" if start else "head", sql=True)
    return 0


def wait_for(
    engine: Engine,
    seconds: float = WAIT_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Return when the database answers. Raises its last OperationalError after `seconds`."""
    end = clock() + seconds
    while True:
        try:
            engine.connect().close()
            return
        except OperationalError:
            if clock() >= end:
                raise
            sleep(0.5)


def _revision(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
