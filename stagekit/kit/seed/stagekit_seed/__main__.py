"""`python -m stagekit_seed FOLDER`: fills the database, then what lies outside of it. Again, it changes nothing.

Environment: DATABASE_URL, DATABASE_PASSWORD or DATABASE_PASSWORD_FILE; SEED_INSTANT (2026-05-01 pins the month that
times count from), SEED_SCALE. Ends with 0 done, 1 failed, 3 somebody is to be asked.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from . import books, database, outside, report
from .apply import Wish, apply
from .catalogue import Db
from .errors import SeedError
from .manifest import Manifest, read
from .moments import instant
from .status import status


def main(words: Sequence[str]) -> int:
    try:
        return _run(_parser().parse_args(words))
    except SeedError as error:
        print(f"seed: {error}" + (f"\nnext: {error.next}" if error.next else ""), file=sys.stderr)
    except psycopg.Error as error:
        print(f"seed: the database: {str(error).strip() or type(error).__name__}", file=sys.stderr)
        print("next: see its log, then seed again; nothing is half done", file=sys.stderr)
    return 1


def _run(arguments: argparse.Namespace) -> int:
    manifest = read(arguments.folder)
    with database.connect() as db:
        wish = _wish(arguments, db)
        if arguments.status:
            print(json.dumps(status(db, manifest, wish)))
            return 0
        if not arguments.outside and not _fill(db, manifest, wish):
            return 3
    if not arguments.no_outside:
        for line in outside.run(manifest, wish.instant, wish.scale, reset=arguments.outside):
            print(f"seed: {line}", flush=True)
    return 0


def _fill(db: Db, manifest: Manifest, wish: Wish) -> bool:
    """False where somebody is to be asked first."""
    outcome = apply(db, manifest, wish)
    for line in report.lines(outcome):
        print(f"seed: {line}", flush=True)
    return not outcome.asked


def _wish(arguments: argparse.Namespace, db: Db) -> Wish:
    """A scale that was asked for before stays until another is named."""
    known = max((layer.scale for layer in books.layers(db).values()), default=0)
    return Wish(
        layers=tuple(arguments.layer),
        instant=_instant(arguments.instant or os.environ.get("SEED_INSTANT", "")),
        scale=arguments.scale or known or _scale(os.environ.get("SEED_SCALE") or "1", "SEED_SCALE"),
        ask=arguments.ask,
        yes=arguments.yes,
    )


def _instant(pinned: str) -> datetime:
    try:
        return instant(datetime.now(UTC), pinned)
    except ValueError as error:
        raise SeedError(f"{pinned!r} is no day", next="write it as 2026-05-01") from error


def _scale(text: str, name: str = "--scale") -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise SeedError(f"{name} is a number from 1 to 10000, and not {text!r}", next="for example 10")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stagekit_seed", description="Fill a stage with its seed.")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("/seed"), help="where manifest.toml is")
    parser.add_argument("--layer", action="append", default=[], metavar="NAME", help="this layer and what it needs")
    parser.add_argument("--scale", type=_scale, metavar="N", help="generated rows, so many times")
    parser.add_argument("--instant", metavar="YYYY-MM-DD", help="the month that times count from")
    asks = parser.add_mutually_exclusive_group()
    asks.add_argument(
        "--ask", action="store_true", help="where people's rows would go: apply nothing, say which, end 3"
    )
    asks.add_argument("--yes", action="store_true", help="apply, also where people's rows go by it")
    parts = parser.add_mutually_exclusive_group()
    parts.add_argument("--no-outside", action="store_true", help="the database only")
    parts.add_argument("--outside", action="store_true", help="the outside state only, put back exactly to the seed")
    parts.add_argument("--status", action="store_true", help="print what is applied, as JSON, and change nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
