"""`stagekit promote`: what runs here becomes what serves at the stage's host."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage_option

    parser = verbs.add_parser(
        "promote",
        help="make these images what serves at the stage's host, with no request lost",
        description="Delivers the images that are here to the stage's host, shows the plan, and switches to them: "
        "new containers start beside the old ones, are checked, get the traffic, and only then do the old ones end. "
        "A step that fails leaves, or brings back, what served before. Never builds.",
    )
    add_stage_option(parser)
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    parser.set_defaults(run=promote)


def promote(arguments: argparse.Namespace) -> int:
    """Promotes; 0 once the release serves."""
    import time

    from stagekit.cli.place import on_terminal, open_place
    from stagekit.cli.promoting import promoting
    from stagekit.report.text import seconds

    began = time.monotonic()
    place = open_place(arguments.project_directory, stage=arguments.stage)
    stage = place.settings.stage
    with promoting(place) as at:
        delivered = at.deliver()
        ledger = at.switching.heal()
        release = at.release(delivered, ledger)
        plan = at.switching.plan(release, ledger)
        if not plan:
            print(f"{stage}: {release.name} serves, nothing to do ({seconds(time.monotonic() - began)})")
            return 0
        print("\n".join(["", *(f"  {line}" for line in plan.lines()), ""]))
        if on_terminal() and not arguments.yes and input("Go on? [Y/n] ").strip().lower() not in ("", "y", "yes"):
            print("nothing was changed")
            return 1
        done = at.switching.switch(release, plan, moved=delivered.bytes)
    took = seconds(time.monotonic() - began)
    told = f"{done.course.requests} requests during the switch, {done.course.failed} failed"
    print(f"{stage}: {done.name} serves as release {done.number}. {took}; {told}.")
    return 0
