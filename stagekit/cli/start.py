"""`stagekit start`: the stage wakes as it was."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "start",
        help="wake a stage that was stopped, and wait until it is ready",
        description="Starts the containers that `stagekit stop` stopped, in order of dependency, and waits until every "
        "service is ready. Nothing is built, made anew, migrated or seeded.",
    )
    add_stage(parser)
    parser.set_defaults(run=start)


def start(arguments: argparse.Namespace) -> int:
    """Wakes it; 0 once it is ready, also where it was."""
    import time

    from stagekit.cli.alone import alone_with
    from stagekit.report.text import seconds

    began = time.monotonic()
    with alone_with(arguments) as at:
        known, stopped = at.known(), at.sleep.stopped()
        wanted = [name for name in stopped if known is None or name in known.containers]
        at.sleep.wake(wanted, known.containers if known else {})
        at.forget()
    if not wanted:
        print(f"{at.stage}: awake already")
        return 0
    print(f"{at.stage}: awake, {len(wanted)} containers ready in {seconds(time.monotonic() - began)}")
    return 0
