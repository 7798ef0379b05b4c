"""`stagekit deliver`: the images of the stage, to its host."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "deliver",
        help="bring the stage's images to its host: only what it lacks, proven identical",
        description="Brings the images of all services to the stage's host, as they are here, over one SSH connection: "
        "only the layers that the host lacks, and compares identities afterwards. Changes nothing that runs, builds "
        "nothing, needs no registry. Interrupted, it goes on where it was when it is run again.",
    )
    add_stage(parser)
    parser.add_argument(
        "--from",
        dest="origins",
        metavar="[SERVICE=]ARCHIVE|REF",
        action="append",
        default=[],
        help="take images from what `docker save` wrote, an OCI layout, or a registry; may be given again",
    )
    parser.add_argument(
        "--json", action="store_true", help="one JSON object: what was delivered, bytes, layers, seconds"
    )
    parser.set_defaults(run=deliver)


def deliver(arguments: argparse.Namespace) -> int:
    """Delivers; returns 0 once every image is at the host, the same as here."""
    import json

    from stagekit.cli.delivering import delivering
    from stagekit.cli.guarding import guard
    from stagekit.cli.place import open_place
    from stagekit.report.deliver import deliver_json, deliver_text

    place = open_place(arguments.project_directory, stage=arguments.stage)
    guard(place)
    found = delivering(place, arguments.origins, quiet=arguments.json)
    stage = place.settings.stage
    print(json.dumps(deliver_json(stage, found), indent=2) if arguments.json else deliver_text(stage, found))
    return 0
