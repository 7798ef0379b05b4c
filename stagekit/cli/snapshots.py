"""`stagekit snapshots`: the kept copies of the stage's database."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "snapshots",
        help="the kept copies of the stage's database",
        description="Lists the copies of the stage's database, newest first, with what templates of seeds take beside "
        "them; or removes some. Those that a promotion made before its migrations go with its release, once that is no "
        "longer kept; of those that a reset, restore or seed made, the newest five stay. Named ones stay until "
        "they are removed.",
    )
    parser.add_argument(
        "deed", nargs="?", choices=["list", "rm", "remove"], default="list", help="list (the default), rm"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="those to remove")
    add_stage(parser)
    parser.add_argument("--json", action="store_true", help="a list of objects")
    parser.set_defaults(run=snapshots)


def snapshots(arguments: argparse.Namespace) -> int:
    """Prints them; 0 once done."""
    import json
    from datetime import UTC, datetime

    from stagekit.cli.database import at_database
    from stagekit.errors import UsageError
    from stagekit.report.data import shelf_line
    from stagekit.report.database import snapshots_text

    if (arguments.deed != "list") != bool(arguments.names):
        raise UsageError("name the snapshots to remove", next="stagekit snapshots rm NAME")
    with at_database(arguments) as at:
        if arguments.deed != "list":
            with at.alone("snapshots rm"):
                for copy in [at.copy(name) for name in arguments.names]:
                    at.remove(copy)
            print(f"{at.stage}: {', '.join(arguments.names)} removed")
            return 0
        copies, templates = at.copies(), at.templates.all()
    if arguments.json:
        rows = [{**copy.kept.model_dump(mode="json"), "kind": copy.kind} for copy in copies]
        print(json.dumps(rows, indent=2))
    else:
        more = shelf_line(templates)
        print(snapshots_text(at.stage, copies, datetime.now(UTC)) + (f"\n{more}" if more else ""))
    return 0
