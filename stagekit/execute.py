"""Walks a plan: does each step through the doors and tells a listener. Decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor, ComposeFailed, Running
from stagekit.doors.engine import EngineDoor
from stagekit.plan.steps import Because, BuildImages, Clear, Plan, PullImages, Replace, Start, Step, WaitReady
from stagekit.stage import Container, Observation, ServiceHealth, is_ready, judge, observe, roots
from stagekit.stage.failure import build_error, compose_error, not_ready, service_error

LOOK_EVERY = 0.2


class Listener(Protocol):
    """Who is told what goes on: a live view, or plain lines."""

    def begin(self, step: str, text: str) -> None:
        """A step begins."""

    def detail(self, text: str) -> None:
        """The newest word of the step under way."""

    def services(self, states: Mapping[str, ServiceHealth]) -> None:
        """The services, while they are waited for."""

    def end(self, text: str) -> None:
        """The step under way is done."""

    def note(self, text: str) -> None:
        """Something to know that is no step."""


class Log(Protocol):
    """Keeps the output of a build, line by line. `name` is the file, as a person names it."""

    name: str

    def __call__(self, line: str) -> None: ...


def build_images(compose: ComposeDoor, services: Sequence[str], text: str, listener: Listener, log: Log) -> None:
    """Builds these services' images. Raises BuildError with the lines that tell why."""
    _follow(compose.build(services), text, listener, log)


@dataclass
class Executor:
    """Carries plans out against one stage.

    note_build  called with each image reference that was built
    log         keeps each line of a build or pull
    built       called once the images are built
    """

    model: Model
    compose: ComposeDoor
    engine: EngineDoor
    listener: Listener
    note_build: Callable[[str], None]
    log: Log
    built: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _up: Running | None = field(default=None, init=False)
    _before: frozenset[str] = field(default=frozenset(), init=False)
    _starting: frozenset[str] = field(default=frozenset(), init=False)

    def execute(self, plan: Plan) -> None:
        """Every step in order. Raises BuildError, ServiceError or StagekitError; stops Compose when interrupted."""
        try:
            for step in plan.steps:
                self._step(step)
        finally:
            if self._up is not None:
                self._up.interrupt()

    def _step(self, step: Step) -> None:
        match step:
            case BuildImages(services):
                self._build(services)
            case PullImages(services):
                self._pull(services)
            case Clear(containers):
                self.engine.remove(containers)
            case Replace(services):
                self._replace(services)
            case Start(services):
                self._before = frozenset(c.id for c in observe(self.engine, self.model.project).containers)
                self._starting = frozenset(item.service for item in services)
                self._up = self.compose.up()
            case WaitReady(services, limit):
                self._wait(limit)

    def _build(self, services: tuple[Because, ...]) -> None:
        names = [item.service for item in services]
        build_images(self.compose, names, f"building {', '.join(names)}", self.listener, self.log)
        for name in names:
            self.note_build(self.model.services[name].image)
        self.built()

    def _pull(self, services: tuple[Because, ...]) -> None:
        names = [item.service for item in services]
        _follow(self.compose.pull(names), f"pulling {', '.join(names)}", self.listener, self.log)

    def _replace(self, services: tuple[Because, ...]) -> None:
        names = [item.service for item in services]
        self.listener.begin("replace", ", ".join(names))
        try:
            self.compose.replace(names)
        except ComposeFailed as failed:
            raise compose_error(failed.text) from None
        self.listener.end(", ".join(names))

    def _wait(self, limit: int) -> None:
        self.listener.begin("start", "")
        baseline: dict[str, int] = {}
        deadline = self.clock() + limit
        while True:
            code = self._up.code() if self._up else 0
            observation = self._look(settled=code is not None)
            for container in observation.containers:
                baseline.setdefault(container.id, container.restarts)
            states = judge(self.model, observation, baseline)
            self.listener.services(states)
            self._stop_at_failure(states, code)
            if code == 0 and all(is_ready(health) for health in states.values()):
                break
            if self.clock() > deadline:
                raise not_ready(self.model, states, limit, self._logs(states))
            self.sleep(LOOK_EVERY)
        self._up = None
        self.listener.end("")

    def _look(self, *, settled: bool) -> Observation:
        """The containers now; while Compose works, without the old ones that it is about to replace or start."""
        seen = observe(self.engine, self.model.project)
        if settled:
            return seen
        return Observation(tuple(c for c in seen.containers if not self._awaits_compose(c)))

    def _awaits_compose(self, container: Container) -> bool:
        old = container.id in self._before
        return old and (container.service in self._starting or container.status != "running")

    def _stop_at_failure(self, states: Mapping[str, ServiceHealth], code: int | None) -> None:
        failed = [name for name in roots(self.model, states) if not (code and self._is_old(states[name]))]
        if failed:
            raise service_error(self.model, states, failed[0], self._logs(states))
        if code:
            text = self._up.text() if self._up else ""
            raise compose_error(text)

    def _is_old(self, health: ServiceHealth) -> bool:
        """Whether the container was there before: when Compose itself failed, what it stopped is no cause."""
        return health.container is not None and health.container.id in self._before

    def _logs(self, states: Mapping[str, ServiceHealth]) -> dict[str, tuple[str, ...]]:
        wanted = [h for h in states.values() if not is_ready(h) and h.container]
        return {h.service: self.engine.logs(h.container.id, tail=20) for h in wanted if h.container}


def _follow(lines: Iterator[str], text: str, listener: Listener, log: Log) -> None:
    listener.begin("images", text)
    tail: list[str] = []
    try:
        for line in lines:
            log(line)
            tail = [*tail[-199:], line]
            listener.detail(line)
    except ComposeFailed as failed:
        raise build_error(text, [*tail, *failed.text.splitlines()], log.name) from None
    listener.end(text)
