"""`stagekit images`: the images of the stage, here or at its host, and what there could go."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "images",
        help="the images of the stage: what is where, what is shared, what could go",
        description="The images of the stage: on this machine, or, for a stage with a host, there. `prune` removes at "
        "the host what no container was made of and none of the last deliveries needs; never another project's images.",
    )
    parser.add_argument("deed", nargs="?", choices=["prune"], help="remove what could go")
    add_stage(parser)
    parser.add_argument(
        "--keep",
        metavar="N",
        type=_count,
        default=3,
        help="how many of the last deliveries of a stage are kept whole (3)",
    )
    parser.add_argument("--json", action="store_true", help="a list of objects")
    parser.set_defaults(run=images)


def images(arguments: argparse.Namespace) -> int:
    """Prints one row an image; returns 0."""
    from stagekit.cli.place import open_place
    from stagekit.cli.stored import show_stored
    from stagekit.errors import UsageError

    place = open_place(arguments.project_directory, stage=arguments.stage)
    if place.settings.host:
        print(show_stored(place, prune=bool(arguments.deed), keep=arguments.keep, as_json=arguments.json))
        return 0
    if arguments.deed:
        raise UsageError(
            f"the stage {place.settings.stage} has no host to remove images from",
            next="name a stage that has one: stagekit images prune --stage NAME",
        )
    return _here(arguments)


def _here(arguments: argparse.Namespace) -> int:
    import json

    from stagekit.cli.look import look
    from stagekit.report.images import image_rows, images_text

    looked = look(arguments.project_directory)
    raws = {service.image: looked.door.image(service.image) for service in looked.model.services.values()}
    rows = image_rows(looked.model, raws)
    source = looked.place.images or "not decided yet"
    print(json.dumps([vars(row) for row in rows], indent=2) if arguments.json else images_text(rows, source))
    return 0


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a number from 1")
    return int(text)
