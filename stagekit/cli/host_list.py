"""`stagekit host list`: the hosts that this checkout's stages name."""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from stagekit.cli.hosts import Way, config_of, host_of
from stagekit.cli.place import open_place
from stagekit.doors.checkout import Checkout
from stagekit.errors import StagekitError

WORDS = {"engine": "answers", "denied": "answers, and you may not use Docker there", "none": "answers, without Docker"}


@dataclass(frozen=True)
class Listed:
    """One stage's host. `ready` where a stage could be promoted to it."""

    stage: str
    host: str
    ready: bool
    state: str


def list_hosts(arguments: argparse.Namespace) -> int:
    """Prints one line a host; 0 whatever they answer."""
    checkout = Checkout.find(arguments.project_directory)
    with ThreadPoolExecutor(8) as pool:
        found = [row for row in pool.map(lambda stage: _listed(checkout, stage), checkout.stages()) if row]
    if arguments.json:
        print(json.dumps([asdict(row) for row in found], indent=2))
        return 0
    wide = max((len(row.stage) for row in found), default=0)
    print("\n".join(f"{row.stage:<{wide}}  {row.host}  {row.state}" for row in found) or _none())
    return 0


def _listed(checkout: Checkout, stage: str) -> Listed | None:
    try:
        place = open_place(checkout.directory, stage=stage)
        if not place.settings.host:
            return None
        target = host_of(place)
    except StagekitError as problem:
        return Listed(stage, "", False, problem.what)
    try:
        with Way(target, config_of(place)).connect() as host:
            return Listed(stage, str(target), host.engine == "engine", WORDS[host.engine])
    except StagekitError as problem:
        return Listed(stage, str(target), False, problem.what)


def _none() -> str:
    return "no stage here names a host; `stagekit host init` makes one, `stagekit rehearsal up` a throw-away one"
