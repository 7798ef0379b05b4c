"""`stagekit snapshots`: the kept copies of the stage's database."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "snapshots",
        help="the kept copies of the stage's database",
        description="Lists the copies of the stage's database, newest first, or removes some. Those that a promotion "
        "made before its migrations go with its release, once that is no longer kept.",
    )
    parser.add_argument("deed", nargs="?", choices=["list", "remove"], default="list", help="list (the default)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="those to remove")
    add_stage(parser)
    parser.add_argument("--json", action="store_true", help="a list of objects")
    parser.set_defaults(run=snapshots)


def snapshots(arguments: argparse.Namespace) -> int:
    """Prints them; 0 once done."""
    import json

    from stagekit.cli.database import at_database
    from stagekit.errors import UsageError
    from stagekit.report.database import snapshots_text

    if (arguments.deed == "remove") != bool(arguments.names):
        raise UsageError("name the snapshots to remove", next="stagekit snapshots remove NAME")
    with at_database(arguments) as at:
        if arguments.deed == "remove":
            with at.alone():
                gone = [at.vault.find(name).name for name in arguments.names]
                at.vault.remove(gone)
            print(f"{at.stage}: {', '.join(gone)} removed")
            return 0
        kept = at.vault.all()
    if arguments.json:
        print(json.dumps([one.model_dump(mode="json") for one in kept], indent=2))
    else:
        print(snapshots_text(at.stage, kept))
    return 0
