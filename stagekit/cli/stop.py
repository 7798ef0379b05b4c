"""`stagekit stop`: the stage sleeps; its containers and its data stay."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "stop",
        help="let the stage sleep: it takes no memory, and keeps its data",
        description="Stops the stage's containers, the edge first. They stay, with their data, and stay stopped when "
        "the machine boots. `stagekit start` wakes them. A stage at a host is not switched while it sleeps.",
    )
    add_stage(parser)
    parser.set_defaults(run=stop)


def stop(arguments: argparse.Namespace) -> int:
    """Stops it; 0 once nothing of it runs, also where nothing did."""
    import time

    from stagekit.cli.alone import alone_with
    from stagekit.report.text import seconds

    began = time.monotonic()
    with alone_with(arguments) as at:
        running, known = at.sleep.running(), at.known()
        if running:
            at.write_down({**running, **(known.containers if known else {})})
            at.sleep.fall(running)
    there = f" --stage {at.stage}" if at.folder else ""
    took = f"{len(running)} containers stopped, its data is kept ({seconds(time.monotonic() - began)})"
    print(f"{at.stage}: asleep{f', {took}' if running else ' already'}; wake it with `stagekit start{there}`")
    return 0
