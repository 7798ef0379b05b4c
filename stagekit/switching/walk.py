"""Walks the steps of a switch. Decides nothing; each step may be done a second time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from stagekit.compose import Model
from stagekit.compose.block import Smoke
from stagekit.database.schema import way
from stagekit.database.vault import Vault
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.edge import EdgeFailed
from stagekit.doors.engine import EngineDoor
from stagekit.execute import Listener
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
    StoreSecrets,
    SwitchStep,
    coming,
    counted,
    ending,
    running,
    starting,
)
from stagekit.release.record import Kept
from stagekit.secrets import Versions
from stagekit.stage import Address
from stagekit.stage.routes import Server
from stagekit.switching.certificate import authority_of
from stagekit.switching.failure import compose_refused, step_failed
from stagekit.switching.host import Host
from stagekit.switching.probe import Ask, from_here, from_host, make_ready, unanswered
from stagekit.switching.services import Services
from stagekit.switching.traffic import Traffic


@dataclass
class Walk:
    """One switch under way.

    release  what the edge tells once traffic has moved
    limit    seconds that a service may take to be ready
    word     opens the hidden way, and lets smoke checks in without the stage's password; for this switch only

    vault    keeps copies of the database; None where the project names none
    store    stores the secrets of these names, and says which there are then

    seconds  what each kind of step took
    cut      connections that were cut at the end of a drain
    kept     the copy of the database that was made
    secrets  which secrets there are, once some were stored
    """

    model: Model
    compose: ComposeDoor
    engine: EngineDoor
    address: Address
    release: str
    limit: int
    listener: Listener
    word: str
    store: Callable[[Sequence[str]], Versions]
    vault: Vault | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    seconds: dict[str, float] = field(default_factory=dict, init=False)
    cut: int = field(default=0, init=False)
    kept: Kept | None = field(default=None, init=False)
    secrets: Versions | None = field(default=None, init=False)
    _begun: set[str] = field(default_factory=set, init=False)

    def walk(
        self,
        steps: Iterable[SwitchStep],
        *,
        before: Callable[[SwitchStep], None] = lambda step: None,
        record: Callable[[], None] = lambda: None,
    ) -> None:
        """Every step in order. Raises SwitchFailed, ServiceError, or what a door raises.

        before  hears of each step
        record  writes the release down
        """
        steps = tuple(steps)
        if any(isinstance(step, Probe) for step in steps):
            Thread(target=make_ready, daemon=True).start()
        for at, step in enumerate(steps):
            before(step)
            began = self.clock()
            try:
                with self._meanwhile(steps[at:]):
                    self._step(step, record, running(steps[at:], self.model))
            except ComposeFailed as failed:
                raise compose_refused(failed.text) from None
            except EdgeFailed as failed:
                raise step_failed("the edge refused a step", [("the edge", failed.text.splitlines()[0])]) from None
            name = type(step).__name__
            self.seconds[name] = self.seconds.get(name, 0.0) + self.clock() - began

    @contextmanager
    def _meanwhile(self, steps: Sequence[SwitchStep]) -> Iterator[None]:
        """Lets containers boot, or end, while the first of these steps is done: each step waits for its own."""
        self.engine.stop_all(ending(steps))
        begun = {step.service: step.container for step in starting(steps, self.model)}
        made = {step.service: step.container for step in coming(steps) if step.service not in begun}
        if isinstance(steps[0], StartBeside):
            self._services().begin_beside(begun)
        elif begun or made:
            with ThreadPoolExecutor(1) as pool:
                beside = pool.submit(self._begin, begun, made)
                yield
                beside.result()
            return
        yield

    def _begin(self, begun: Mapping[str, str], made: Mapping[str, str]) -> None:
        self._services().make_beside({**begun, **made})  # one call of Compose for all, and the engine starts some
        if begun:
            self._services().begin_beside(begun)

    def _step(self, step: SwitchStep, record: Callable[[], None], once: Sequence[str]) -> None:
        match step:
            case StoreSecrets(names):
                self._told("store", _few(names), lambda: self._store(names))
            case StartAll(services):
                self._told("start", f"{len(services)} services", self._services().start_all)
            case RunOnce(service, _):
                self._told("run", service, lambda: self._run(service, once))
            case Snapshot(name, _, _):
                self._keep(name)
            case Migrate(service, schema):
                self._told("migrate", way(schema), lambda: self._services().run(service))
            case Recreate(service, _):
                self._told("restart", service, lambda: self._services().recreate(service))
            case StartBeside(service, container, _):
                self._told("switch", service, lambda: self._services().await_beside(service, container))
            case Probe(checks, servers, hidden):
                self._told("check", _counted(checks, hidden), lambda: self._probe(checks, servers, hidden))
            case MoveTraffic(servers):
                self._told("move", ", ".join(servers), lambda: self._traffic().move(servers, self.release))
            case ReloadEdge(_, servers):
                self._told("reload", "edge", lambda: self._traffic().reload(servers, self.release))
            case Drain(names, limit):
                self._told("drain", ", ".join(names), lambda: self._drain(names, limit))
            case StopOld(_, containers):
                self._told("stop", ", ".join(containers), lambda: self._services().stop(containers))
            case Record():
                record()

    def _told(self, step: str, text: str, deed: Callable[[], None]) -> None:
        self.listener.begin(step, text)
        deed()
        self.listener.end(text)

    def _run(self, service: str, once: Sequence[str]) -> None:
        """Runs a one-shot to its end; these begin with it, unless they have begun with one before."""
        if new := [name for name in once if name not in self._begun]:
            self._services().begin_once(new)
            self._begun.update(new)
        self._services().await_once(service)

    def _store(self, names: Sequence[str]) -> None:
        self.secrets = self.store(names)

    def _keep(self, name: str) -> None:
        if self.vault is None:
            raise step_failed("the x-stagekit block names no database to keep a copy of")
        self.listener.begin("snapshot", name)
        self.kept = self.vault.take(name)
        self.listener.end(f"{self.kept.name}, {self.kept.size / 1e6:,.2f} MB")

    def _probe(self, checks: tuple[Smoke, ...], servers: Mapping[str, Server], hidden: bool) -> None:
        traffic = self._traffic()
        if hidden:
            traffic.open_hidden_way(servers, self.word)
        with traffic.letting_checks_in(self.word):
            asks = self._asks(traffic, hidden)
            questions = [(check, ask) for check in checks for ask in asks]
            # All at once: an answer takes a moment, and none waits for another.
            with ThreadPoolExecutor(max_workers=8) as pool:
                found = list(pool.map(lambda one: unanswered(one[0], one[1](one[0].name, one[0].path)), questions))
        if wrong := next((text for text in found if text), ""):
            raise step_failed(f"a smoke check failed {_when(hidden)}", [("asked", wrong)])

    def _asks(self, traffic: Traffic, hidden: bool) -> list[Ask]:
        """Who asks: the host, and once traffic has moved this machine too."""
        there = from_host(self.engine, traffic.edge.container, self.address, self.word, hidden=hidden)
        if hidden:
            return [there]
        authority = authority_of(self.engine, self.model, self._services().see())
        return [there, from_here(self.address, self.word, authority)]

    def _drain(self, names: tuple[str, ...], limit: int) -> None:
        cut = self._traffic().drain(names, limit)
        self.cut += cut
        if cut:
            what = "1 connection was" if cut == 1 else f"{cut} connections were"
            self.listener.note(f"{what} still open after {limit} s, and closed: websockets and event streams, mostly")

    def _services(self) -> Services:
        return Services(
            self.model, self.compose, self.engine, self.limit, self.listener, clock=self.clock, sleep=self.sleep
        )

    def _traffic(self) -> Traffic:
        edge = Host(self.engine, self.model.project).edge_now(self.model)
        if edge is None:
            raise step_failed("the edge does not run")
        return Traffic(edge, self._services().see, clock=self.clock, sleep=self.sleep)


def _few(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} secrets"


def _when(hidden: bool) -> str:
    return "before traffic moves" if hidden else "after it has moved"


def _counted(checks: tuple[Smoke, ...], hidden: bool) -> str:
    return f"{counted(len(checks))} {_when(hidden)}"
