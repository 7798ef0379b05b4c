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
        "--stage", metavar="NAME", help="build only where this stage has a host to bring the images to; else refuse"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="set up an embedded engine without asking")
    parser.set_defaults(run=build)


def build(arguments: argparse.Namespace) -> int:
    """Builds; returns 0 once every image is as its files are."""
    import time

    from stagekit.cli.bring_up import bring_up
    from stagekit.cli.hosts import host_of
    from stagekit.cli.place import open_place

    began = time.monotonic()
    if arguments.stage:
        host_of(open_place(arguments.project_directory, stage=arguments.stage))
    return bring_up(
        arguments.project_directory,
        assume_yes=arguments.yes,
        only_images=True,
        clock=lambda: time.monotonic() - began,
    )
