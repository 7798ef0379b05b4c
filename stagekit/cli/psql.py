"""`stagekit psql`: a SQL prompt in the stage's database, with the psql of its own Postgres image."""

from __future__ import annotations

import argparse
import sys


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "psql", help="a SQL prompt in the stage's database", usage="stagekit psql [ARGUMENT OF psql …]"
    )
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="ARGUMENT …", help="such as -c 'select 1'")
    parser.set_defaults(run=psql)


def psql(arguments: argparse.Namespace) -> int:
    """Runs psql; returns its exit code."""
    from stagekit.cli.look import look
    from stagekit.doors.terminal import hand_over
    from stagekit.errors import ComposeFileError

    looked = look(arguments.project_directory)
    database = looked.model.block.database
    if database is None:
        raise ComposeFileError(
            "the x-stagekit block names no database", next="add `database: {service, user, name}` to x-stagekit"
        )
    terminal = [] if sys.stdin.isatty() else ["--no-TTY"]
    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    call = ["exec", *terminal, database.service, "psql", "-U", database.user, "-d", database.name, *words]
    return hand_over(looked.compose.words(*call), looked.compose.environment())
