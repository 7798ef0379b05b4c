"""`stagekit images`: the images of the stage."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser("images", help="the images of the stage: what they are, how big, from where")
    parser.add_argument("--json", action="store_true", help="a list of objects")
    parser.set_defaults(run=images)


def images(arguments: argparse.Namespace) -> int:
    """Prints one row an image."""
    import json

    from stagekit.cli.look import look
    from stagekit.report.images import image_rows, images_text

    looked = look(arguments.project_directory)
    raws = {service.image: looked.door.image(service.image) for service in looked.model.services.values()}
    rows = image_rows(looked.model, raws)
    source = looked.place.images or "not decided yet"
    print(json.dumps([vars(row) for row in rows], indent=2) if arguments.json else images_text(rows, source))
    return 0
