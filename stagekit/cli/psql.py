"""`stagekit psql`: a SQL prompt in the stage's database, with the psql of its own Postgres image."""

from __future__ import annotations

import argparse
import sys


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "psql", help="a SQL prompt in the stage's database", usage="stagekit psql [--stage NAME] [ARGUMENT OF psql …]"
    )
    add_stage(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGUMENT …", help="such as -c 'select 1'")
    parser.set_defaults(run=psql)


def psql(arguments: argparse.Namespace) -> int:
    """Runs psql; returns its exit code."""
    from stagekit.cli.database import at_database
    from stagekit.doors.terminal import hand_over

    terminal = [] if sys.stdin.isatty() else ["--no-TTY"]
    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    with at_database(arguments) as at:
        database = at.database
        call = ["exec", *terminal, database.service, "psql", "-U", database.user, "-d", database.name, *words]
        return hand_over(at.compose.words(*call), at.compose.environment())
