"""`stagekit restore`: a kept copy becomes the stage's database."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.cli.database import AtDatabase
    from stagekit.release.record import Kept


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "restore",
        help="make a kept copy the stage's database again; what was written since is lost",
        description="Restores a snapshot of the stage, or a file of `pg_dump -Fc`, into a new database, and then lets "
        "it take the place of the old one at once. Whatever goes wrong before, the old data is there. Asks for the "
        "stage's name: what was written since the snapshot is lost.",
    )
    parser.add_argument("name", nargs="?", default="", help="a snapshot of `stagekit snapshots`")
    add_stage(parser)
    parser.add_argument("--from", metavar="FILE", type=Path, dest="file", help="a file of this machine instead")
    parser.add_argument("--confirm", metavar="STAGE", default="", help="the stage's name, instead of typing it")
    parser.set_defaults(run=restore)


def restore(arguments: argparse.Namespace) -> int:
    """Restores; 0 once it is the database."""
    import time

    from stagekit.cli.database import at_database, now
    from stagekit.database.failure import not_confirmed
    from stagekit.errors import UsageError
    from stagekit.report.database import loses_text, restored_text

    if bool(arguments.name) == bool(arguments.file):
        raise UsageError("name a snapshot, or a file with --from", next="stagekit snapshots lists what is kept")
    with (
        at_database(arguments) as at,
        at.alone(changes=True),
        _wanted(at, arguments.name, arguments.file) as kept,
    ):
        print(loses_text(at.stage, kept, now(), source=str(arguments.file or kept.name)), flush=True)
        if (arguments.confirm or _typed(at.stage)) != at.stage:
            raise not_confirmed(at.stage)
        began = time.monotonic()
        at.vault.restore(kept.name)
        print(restored_text(at.stage, time.monotonic() - began, at.vault.revision(), at.ledger().current))
    return 0


@contextmanager
def _wanted(at: AtDatabase, name: str, file: Path | None) -> Iterator[Kept]:
    """What to restore; a file is at the stage only for the length of the block."""
    from stagekit.cli.database import dated
    from stagekit.doors.local import opened
    from stagekit.release.record import Kept

    if file is None:
        yield at.vault.find(name)
        return
    brought = f"from-file-{dated()}"
    with opened(file) as (content, size):
        try:
            yield Kept(name=brought, at=at.vault.bring(brought, content, size), size=size)
        finally:
            at.vault.remove([brought])


def _typed(stage: str) -> str:
    try:
        return input(f"Type the stage's name, {stage}, to go on: ").strip()
    except EOFError:
        return ""
