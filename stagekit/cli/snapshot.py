"""`stagekit snapshot`: keeps a copy of the stage's database."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "snapshot",
        help="keep a copy of the stage's database",
        description="Copies the stage's database where it runs, and keeps the copy there: on this machine as a "
        "database beside it, in half a second, for which clients are disconnected once; at a host with pg_dump, under "
        "its clients. `stagekit restore NAME` makes it the database again. A promotion makes one by itself before "
        "migrations.",
    )
    parser.add_argument("name", nargs="?", default="", help="what it is called (default: the date and time)")
    add_stage(parser)
    parser.add_argument(
        "--to", metavar="FILE", type=Path, help="write it to a file of this machine; without a name none is kept there"
    )
    parser.set_defaults(run=snapshot)


def snapshot(arguments: argparse.Namespace) -> int:
    """Makes one; 0 once it is kept."""
    from stagekit.cli.database import at_database, dated
    from stagekit.doors.local import replace_file
    from stagekit.report.database import kept_line, written_line

    with at_database(arguments) as at, at.alone("snapshot"):
        name = arguments.name or dated()
        if arguments.to is None and at.folder is None:
            print(kept_line(at.stage, at.keep(name)))
            return 0
        kept = at.vault.take(name, refuse=True)
        if arguments.to is None:
            print(kept_line(at.stage, kept))
            return 0
        try:
            with at.vault.reading(kept.name) as content:
                replace_file(arguments.to, content)
        finally:
            if not arguments.name:
                at.vault.remove([kept.name])
        print(written_line(at.stage, kept, str(arguments.to), stays=bool(arguments.name)))
    return 0
