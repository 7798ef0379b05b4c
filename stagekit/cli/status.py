"""`stagekit status`: what runs, how it is, where to click."""

from __future__ import annotations

import argparse


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser("status", help="what runs, how it is, where to click")
    parser.add_argument("--json", action="store_true", help="one JSON object; `stagekit schema status` is its form")
    parser.add_argument("--watch", action="store_true", help="look again every two seconds, until ^C")
    parser.set_defaults(run=status)


def status(arguments: argparse.Namespace) -> int:
    """Prints the status; 0 when the stage is healthy, 1 when it is not."""
    from stagekit.cli.look import look

    looked = look(arguments.project_directory)
    if arguments.watch:
        return _watch(looked, arguments.json)
    text, healthy = _status(looked, as_json=arguments.json)
    print(text)
    return 0 if healthy else 1


def _status(looked, *, as_json: bool) -> tuple[str, bool]:  # type: ignore[no-untyped-def]  # Look, imported lazily
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


def _watch(looked, as_json: bool) -> int:  # type: ignore[no-untyped-def]  # Look, imported lazily
    import sys
    import time

    clear = "\x1b[2J\x1b[H" if sys.stdout.isatty() else ""
    while True:
        text, _ = _status(looked, as_json=as_json)
        print(f"{clear}{text}", flush=True)
        time.sleep(2)
