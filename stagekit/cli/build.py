"""`stagekit build`: the images of the stage, from the files that are here; nothing is started."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "build",
        help="build the images whose files changed; start nothing",
        description="Builds the images whose files changed, pulls those that are missing, starts nothing. Where the "
        "checkout has a stage with a host, their layers are made ready for a delivery.",
    )
    parser.add_argument(
        "--stage",
        metavar="NAME",
        help="build what this stage has, for its host, whose platform is asked",
    )
    parser.add_argument("--yes", "-y", action="store_true", help="set up an embedded engine without asking")
    parser.set_defaults(run=build)


def build(arguments: argparse.Namespace) -> int:
    """Builds; returns 0 once every image is as its files are."""
    import time

    from stagekit.cli.bring_up import bring_up

    began = time.monotonic()
    return bring_up(
        arguments.project_directory,
        assume_yes=arguments.yes,
        only_images=True,
        stage=arguments.stage or "",
        platform=platform_of(arguments) if arguments.stage else "",
        clock=lambda: time.monotonic() - began,
    )


def platform_of(arguments: argparse.Namespace) -> str:
    """The platform of a stage's host, such as linux/amd64; empty where it is this machine's own. Raises HostError."""
    from stagekit.cli.engines import engine_for
    from stagekit.cli.hosts import connect
    from stagekit.cli.place import open_place
    from stagekit.doors.store import StoreDoor
    from stagekit.images.held import parse_facts

    place = open_place(arguments.project_directory, stage=arguments.stage)
    with connect(place) as door:
        there = parse_facts(StoreDoor(door.engine_host).facts()).platform
    here = parse_facts(StoreDoor(engine_for(place, assume_yes=arguments.yes).host).facts()).platform
    return there if there != here else ""
