"""The way of `proxy`: the service's container, where it can be reached, and the port here that leads to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from stagekit.cli.engines import engine_here
from stagekit.cli.hosts import connect
from stagekit.cli.place import Place, open_engine
from stagekit.doors.engine import EngineDoor
from stagekit.doors.forward import LocalForward, free_port
from stagekit.doors.ssh import SshDoor
from stagekit.errors import ServiceError, UsageError
from stagekit.stage import Container, observe

LOOK_EVERY = 1.0  # seconds


class Forward(Protocol):
    """A port here that can be led to an address."""

    port: int

    def lead(self, address: str, port: int) -> None: ...


@dataclass
class Proxying:
    """The port, open.

    find  the service's container now; None while none runs
    """

    stage: str
    service: str
    target: int
    forward: Forward
    container: Container
    find: Callable[[], Container | None]

    def words(self) -> str:
        """`staging: postgres:5432 is at 127.0.0.1:5432`."""
        return f"{self.stage}: {self.service}:{self.target} is at 127.0.0.1:{self.forward.port}"


class SshForward:
    """A forward of the one SSH connection."""

    def __init__(self, ssh: SshDoor, port: int) -> None:
        self._ssh, self._to = ssh, ""
        self.port = port

    def lead(self, address: str, port: int) -> None:
        """Where new connections go; those that are open stay."""
        if self._to:
            self._ssh.withdraw(self.port, self._to)
        self._to = f"{address}:{port}"
        self._ssh.bring(self.port, self._to)


@contextmanager
def proxying(place: Place, service: str, port: str, wanted: int) -> Iterator[Proxying]:
    """Opens the port. Raises HostError, ServiceError where the service does not run, and UsageError without a port."""
    if not place.settings.host:
        door = open_engine(engine_here(place))
        found = _running(place, door, service)
        target = _port(door, found, port)
        here = LocalForward(_free(wanted or target, asked=bool(wanted)))
        try:
            yield _led(place, service, target, here, found, lambda: _newest(place, door, service))
        finally:
            here.close()
        return
    with connect(place) as ssh:
        door = EngineDoor(ssh.engine_host)
        found = _running(place, door, service)
        target = _port(door, found, port)
        there = SshForward(ssh, _free(wanted or target, asked=bool(wanted)))

        def find() -> Container | None:
            if not ssh.alive():
                ssh.run(["true"])  # raises what it is that broke it
            return _newest(place, door, service)

        yield _led(place, service, target, there, found, find)


def follow(at: Proxying, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Leads the port to whatever container the service has, for as long as nobody ends it."""
    while True:
        sleep(LOOK_EVERY)
        found = at.find()
        if found and (found.id, found.addresses) != (at.container.id, at.container.addresses):
            at.forward.lead(found.addresses[0], at.target)
            at.container = found
            print(f"{at.service} is {found.name} now", flush=True)


def _led(
    place: Place,
    service: str,
    target: int,
    forward: Forward,
    container: Container,
    find: Callable[[], Container | None],
) -> Proxying:
    forward.lead(container.addresses[0], target)
    return Proxying(place.settings.stage, service, target, forward, container, find)


def _newest(place: Place, door: EngineDoor, service: str) -> Container | None:
    """The service's newest container that runs and is not found unwell."""
    running = [c for c in observe(door, place.project).of(service) if c.status == "running" and c.addresses]
    well = [c for c in running if c.health in ("", "healthy")] or running
    return max(well, key=lambda c: c.created_at, default=None)


def _running(place: Place, door: EngineDoor, service: str) -> Container:
    if found := _newest(place, door, service):
        return found
    stage = place.settings.stage
    there = sorted({c.service for c in observe(door, place.project).containers if c.status == "running"})
    raise ServiceError(
        f"{service} does not run on {stage}",
        evidence=[("what runs", ", ".join(there) or "nothing")],
        next="name one that runs, or start the stage",
    )


def _port(door: EngineDoor, container: Container, given: str) -> int:
    if given.isdigit() and 0 < int(given) < 65536:
        return int(given)
    config = (door.image(container.image_id) or {}).get("Config") or {}
    named = sorted(port.split("/")[0] for port in config.get("ExposedPorts") or () if port.endswith("/tcp"))
    if len(named) == 1 and not given:
        return int(named[0])
    known = f"its image names {', '.join(named)}" if named else "its image names none"
    raise UsageError(
        f"which port of {container.service}? {known}",
        next=f"stagekit proxy {container.service}:{(named or ['8000'])[0]}",
    )


def _free(port: int, *, asked: bool) -> int:
    free = free_port(port)
    if asked and free != port:
        raise UsageError(f"port {port} is taken here", next="name another one, or none: one that is free is taken then")
    return free
