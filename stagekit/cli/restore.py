"""`stagekit restore`: a kept copy becomes the stage's database."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.cli.database import AtDatabase
    from stagekit.database.snapshot import Copy


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "restore",
        help="make a kept copy the stage's database again; what was written since is lost",
        description="Restores a snapshot of the stage, or a file of `pg_dump -Fc`, into a new database, and then "
        "lets it take the place of the old one at once. Whatever goes wrong before, the old data is there. Says what "
        "it does to the schema, and asks for the stage's name: what was written since the snapshot is lost. Of a stage "
        "at a host it keeps a snapshot first.",
    )
    parser.add_argument("name", nargs="?", default="", help="a snapshot of `stagekit snapshots`")
    add_stage(parser)
    parser.add_argument("--from", metavar="FILE", type=Path, dest="file", help="a file of this machine instead")
    parser.add_argument("--confirm", metavar="STAGE", default="", help="the stage's name, instead of typing it")
    parser.set_defaults(run=restore)


def restore(arguments: argparse.Namespace) -> int:
    """Restores; 0 once it is the database."""
    import time

    from stagekit.cli.database import at_database, now, safeguard, typed
    from stagekit.database.failure import not_confirmed
    from stagekit.errors import UsageError
    from stagekit.report.database import loses_text, restored_text, schema_text

    if bool(arguments.name) == bool(arguments.file):
        raise UsageError("name a snapshot, or a file with --from", next="stagekit snapshots lists what is kept")
    with (
        at_database(arguments) as at,
        at.alone("restore", changes=True),
        _wanted(at, arguments.name, arguments.file) as copy,
    ):
        kept = copy.kept
        print(loses_text(at.stage, kept, now(), source=str(arguments.file or kept.name)), flush=True)
        if kept.revision and kept.revision != at.vault.revision():
            print(schema_text(at.stage, kept.revision, _known_from(at, kept.revision)), flush=True)
        if (arguments.confirm or typed(at.stage)) != at.stage:
            raise not_confirmed(at.stage)
        if at.folder is not None:
            safeguard(at.vault, at.stage, "restore")
        began = time.monotonic()
        at.restore(copy)
        print(restored_text(at.stage, time.monotonic() - began, at.vault.revision(), at.ledger().current))
    return 0


def _known_from(at: AtDatabase, revision: str) -> tuple[str, ...] | None:
    """The migrations that the stage's code has after a revision: their names where its SQL tells them, else none.

    None where the code does not know the revision. It is asked in its image, at the engine where it runs.
    """
    from stagekit.compose import parse
    from stagekit.database.code import Code, Source
    from stagekit.database.snapshot import upgrades

    current = at.ledger().current
    model = parse(current.model, directory="", files=(), sources={}) if current else at.model
    migrations = model.block.migrations
    if migrations is None:
        return ()
    source = Source(at.vault.helper, model.services[migrations.service].image)
    said = Code(model, [lambda: source]).sql(revision)
    if said is None:
        return None if migrations.sql else ()
    return upgrades(said)


@contextmanager
def _wanted(at: AtDatabase, name: str, file: Path | None) -> Iterator[Copy]:
    """What to restore; a file is at the stage only for the length of the block."""
    from stagekit.cli.database import dated
    from stagekit.database.snapshot import Copy
    from stagekit.doors.local import opened
    from stagekit.release.record import Kept

    if file is None:
        yield at.copy(name)
        return
    brought = f"from-file-{dated()}"
    with opened(file) as (content, size):
        # Nobody else is at it: those of others are of restores that were killed.
        if left := [kept.name for kept in at.vault.all() if re.fullmatch(r"from-file-\d{8}-\d{6}", kept.name)]:
            at.vault.remove(left)
        try:
            yield Copy("dump", Kept(name=brought, at=at.vault.bring(brought, content, size), size=size))
        finally:
            at.vault.remove([brought])
