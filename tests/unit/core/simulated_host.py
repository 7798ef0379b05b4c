"""A host that only exists in memory, and walks the steps of a switch as Compose, Docker and the edge do.

Each step can be done whole, or in part, as when the deployer is killed in the middle of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core_fakes import container

from stagekit.compose import Model
from stagekit.database import Ahead, AtHead, Pending, Schema, Unknown
from stagekit.promote.kinds import kind_of, names_of
from stagekit.promote.steps import (
    Drain,
    Migrate,
    MoveTraffic,
    Probe,
    Record,
    Recreate,
    ReloadEdge,
    RunOnce,
    Snapshot,
    StartAll,
    StartBeside,
    StopOld,
    SwitchStep,
)
from stagekit.promote.switch import SwitchPlan, plan_switch
from stagekit.promote.target import Target
from stagekit.stage import Container, Observation
from stagekit.stage.routes import EdgeSeen, Routes, Server, merged, with_ports

RUNS = ("running", "restarting")


@dataclass(frozen=True, repr=False)
class Shop:
    """A release: its model, its definitions, and what the edge's files and the migrations of it hold.

    number  of the release
    head    of its migrations
    ports   that each service listens on
    """

    number: int
    model: Model
    definitions: Mapping[str, str]
    head: int
    ports: Mapping[str, int]

    def __repr__(self) -> str:
        return f"release {self.number}: {', '.join(self.definitions.values())}"

    def first(self) -> Routes:
        """The names as the edge's files of this release have them, each leading to its service."""
        names = self.model.block.names
        return Routes({label: Server(name.service, self.ports[name.service]) for label, name in names.items()})


@dataclass
class SimulatedHost:
    """A stage at a host.

    containers  by name
    listens     the port of each container
    first       what the edge's files say now, `kept` what its next start reads, `leads` where the running edge leads
    read        the definition of the files that the running edge has read
    revision    of the schema
    serving     the number of the release that the records say serves
    """

    containers: dict[str, Container] = field(default_factory=dict)
    listens: dict[str, int] = field(default_factory=dict)
    first: Routes = field(default_factory=Routes)
    kept: Routes = field(default_factory=Routes)
    leads: dict[str, Server] = field(default_factory=dict)
    read: str = ""
    revision: int = 0
    serving: int = 0

    def copy(self) -> SimulatedHost:
        """Another host in the same state."""
        return replace(self, containers=dict(self.containers), listens=dict(self.listens), leads=dict(self.leads))

    def plan(
        self, to: Shop, *, back: bool = False, recorded: bool = False, resumed: bool = False, may_migrate: bool = True
    ) -> SwitchPlan:
        """What a switch to a release would do now."""
        schema = self._schema(to, may_migrate)
        target = Target(to.model, to.definitions, recorded, back, {}, schema, "before", resumed=resumed)
        return plan_switch(target, self.seen(), self.edge())

    def seen(self) -> Observation:
        """The containers."""
        return Observation(tuple(self.containers.values()))

    def edge(self) -> EdgeSeen:
        """The edge, as far as it can be asked."""
        if not self.edge_runs():
            return EdgeSeen()
        return EdgeSeen(self.kept, {name: server.container for name, server in self.leads.items()})

    def edge_runs(self) -> bool:
        """Whether it answers."""
        return any(c.status in RUNS for c in self.seen().of("edge"))

    def walk(self, steps: Iterable[SwitchStep], to: Shop, after: Callable[[], None] = lambda: None) -> None:
        """Every step. `after` is called after each."""
        for step in steps:
            for change in self.parts(step, to):
                change()
                after()

    def parts(self, step: SwitchStep, to: Shop) -> Sequence[Callable[[], None]]:
        """A step as the changes that it consists of: a deployer can be killed between any two."""
        match step:
            case StartAll(services):
                parts = [lambda name=name: self._up(name, to) for name in services]  # type: ignore[misc]
                return [lambda: self._remove_orphans(to), *parts]
            case RunOnce(service, _):
                return [
                    lambda: self._put(service, f"{service}-1", to, "exited", code=1),
                    lambda: self._finish(service, to),
                ]
            case Migrate(service, _):
                return [
                    lambda: self._put(service, f"{service}-1", to, "running", None),
                    lambda: setattr(self, "revision", max(self.revision, to.head)),
                    lambda: self._finish(service, to),
                ]
            case Recreate(service, _):
                return [lambda: self._drop(self._names(service)), lambda: self._up(service, to)]
            case StartBeside(service, name, _):
                short = name.removeprefix("shop-")
                return [
                    lambda: self._beside(service, short, to, "created"),
                    lambda: self._beside(service, short, to, "running", "starting"),
                    lambda: self._beside(service, short, to, "running"),
                ]
            case MoveTraffic(servers):
                return [lambda: self._keep(servers), lambda: self._lead(servers)]
            case ReloadEdge(_, servers):
                return [lambda: self._merge(servers), self._reload]
            case StopOld(_, names):
                return [lambda: self._end(names), lambda: self._drop(names)]
            case Record():
                return [lambda: setattr(self, "serving", to.number)]
            case Probe() | Drain() | Snapshot():
                return [lambda: None]

    def ends(self) -> object:
        """The state, but for the numbers that containers have: what two hosts are compared by."""
        containers = sorted(
            (c.service, c.definition, c.status, c.health, c.exit_code) for c in self.containers.values()
        )
        leads = {name: (self._definition(s.container), s.port) for name, s in self.leads.items()}
        kept = {name: (self._definition(s.container), s.port) for name, s in self.kept.servers.items()}
        return containers, leads, kept, self.read, self.revision, self.serving

    def serves(self, name: str) -> str:
        """The definition of what answers to a name of the stage; empty where nothing does."""
        server = self.leads.get(name)
        found = self._found(server.container) if server else None
        if server is None or found is None or not self.edge_runs():
            return ""
        well = found.status in RUNS and found.health == "healthy" and self.listens[found.name] == server.port
        return found.definition if well else ""

    def _schema(self, to: Shop, may_migrate: bool) -> Schema:
        if not self._names("postgres"):
            return Unknown("the database does not run")
        now, head = f"{self.revision}", f"{to.head}"
        if self.revision == to.head:
            return AtHead(head)
        return Pending(now, head, (), 1) if self.revision < to.head and may_migrate else Ahead(now, head)

    def _found(self, name: str) -> Container | None:
        """What Docker's DNS finds: a container, or one of a service."""
        return self.containers.get(name) or next(iter(self.seen().of(name)), None)

    def _definition(self, name: str) -> str:
        found = self._found(name)
        return found.definition if found else f"nobody: {name}"

    def _names(self, service: str) -> list[str]:
        return [c.name for c in self.seen().of(service)]

    def _put(
        self, service: str, short: str, to: Shop, status: str, health: str | None = "healthy", code: int = 0
    ) -> None:
        probed = health if status in RUNS else None
        name = f"shop-{short}"
        made = container(
            service, status, probed, called=name, id=name, definition=to.definitions[service], exit_code=code
        )
        self.containers[name] = replace(made, image=to.model.services[service].image)
        self.listens[name] = to.ports.get(service, 0)

    def _next(self, service: str) -> str:
        """Compose's numbers only grow from the highest that is there."""
        numbers = [int(re.sub(r".*-", "", name)) for name in self._names(service)]
        return f"{service}-{max(numbers, default=0) + 1}"

    def _up(self, service: str, to: Shop) -> None:
        """`compose up` of a service at a scale of one, in whatever state it is."""
        there = sorted(self._names(service), key=lambda name: int(re.sub(r".*-", "", name)))
        keep = there[0].removeprefix("shop-") if there else self._next(service)
        self._drop(there[1:])
        if kind_of(to.model, service) == "once":
            self._put(service, keep, to, "exited", None, code=1)
            self._finish(service, to, keep)
        else:
            self._put(service, keep, to, "running")
        if service == "edge":
            self.leads = dict(self.kept.servers)
            self.read = next((c.definition for c in self.seen().of("edge-files")), "")

    def _beside(self, service: str, short: str, to: Shop, status: str, health: str | None = "healthy") -> None:
        """`compose up --no-recreate --scale`: what does not run counts, and is started before anything is made."""
        if f"shop-{short}" in self.containers:
            self._put(service, short, to, status, health)
            return
        there = self._names(service)
        count = sum(self.containers[name].status in RUNS for name in there) + 1
        if len(there) < count and self._next(service) == short:
            self._put(service, short, to, status, health)
            return
        raise AssertionError(f"Compose did not make {short}; there are {there}")

    def _finish(self, service: str, to: Shop, short: str = "") -> None:
        self._put(service, short or f"{service}-1", to, "exited", None)
        if service == "migrate":
            self.revision = max(self.revision, to.head)
        if service == "edge-files":
            self.first = to.first()
            if not self.kept.servers:
                self.kept = self.first

    def _end(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.containers:
                self.containers[name] = replace(self.containers[name], status="exited", health="")

    def _drop(self, names: Iterable[str]) -> None:
        for name in list(names):
            self.containers.pop(name, None)

    def _remove_orphans(self, to: Shop) -> None:
        self._drop(c.name for c in self.containers.values() if c.service not in to.model.services)

    def _keep(self, servers: Mapping[str, Server]) -> None:
        self.kept = Routes({**self.kept.servers, **with_ports(self.first, servers)})

    def _lead(self, servers: Mapping[str, Server]) -> None:
        missing = servers.keys() - self.leads.keys()
        assert not missing, f"the edge has no slot for {missing}"
        for name, server in with_ports(self.first, servers).items():
            there = self.containers.get(server.container)
            assert there and there.health == "healthy", f"{name} to {server}, which is {there and there.status}"
            assert self.listens[there.name] == server.port, f"{name} to {server}: it listens on {self.listens}"
            self.leads[name] = server

    def _merge(self, servers: Mapping[str, Server]) -> None:
        self.kept = merged(self.first, servers)

    def _reload(self) -> None:
        self.leads = dict(self.kept.servers)
        self.read = next((c.definition for c in self.seen().of("edge-files")), "")


def led(shop: Shop) -> frozenset[str]:
    """The names that lead to services which start beside the old ones."""
    model = shop.model
    return frozenset(
        label for name in model.services if kind_of(model, name) == "beside" for label in names_of(model, name)
    )
