"""The connection: waits for the database, speaks to it in one way, and lets one loader in at a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from .catalogue import Db
from .errors import SeedError

WAIT_SECONDS, LOCK_SECONDS = 30.0, 120
# Rows become text for digests: the same text wherever a session begins.
_SESSION = """
SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1;
SET bytea_output = 'hex'; SET standard_conforming_strings = on; SET statement_timeout = 0;
SET work_mem = '64MB';
"""
# Any fixed number; whoever holds it seeds, others wait and then find nothing to do.
_LOCK = 7_239_115


def connect(
    environment: Mapping[str, str] = os.environ,
    seconds: float = WAIT_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Db:
    """A session at DATABASE_URL; waits that long for a database that is still starting. Raises SeedError."""
    url = environment.get("DATABASE_URL", "")
    if not url:
        raise SeedError("DATABASE_URL is missing", next="set it, for example postgresql://app@postgres:5432/app")
    end = clock() + seconds
    while True:
        try:
            db = psycopg.connect(url, password=_password(environment), autocommit=True, prepare_threshold=None)
            break
        except psycopg.OperationalError as error:
            if clock() >= end:
                raise SeedError(f"the database cannot be used: {str(error).strip()}", next="see its log") from None
            sleep(0.3)
    db.execute(_SESSION)
    db.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    return db


def lock(db: Db) -> None:
    """Until the transaction ends. Another loader is waited for, as long as it takes."""
    db.execute("SET LOCAL lock_timeout = 0")
    db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    db.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")


def revision(db: Db, query: str) -> str | None:
    """The schema's revision by the manifest's query; None where it has no answer, as before the first migration."""
    try:
        with db.transaction():
            found = sorted(str(row[0]) for row in db.execute(query.encode()))
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return None
    except psycopg.Error as error:
        next = "correct `revision` in manifest.toml"
        raise SeedError(f"the query for the schema's revision fails: {_first(error)}", next=next) from error
    return ",".join(found) or None


def _password(environment: Mapping[str, str]) -> str | None:
    """None where neither is given: the URL may hold it."""
    file = environment.get("DATABASE_PASSWORD_FILE", "")
    if not file:
        return environment.get("DATABASE_PASSWORD") or None
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8"
        raise SeedError(f"DATABASE_PASSWORD_FILE={file} cannot be read: {reason}", next="name a file") from error


def _first(error: psycopg.Error) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
