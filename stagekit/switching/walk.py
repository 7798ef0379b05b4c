"""Walks the steps of a switch through the doors of a host. Decides nothing; each step may be done a second time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.edge import EdgeDoor, EdgeFailed, Move
from stagekit.doors.engine import EngineDoor
from stagekit.execute import Listener
from stagekit.promote.steps import (
    Drain,
    MoveTraffic,
    Probe,
    Record,
    Recreate,
    ReloadEdge,
    RunOnce,
    StartAll,
    StartBeside,
    StopOld,
    SwitchStep,
)
from stagekit.stage import Address, Container, Observation, judge, observe
from stagekit.stage.failure import service_error
from stagekit.stage.health import is_ready, roots
from stagekit.stage.routes import (
    AS_THE_EDGE_HAS_IT,
    NEXT,
    Routes,
    Server,
    Slot,
    free,
    merged,
    read_routes,
    read_slots,
)
from stagekit.switching.failure import step_failed
from stagekit.switching.probe import Ask, from_here, from_host, unanswered

LOOK_EVERY = 0.2
SETTLE = 15.0  # seconds in which the edge finds a new container


@dataclass
class Walk:
    """One switch under way.

    release   what the edge tells once traffic has moved
    limit     seconds that a service may take to be ready
    word      opens the hidden way, for this switch only
    broken    connections that were cut at the end of a drain
    """

    model: Model
    compose: ComposeDoor
    engine: EngineDoor
    address: Address
    release: str
    limit: int
    listener: Listener
    word: str
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    seconds: dict[str, float] = field(default_factory=dict, init=False)
    broken: int = field(default=0, init=False)
    _record: Callable[[], None] = field(default=lambda: None, init=False)

    def walk(
        self,
        steps: Iterable[SwitchStep],
        *,
        before: Callable[[SwitchStep], None] = lambda step: None,
        record: Callable[[], None] = lambda: None,
    ) -> None:
        """Every step in order. Raises SwitchFailed, ServiceError or what a door raises.

        before  hears of each step
        record  writes the release down
        """
        self._record = record
        for step in steps:
            before(step)
            began = self.clock()
            try:
                self._step(step)
            except ComposeFailed as failed:
                raise step_failed("Compose refused a step", [("", failed.text.strip().splitlines()[-1])]) from None
            except EdgeFailed as failed:
                raise step_failed("the edge refused a step", [("the edge", failed.text.splitlines()[0])]) from None
            name = type(step).__name__
            self.seconds[name] = self.seconds.get(name, 0.0) + self.clock() - began

    def _step(self, step: SwitchStep) -> None:
        match step:
            case StartAll(services):
                self._start_all(services)
            case RunOnce(service, cause):
                self._run(service, cause)
            case Recreate(service, cause):
                self._recreate(service, cause)
            case StartBeside(service, container, cause):
                self._start_beside(service, container, cause)
            case Probe(checks, servers, hidden):
                self._probe(checks, servers, hidden)
            case MoveTraffic(servers):
                self._move(servers)
            case ReloadEdge():
                self._reload()
            case Drain(names, limit):
                self._drain(names, limit)
            case Record():
                self._record()
            case StopOld(service, containers):
                self._stop(service, containers)

    def _start_all(self, services: tuple[str, ...]) -> None:
        self.listener.begin("start", f"{len(services)} services")
        up = self.compose.up()
        try:
            self._until_ready(lambda: up.code() is not None, services)
            if up.code():
                raise step_failed(
                    "Compose could not start the stage", [("", line) for line in up.text().splitlines()[-3:]]
                )
        finally:
            up.interrupt()
        self.listener.end(f"{len(services)} services")

    def _run(self, service: str, cause: str) -> None:
        self.listener.begin("run", f"{service}, because {cause}")
        self.compose.replace([service])
        self._until_ready(lambda: True, (service,))
        self.listener.end(service)

    def _recreate(self, service: str, cause: str) -> None:
        self.listener.begin("restart", f"{service}, because {cause}")
        self.compose.start([service])
        self._until_ready(lambda: True, (service,))
        self.listener.end(service)

    def _start_beside(self, service: str, container: str, cause: str) -> None:
        self.listener.begin("switch", f"{service}, because {cause}")
        there = self._see().of(service)
        if all(c.name != container for c in there):
            self.compose.start_beside(service, sum(c.status in ("running", "restarting") for c in there) + 1)
        if all(c.name != container for c in self._see().of(service)):
            raise step_failed(f"Compose did not make the container {container}")
        self._until_ready(lambda: True, (service,), only=container)
        self.listener.end(f"{service} is ready beside the old one")

    def _until_ready(self, settled: Callable[[], bool], services: tuple[str, ...], only: str = "") -> None:
        deadline = self.clock() + self.limit
        baseline: dict[str, int] = {}
        while True:
            done = settled()
            seen = self._see()
            if only:
                seen = Observation(tuple(c for c in seen.containers if c.name == only or c.service not in services))
            for container in seen.containers:
                baseline.setdefault(container.id, container.restarts)
            states = judge(self.model, seen, baseline)
            wanted = {name: states[name] for name in services}
            self.listener.services(wanted)
            if failed := [name for name in roots(self.model, wanted) if done or wanted[name].state == "failed"]:
                raise service_error(self.model, wanted, failed[0], self._logs(wanted[failed[0]].container))
            if done and all(is_ready(health) for health in wanted.values()):
                return
            if self.clock() > deadline:
                late = next(name for name, health in wanted.items() if not is_ready(health))
                raise step_failed(f"{late} was not ready within {self.limit} s", self._last(wanted[late].container))
            self.sleep(LOOK_EVERY)

    def _probe(self, checks: tuple, servers: Mapping[str, Server], hidden: bool) -> None:  # type: ignore[type-arg]
        where = "before traffic moves" if hidden else "after it has moved"
        self.listener.begin("check", f"{len(checks)} questions {where}")
        if hidden:
            self._open_hidden_way(servers)
        asks: list[Ask] = [from_host(self.engine, self._edge().container, self.address, self.word if hidden else "")]
        asks += [] if hidden else [from_here(self.address)]
        for check in checks:
            for ask in asks:
                if wrong := unanswered(check, ask(check.name, check.path)):
                    raise step_failed(f"a smoke check failed {where}", [("asked", wrong)])
        self.listener.end(f"{len(checks)} of {len(checks)} {where}")

    def _open_hidden_way(self, servers: Mapping[str, Server]) -> None:
        edge = self._edge()
        for name, server in servers.items():
            edge.offer(f"{name}{NEXT}", "a", server.container, weight=1)
        edge.tell({"next": self.word})
        self._found(edge, {f"{name}{NEXT}": server for name, server in servers.items()})

    def _move(self, servers: Mapping[str, Server]) -> None:
        self.listener.begin("move", ", ".join(servers))
        edge = self._edge()
        kept = read_routes(edge.kept())
        wanted = {name: _with_port(server, kept.servers.get(name)) for name, server in servers.items()}
        edge.keep(Routes({**kept.servers, **wanted}).render(), self.release)
        moves = [self._aim(edge, name, server) for name, server in wanted.items()]
        self._found(edge, wanted)
        edge.move([move for move in moves if move])
        edge.tell({"release": self.release})
        self.listener.end(", ".join(servers))

    def _aim(self, edge: EdgeDoor, name: str, server: Server) -> Move | None:
        """Points a name's free slot at a container; None where the one that serves is it already."""
        slots = self._slots(edge)
        there = next((slot for slot in slots if slot.name == name and slot.host == server.container), None)
        if there and there.takes:
            return None
        slot = there or free(slots, name)
        if slot is None:
            raise step_failed(f"the edge has no free slot for {name}")
        edge.offer(name, slot.slot, server.container, weight=0)
        return Move(name, slot.slot, "b" if slot.slot == "a" else "a")

    def _found(self, edge: EdgeDoor, servers: Mapping[str, Server]) -> None:
        """Waits until the edge has found these containers, at the addresses that they have, and well."""
        addresses = {c.name: c.addresses for c in self._see().containers}
        deadline = self.clock() + SETTLE
        while True:
            slots = self._slots(edge)
            lost = [n for n, s in servers.items() if not any(_is_found(slot, n, s, addresses) for slot in slots)]
            if not lost:
                return
            if self.clock() > deadline:
                raise step_failed(f"the edge did not find {', '.join(lost)} within {SETTLE:g} s")
            self.sleep(LOOK_EVERY / 4)

    def _drain(self, names: tuple[str, ...], limit: int) -> None:
        self.listener.begin("drain", ", ".join(names))
        edge = self._edge()
        deadline = self.clock() + limit
        while (old := [slot for slot in self._slots(edge) if slot.name in names and not slot.takes]) and any(
            slot.sessions for slot in old
        ):
            if self.clock() > deadline:
                break
            self.sleep(LOOK_EVERY / 4)
        self.broken += sum(slot.sessions for slot in old)
        for slot in old:
            edge.retire(slot.name, slot.slot)
        cut = f"; {self.broken} connections were cut at the limit of {limit} s" if self.broken else ""
        self.listener.end(f"{', '.join(names)}{cut}")

    def _reload(self) -> None:
        self.listener.begin("reload", "edge")
        edge = self._edge()
        routes = merged(read_routes(edge.first()), read_routes(edge.kept()))
        edge.keep(routes.render(), self.release)
        edge.reload()
        self.listener.end("edge")

    def _stop(self, service: str, containers: tuple[str, ...]) -> None:
        self.listener.begin("stop", ", ".join(containers))
        for container in containers:
            self.engine.stop(container)
        self.engine.remove(containers)
        self.listener.end(service)

    def _edge(self) -> EdgeDoor:
        service = self.model.block.edge.service if self.model.block.edge else ""
        running = [c.name for c in self._see().of(service) if c.status == "running"]
        if not running:
            raise step_failed("the edge does not run")
        return EdgeDoor(self.engine, running[0])

    def _slots(self, edge: EdgeDoor) -> tuple[Slot, ...]:
        return read_slots(*edge.servers())

    def _see(self) -> Observation:
        return observe(self.engine, self.model.project)

    def _logs(self, container: Container | None) -> dict[str, tuple[str, ...]]:
        return {container.service: self.engine.logs(container.id, tail=20)} if container else {}

    def _last(self, container: Container | None) -> list[tuple[str, str]]:
        probe = container.probe if container else None
        return [("last probe", probe.output[:300])] if probe and probe.output else []


def _is_found(slot: Slot, name: str, server: Server, addresses: Mapping[str, tuple[str, ...]]) -> bool:
    here = slot.name == name and slot.host == server.container and slot.up
    return here and slot.address in addresses.get(server.container, ())


def _with_port(server: Server, kept: Server | None) -> Server:
    if server.port != AS_THE_EDGE_HAS_IT or kept is None:
        return server
    return Server(server.container, kept.port)
