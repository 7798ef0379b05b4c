"""What the deeds of `rehearsal` share: the doors they work with, and how a machine is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stagekit.bootstrap import BASE_IMAGE, ensure_base_image
from stagekit.bootstrap.rehearsal import MAIN, Rehearsal, Wanted, rehearsals, settle
from stagekit.bootstrap.rehearsal.bring_up import Rehearsing
from stagekit.bootstrap.rehearsal.machine import container_of
from stagekit.cli.engines import engine_for, engine_here
from stagekit.cli.hosts import reach
from stagekit.cli.place import Place, build_log, ca_file, on_terminal, open_engine
from stagekit.cli.progress import progress
from stagekit.cli.sources import decide_images
from stagekit.doors.engine import EngineDoor
from stagekit.doors.network import port_is_free
from stagekit.doors.ssh import SshDoor
from stagekit.errors import HostError
from stagekit.hosts import parse_target
from stagekit.report.rehearsal import RehearsalState

OFFICIAL_BASE = "debian:trixie-slim"


@contextmanager
def rehearsing(place: Place) -> Iterator[Rehearsing]:
    """Everything that bringing a machine up works with."""
    engine = engine_for(place, assume_yes=False)
    door = open_engine(engine)
    packages = decide_images(place, engine, door).images == "packages"
    if packages:
        ensure_base_image(engine, lambda step, text: print(f"{step:<10} {text}", flush=True))
    listener = progress(live=on_terminal())
    with build_log(place, "rehearsal.log") as log:
        try:
            yield Rehearsing(
                checkout=place.checkout,
                engine=engine,
                door=door,
                reach=_reach,
                base=BASE_IMAGE if packages else OFFICIAL_BASE,
                ca=ca_file(place.settings),
                listener=listener,
                log=log,
            )
        finally:
            listener.close()


def wanted_of(at: Rehearsing, named: Rehearsal, arguments: argparse.Namespace) -> Wanted:
    """What is wanted: the words typed over what was written down the last time."""
    container = container_of(named, at.door)
    own = {published for _, published in container.ports} if container else set()
    return settle(
        named,
        at.checkout.state(f"rehearsal/{named.name}/machine"),
        bare=arguments.bare,
        store=arguments.store,
        rate=arguments.rate,
        usable=lambda port: port in own or port_is_free(port),
    )


def kept(place: Place, named: Rehearsal) -> Wanted | None:
    """What was written down the last time; None where it was never brought up."""
    state = place.checkout.state(f"rehearsal/{named.name}/machine")
    return Wanted.read(state) if state else None


def missing(named: Rehearsal) -> HostError:
    """The error for one that is not there."""
    name = "" if named.name == MAIN else f" --name {named.name}"
    return HostError(
        f"there is no rehearsal host {named.name} of this checkout",
        next=f"stagekit rehearsal up{name}",
        slug="rehearsal-missing",
    )


def states(place: Place, name: str | None) -> list[RehearsalState]:
    """How each machine is, or the one that is named."""
    directory = place.checkout.directory
    named = (Rehearsal(directory, name),) if name else rehearsals(directory)
    door = open_engine(engine_here(place)) if named else None
    return [_state(place, one, door) for one in named if door]


def _state(place: Place, named: Rehearsal, door: EngineDoor) -> RehearsalState:
    wanted, container = kept(place, named), container_of(named, door)
    if wanted is None or container is None:
        return RehearsalState(named.name, named.stage, "missing")
    if container.status != "running":
        return RehearsalState(named.name, named.stage, "stopped", wanted.address)
    try:
        with _reach(wanted.address, named.path("ssh_config")) as host:
            asked = host.run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=10)
    except HostError as problem:
        return RehearsalState(named.name, named.stage, "silent", wanted.address, problem.what)
    engine = f"Docker {asked.stdout.strip()}, {wanted.store} store" if asked.ok else "no Docker"
    detail = f"{engine}, link {wanted.rate}"
    ready = asked.ok or wanted.bare
    return RehearsalState(named.name, named.stage, "ready" if ready else "booting", wanted.address, detail, wanted.port)


def _reach(address: str, config: Path) -> SshDoor:
    return reach(parse_target(address), config, within=5.0)
