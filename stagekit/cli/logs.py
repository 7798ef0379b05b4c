"""`stagekit logs`: what the services wrote."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser("logs", help="what a service wrote")
    add_stage(parser)
    parser.add_argument("service", nargs="*", help="the services; all of them if none is named")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as they write")
    parser.add_argument("--tail", default="200", help="how many lines of each to begin with (default 200; all)")
    parser.set_defaults(run=logs)


def logs(arguments: argparse.Namespace) -> int:
    """Prints the logs; Compose's own exit code."""
    from stagekit.cli.look import known_service
    from stagekit.cli.looking import looking
    from stagekit.doors.terminal import hand_over

    with looking(arguments) as looked:
        services = [known_service(looked.model, name) for name in arguments.service]
        options = ["--tail", arguments.tail, *(["--follow"] if arguments.follow else [])]
        return hand_over(looked.compose.words("logs", *options, *services), looked.compose.environment())
