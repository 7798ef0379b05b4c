"""`stagekit destroy`: takes a stage away from its host, whole."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "destroy",
        help="take a stage away from its host, with its data; asks for its name",
        description="Removes what a stage has at its host: containers, networks, volumes with all data and copies of "
        "it, the images that were delivered for it and that no other stage needs, and its records. Of other stages "
        "and other people's containers nothing is touched. Asks for the stage's name. Cut off, it is run again.",
    )
    add_stage(parser)
    parser.add_argument("--confirm", metavar="STAGE", default="", help="the stage's name, instead of typing it")
    parser.set_defaults(run=destroy)


def destroy(arguments: argparse.Namespace) -> int:
    """Takes it away; 0 once nothing of it is left, also where nothing was."""
    import time

    from stagekit.cli.destroying import destroying
    from stagekit.cli.place import open_place
    from stagekit.report.destroy import destroyed_text, destroys_text
    from stagekit.report.text import seconds
    from stagekit.switching.failure import not_destroyed

    place = open_place(arguments.project_directory, stage=arguments.stage)
    stage = place.settings.stage
    with destroying(place) as at:
        if not at.found and not at.is_recorded():
            print(f"{stage}: nothing of it is there")
            return 0
        print(destroys_text(stage, at.found), flush=True)
        if (arguments.confirm or _typed(stage)) != stage:
            raise not_destroyed(stage)
        began = time.monotonic()
        at.take_away()
    print(f"{destroyed_text(stage, at.found)} ({seconds(time.monotonic() - began)})")
    return 0


def _typed(stage: str) -> str:
    try:
        return input(f"Type the stage's name, {stage}, to go on: ").strip()
    except EOFError:
        return ""
