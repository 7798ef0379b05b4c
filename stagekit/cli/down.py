"""`stagekit down`: stops the stage; its data stays unless asked otherwise."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser("down", help="stop the stage and remove its containers")
    parser.add_argument(
        "--volumes", action="store_true", help="remove its data too, with its snapshots; the next `up` seeds anew"
    )
    parser.set_defaults(run=down)


def down(arguments: argparse.Namespace) -> int:
    """Stops and removes the containers; returns 0 also where nothing ran."""
    import time

    from stagekit.cli.look import look_here
    from stagekit.cli.place import open_place
    from stagekit.cli.turns import end_what_is_under_way, in_turn
    from stagekit.doors.compose import ComposeFailed
    from stagekit.report.text import seconds
    from stagekit.stage import observe
    from stagekit.stage.failure import compose_error

    began = time.monotonic()
    place = open_place(arguments.project_directory)
    end_what_is_under_way(place)
    with in_turn(place, "down"):
        looked = look_here(place)
        count = len(observe(looked.door, looked.model.project).containers)
        try:
            looked.compose.down(volumes=arguments.volumes)
        except ComposeFailed as failed:
            raise compose_error(failed.text) from None
    data = "its data is gone" if arguments.volumes else "its data is kept"
    stage = looked.place.settings.stage
    print(f"{stage}: stopped, {count} containers removed, {data} ({seconds(time.monotonic() - began)})")
    return 0
