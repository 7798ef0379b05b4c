"""`stagekit exec`: a command inside a service."""

from __future__ import annotations

import argparse
import sys


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    usage = "stagekit exec [--stage NAME] SERVICE COMMAND …"
    parser = verbs.add_parser("exec", help="run a command inside a service", usage=usage)
    add_stage(parser)
    parser.add_argument("service", help="its name in the Compose files")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND …", help="a shell if none is given")
    parser.set_defaults(run=exec_)


def exec_(arguments: argparse.Namespace) -> int:
    """Runs the command; returns its exit code."""
    from stagekit.cli.look import known_service
    from stagekit.cli.looking import looking
    from stagekit.doors.terminal import hand_over

    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    terminal = [] if sys.stdin.isatty() else ["--no-TTY"]
    with looking(arguments) as looked:
        call = ["exec", *terminal, known_service(looked.model, arguments.service), *(words or ["sh"])]
        return hand_over(looked.compose.words(*call), looked.compose.environment())
