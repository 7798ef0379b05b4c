"""`stagekit rollback`: an earlier release serves again."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "rollback",
        help="let an earlier release serve again, with no request lost",
        description="Switches the stage back to an earlier release, whole: its images, its definition, its settings. "
        "Nothing is moved to the host. The database's schema stays; where a copy from before is kept, the plan names "
        "it, with the minutes of writes that restoring it would lose.",
    )
    add_stage(parser)
    parser.add_argument("release", nargs="?", default="", help="number or revision (default: the one before)")
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")
    parser.add_argument(
        "--allow-downtime", action="store_true", help="agree to services being away for some seconds, as planned"
    )
    parser.set_defaults(run=rollback)


def rollback(arguments: argparse.Namespace) -> int:
    """Goes back; 0 once the older release serves."""
    from stagekit.cli.guarding import guard_release
    from stagekit.cli.place import open_place
    from stagekit.cli.promoting import promoting
    from stagekit.cli.switching import propose, switch_to
    from stagekit.switching.failure import no_such_release

    place = open_place(arguments.project_directory, stage=arguments.stage)
    with promoting(place, images=False) as at:
        ledger = at.switching.heal()
        release = ledger.find(arguments.release)
        if release is None:
            raise no_such_release(arguments.release, ledger)
        guard_release(release)
        proposal = propose(at, release, ledger)
        return switch_to(at, proposal, arguments, at.hooks(lenient=True), after="after_rollback")
