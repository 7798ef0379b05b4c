"""`stagekit status`: what runs, how it is, where to click."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.cli.look import Look


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    from stagekit.cli.options import add_stage

    parser = verbs.add_parser(
        "status",
        help="what runs, how it is, where to click",
        description="What runs, how it is, where to click. Of a stage at a host: what serves there, since when, how "
        "far behind it is, whether a switch is under way or was cut off, and who has claimed it.",
    )
    add_stage(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object; `stagekit schema status` is its form")
    parser.add_argument("--watch", action="store_true", help="look again every two seconds, until ^C")
    parser.set_defaults(run=status)


def status(arguments: argparse.Namespace) -> int:
    """Prints the status; 0 when the stage is healthy, 1 when it is not."""
    from stagekit.cli.look import look_here, place_of

    place = place_of(arguments)
    if not place.settings.host:
        looked = look_here(place)
        return _show(lambda: _status(looked, as_json=arguments.json), watch=arguments.watch)
    from stagekit.cli.hosted import hosted
    from stagekit.cli.hosted_status import hosted_status

    with hosted(place) as at:
        return _show(lambda: hosted_status(at, as_json=arguments.json), watch=arguments.watch)


def _status(looked: Look, *, as_json: bool) -> tuple[str, bool]:
    from stagekit.cli.people import people_of
    from stagekit.report.status import status_of
    from stagekit.report.text import status_text
    from stagekit.stage import judge, observe, stage_state

    place, model = looked.place, looked.model
    references = {service.image for service in model.services.values()} if as_json else ()
    observation = observe(looked.door, model.project, references)
    states = judge(model, observation, {c.id: c.restarts for c in observation.containers})
    people = people_of(place, model)
    stage, release = place.settings.stage, place.release()
    healthy = stage_state(states) == "healthy"
    if as_json:
        found = status_of(stage, release, model, observation, states, place.address, people)
        return found.model_dump_json(indent=2), healthy
    return status_text(stage, release, model, states, place.address, people), healthy


def _show(look: Callable[[], tuple[str, bool]], *, watch: bool) -> int:
    import sys
    import time

    clear = "\x1b[2J\x1b[H" if watch and sys.stdout.isatty() else ""
    while True:
        text, healthy = look()
        print(f"{clear}{text}", flush=True)
        if not watch:
            return 0 if healthy else 1
        time.sleep(2)
