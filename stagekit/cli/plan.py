"""`stagekit plan`: what a promotion would do, and why; nothing is sent, nothing changes."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.cli.promoting import Promoting
    from stagekit.switching.releases import Ledger


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "plan",
        help="what a promotion would do, and why; changes nothing",
        description="What `promote` would do now: what would be moved to the host, each step of the switch with "
        "its cause, the downtime to expect, the waits, the tests that passed on these images, and the way back. "
        "Nothing is sent, and nothing changes there.",
    )
    add_stage(parser)
    parser.add_argument("--json", action="store_true", help="print the plan as one JSON object")
    parser.set_defaults(run=plan)


def plan(arguments: argparse.Namespace) -> int:
    """Prints the plan; 0, also where there is nothing to do."""
    import json
    from datetime import UTC, datetime

    from stagekit.cli.delivering import listener_of
    from stagekit.cli.guarding import guard
    from stagekit.cli.place import open_place
    from stagekit.cli.promoting import promoting
    from stagekit.cli.switching import propose
    from stagekit.report.plan import plan_json, plan_text
    from stagekit.switching import asleep
    from stagekit.switching.releases import read_ledger

    place = open_place(arguments.project_directory, stage=arguments.stage)
    guard(place)
    with promoting(place, listener_of(quiet=arguments.json)) as at:
        at.guard()
        asleep.refuse(at.folder)
        ledger = read_ledger(at.folder)
        moving = at.delivery().preview()
        release = at.release(moving, ledger)
        found = propose(at, release, ledger, moving=moving, notes=_notes(at, ledger))
    print(json.dumps(plan_json(found), indent=2) if arguments.json else plan_text(found, datetime.now(UTC)))
    return 0


def _notes(at: Promoting, ledger: Ledger) -> list[str]:
    """What would come before the plan, or in its way."""
    from stagekit.switching import claims

    found = []
    if ledger.journal:
        begun = ledger.journal
        state = "is under way" if at.folder.is_locked() else "was cut off: the next promotion heals it first"
        found.append(f"a switch to {begun.release.name} by {begun.by} {state}")
    claim = claims.read(at.folder)
    if claim and claim.by != at.switching.who:
        found.append(f"{claim.words()}: until then only {claim.by} switches it")
    return [*found, *at.notes(ledger)]
