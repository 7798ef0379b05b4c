"""`stagekit up`: from the checkout to a stage that is ready."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "up",
        help="bring the stage up",
        description="Builds what changed, starts what is missing, waits until all is ready, and says where to click. "
        "Run again, it changes nothing.",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="set up an embedded engine without asking")
    parser.add_argument("--plan", action="store_true", help="print what would be done, and why; change nothing")
    parser.set_defaults(run=up)


def up(arguments: argparse.Namespace) -> int:
    """Brings the stage up; returns 0 once every service is ready."""
    from stagekit.cli.bring_up import bring_up

    began = time.monotonic()
    return bring_up(
        arguments.project_directory, assume_yes=arguments.yes, only_plan=arguments.plan, clock=_since(began)
    )


def _since(began: float) -> Callable[[], float]:
    return lambda: time.monotonic() - began
