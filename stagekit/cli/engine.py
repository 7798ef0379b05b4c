"""`stagekit engine`: the Docker engine in use, and the embedded one of a machine without Docker."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagekit.bootstrap import Engine
    from stagekit.bootstrap.machine import Machine

DEEDS = {
    "install": "set up an embedded engine where this machine has no Docker",
    "start": "start the embedded engine, and repair its bridge and firewall rules",
    "status": "which engine is in use, and how it is",
    "env": 'print what points plain docker at it: eval "$(stagekit engine env)"',
    "stop": "stop the embedded engine and its containers",
    "remove": "remove the embedded engine with its images, containers and volumes",
}


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declares the verb."""
    parser = verbs.add_parser(
        "engine",
        help="the Docker engine in use; install, start, stop or remove an embedded one",
        description="The Docker engine that stagekit uses: this machine's own, or, on Debian and Ubuntu without "
        "Docker, an embedded one in a folder of its own.",
    )
    deeds = parser.add_subparsers(dest="deed", metavar="DEED", required=True)
    for name, text in DEEDS.items():
        deed = deeds.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name in ("install", "remove"):
            deed.add_argument("--yes", "-y", action="store_true", help="do not ask")
        if name == "status":
            deed.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=engine)


def engine(arguments: argparse.Namespace) -> int:
    """Does what was asked; returns the exit code."""
    from stagekit.cli.engines import machine_at

    machine = machine_at(arguments.project_directory)
    if arguments.deed in ("start", "stop", "remove"):
        _refuse_others(machine)
    if arguments.deed == "status":
        return _status(machine, as_json=arguments.json)
    if arguments.deed == "install":
        return _install(machine, assume_yes=arguments.yes)
    if arguments.deed == "remove":
        return _remove(machine, assume_yes=arguments.yes)
    return {"start": _start, "env": _env, "stop": _stop}[arguments.deed](machine)


def _refuse_others(machine: Machine) -> None:
    from stagekit.bootstrap.refusals import not_permitted

    if machine.uid != 0 and machine.places.owned():
        raise not_permitted(str(machine.places.socket))


def _install(machine: Machine, *, assume_yes: bool) -> int:
    from stagekit.bootstrap import ensure_engine

    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not assume_yes
    found = ensure_engine(interactive=interactive, ask=_ask, say=_say, machine=machine)
    print(f"{_name(found)} ready at {found.host}")
    return 0


def _start(machine: Machine) -> int:
    from stagekit.bootstrap.daemon import is_alive, start

    places = machine.places
    if not places.installed():
        return _status(machine, as_json=False)
    was_alive = is_alive(places)
    start(places, machine.processes, _say, machine.env, repair=True)
    print(f"the embedded engine {'was running' if was_alive else 'runs'}: {places.host}")
    return 0


def _status(machine: Machine, *, as_json: bool) -> int:
    from stagekit.bootstrap.status import status_of

    status = status_of(machine)
    if as_json:
        print(json.dumps(status.as_dict(), indent=2))
    else:
        print("\n".join(status.lines()))
    return 0 if status.usable else 1


def _env(machine: Machine) -> int:
    from stagekit.bootstrap import find_engine

    found = find_engine(say=_say, machine=machine)
    if found is None:
        from stagekit.bootstrap.refusals import no_engine

        raise no_engine()
    for name, value in found.env.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _stop(machine: Machine) -> int:
    from stagekit.bootstrap.daemon import stop

    stopped = stop(machine.places, _say)
    print("the embedded engine has stopped" if stopped else "the embedded engine was not running")
    return 0


def _remove(machine: Machine, *, assume_yes: bool) -> int:
    from stagekit.bootstrap.remove import remove

    places = machine.places
    if not places.owned():
        print(f"there is no embedded engine in {places.home}")
        return 0
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if not assume_yes and not (interactive and _ask(_removal_question(str(places.engine)), default=False)):
        print("nothing was removed" if interactive else "nothing was removed: without a terminal, add --yes")
        return 1
    remove(places, machine.processes, _say)
    print("the embedded engine is gone")
    return 0


def _removal_question(folder: str) -> str:
    return f"This deletes {folder}: the engine, its images, containers and volumes.\nGo on? [y/N] "


def _name(found: Engine) -> str:
    return f"Docker {found.version} ({found.kind}), Compose {found.compose}, buildx {found.buildx}"


def _ask(question: str, default: bool = True) -> bool:
    try:
        answer = input(question).strip().lower()
        return answer in ("y", "yes") or (default and not answer)
    except EOFError:
        print()
        return False


def _say(step: str, text: str) -> None:
    print(f"{step:<10} {text}", file=sys.stderr, flush=True)
