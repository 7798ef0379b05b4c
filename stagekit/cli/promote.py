"""`stagekit promote`: what is here becomes what serves at the stage's host."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "promote",
        help="make these images what serves at the stage's host, with no request lost",
        description="Shows the plan, delivers the images that are here to the stage's host, and switches to them: "
        "new containers start beside the old ones, are checked, get the traffic, and only then do the old ones end. "
        "A step that fails leaves, or brings back, what served before. Never builds.",
    )
    add_stage(parser)
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    parser.add_argument("--dirty", action="store_true", help="promote uncommitted changes to a shared stage")
    parser.add_argument(
        "--allow-downtime", action="store_true", help="agree to services being away for some seconds, as planned"
    )
    parser.add_argument(
        "--allow-breaking-migration",
        action="store_true",
        help="agree to migrations that the code which serves cannot live with: requests may fail until traffic moves",
    )
    parser.set_defaults(run=promote)


def promote(arguments: argparse.Namespace) -> int:
    """Promotes; 0 once the release serves."""
    from stagekit.cli.guarding import guard
    from stagekit.cli.place import open_place
    from stagekit.cli.promoting import promoting
    from stagekit.cli.switching import propose, refuse_dirty, switch_to

    place = open_place(arguments.project_directory, stage=arguments.stage)
    refuse_dirty(place, allowed=arguments.dirty)
    guard(place)
    with promoting(place) as at:
        at.guard()
        ledger = at.switching.heal()
        delivery, hooks = at.delivery(), at.hooks()
        moving = delivery.preview()
        release = at.release(moving, ledger)

        def deliver() -> int:
            hooks.before("before_deliver", release)
            return delivery.deliver().bytes

        proposal = propose(at, release, ledger, moving=moving, notes=at.notes(ledger, strict=True))
        return switch_to(at, proposal, arguments, hooks, deliver=deliver)
