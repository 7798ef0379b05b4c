"""The containers of a switch: started, waited for, ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor
from stagekit.doors.engine import EngineDoor
from stagekit.execute import Listener
from stagekit.stage import Container, Observation, ServiceHealth, judge, observe
from stagekit.stage.failure import not_ready, service_error
from stagekit.stage.health import is_ready
from stagekit.switching.failure import step_failed

LOOK_EVERY = 0.05
BY_COMPOSE = ("configs", "secrets", "post_start")  # what Compose itself does as it starts a container


@dataclass(frozen=True)
class Services:
    """The services of one release at a host.

    limit  seconds that a service may take to be ready
    Raises SwitchFailed, ServiceError, and what the doors raise.
    """

    model: Model
    compose: ComposeDoor
    engine: EngineDoor
    limit: int
    listener: Listener
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def start_all(self) -> None:
        """Brings the whole stage up, in order of dependency."""
        up = self.compose.up()
        try:
            self._wait(tuple(self.model.services), settled=lambda: up.code() is not None)
            if up.code():
                lines = up.text().splitlines()[-3:]
                raise step_failed("Compose could not start the stage", [("", line) for line in lines])
        finally:
            up.interrupt()

    def run(self, service: str) -> None:
        """Runs a one-shot to its end."""
        self.begin_once([service])
        self.await_once(service)

    def begin_once(self, services: Sequence[str]) -> None:
        """Runs one-shots side by side: in a call each, as in one Compose lets the one wait for the other."""
        with ThreadPoolExecutor(len(services)) as pool:
            list(pool.map(lambda service: self.compose.replace([service]), services))

    def await_once(self, service: str) -> None:
        """Waits for the end of a one-shot."""
        self._wait((service,))

    def recreate(self, service: str) -> None:
        """Ends a service's container and starts the new one."""
        self.compose.start([service])
        self._wait((service,))

    def begin_beside(self, wanted: Mapping[str, str]) -> None:
        """Starts a new container of each of these services next to those that run; one that is there is no error.

        wanted  what each will be called, by service
        """
        seen = self.see(tuple(wanted))
        lacking = [service for service, name in wanted.items() if not self._runs(seen, service, name)]
        if lacking:
            self.compose.start_beside(_one_more(seen, lacking))
            seen = self.see(tuple(lacking))
        if lost := [wanted[service] for service in lacking if _found(seen, service, wanted[service]) is None]:
            raise step_failed(f"Compose did not make the container {lost[0]}")

    def make_beside(self, wanted: Mapping[str, str]) -> None:
        """Makes such containers and starts none of them, of those services that can be started without Compose."""
        simple = [service for service in wanted if not self.model.texts_of(service, *BY_COMPOSE)]
        seen = self.see(simple) if simple else Observation()
        lacking = [service for service in simple if _found(seen, service, wanted[service]) is None]
        if lacking:
            self.compose.make_beside(_one_more(seen, lacking))

    def _runs(self, seen: Observation, service: str, name: str) -> bool:
        """Whether a container is there, and was started; one that was only made is started."""
        there = _found(seen, service, name)
        return there is not None and (there.status != "created" or self.engine.started(name))

    def await_beside(self, service: str, container: str) -> None:
        """Waits until a container that was started next to others is ready."""
        self._wait((service,), only=container)

    def wake(self, services: Sequence[str], containers: Collection[str]) -> None:
        """Starts containers that were stopped, and waits for their services."""
        for container in containers:
            self.engine.start(container)
        self._wait(tuple(services))

    def stop(self, containers: Collection[str]) -> None:
        """Lets containers finish what they have begun, all at once, and removes them."""
        self.engine.stop_all(containers)
        self.engine.remove(containers)

    def see(self, services: Collection[str] = ()) -> Observation:
        """The containers now, all or those of these services."""
        return observe(self.engine, self.model.project, only=services)

    def _wait(self, names: tuple[str, ...], *, settled: Callable[[], bool] = lambda: True, only: str = "") -> None:
        """Waits until these services are ready or done; of one that has several containers, the one that is named."""
        deadline = self.clock() + self.limit
        baseline: dict[str, int] = {}
        while True:
            over = settled()
            states = self._states(names, only, baseline)
            self.listener.services(states)
            if failed := [name for name, health in states.items() if health.state == "failed"]:
                raise service_error(self.model, states, failed[0], self._logs(states))
            if over and all(is_ready(health) for health in states.values()):
                return
            if self.clock() > deadline:
                raise not_ready(self.model, states, self.limit, self._logs(states))
            self.sleep(LOOK_EVERY)

    def _states(self, names: tuple[str, ...], only: str, baseline: dict[str, int]) -> dict[str, ServiceHealth]:
        containers = self.see(names).containers
        if only:
            containers = tuple(c for c in containers if c.name == only or c.service not in names)
        for container in containers:
            baseline.setdefault(container.id, container.restarts)
        states = judge(self.model, Observation(containers), baseline)
        return {name: states[name] for name in names}

    def _logs(self, states: Mapping[str, ServiceHealth]) -> dict[str, tuple[str, ...]]:
        wanted = [health for health in states.values() if not is_ready(health) and health.container]
        return {h.service: self.engine.logs(h.container.id, tail=20) for h in wanted if h.container}


def _found(seen: Observation, service: str, container: str) -> Container | None:
    return next((c for c in seen.of(service) if c.name == container), None)


def _one_more(seen: Observation, services: Sequence[str]) -> dict[str, int]:
    """How many containers each of these services has with one more than run."""
    return {name: sum(c.status in ("running", "restarting") for c in seen.of(name)) + 1 for name in services}
