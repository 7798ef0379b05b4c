"""A stage goes to sleep and wakes: its containers are stopped and started, and nothing of them is made anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Observation, observe
from stagekit.stage.failure import compose_error
from stagekit.switching.services import Services

# What the engine starts again by itself after a reboot, even where a person has stopped it.
STUBBORN, YIELDING = "always", "unless-stopped"


@dataclass(frozen=True)
class Sleep:
    """One stage, here or at a host.

    Raises StagekitError where Compose refuses to stop it, or where a service does not get ready.
    """

    model: Model
    compose: ComposeDoor
    engine: EngineDoor
    services: Services

    def running(self) -> dict[str, str]:
        """The restart policy of each container that runs, by name; what runs once is left out."""
        once = self.model.one_shots()
        names = [c.name for c in self._see().containers if c.status in RUNS and c.service not in once]
        return {name: self.engine.restart_policy(name) for name in names}

    def stopped(self) -> list[str]:
        """The containers that have run and do not; what runs once is left out."""
        once = self.model.one_shots()
        return [c.name for c in self._see().containers if c.status == "exited" and c.service not in once]

    def fall(self, policies: Mapping[str, str]) -> None:
        """Stops everything, the edge first, so that nobody gets half an answer; it stays stopped after a reboot."""
        for name, policy in policies.items():
            if policy == STUBBORN:
                self.engine.set_restart_policy(name, YIELDING)
        edge = self.model.block.edge
        try:
            if edge:
                self.compose.stop([edge.service])
            self.compose.stop([])
        except ComposeFailed as failed:
            raise compose_error(failed.text) from None

    def wake(self, containers: Iterable[str], policies: Mapping[str, str]) -> None:
        """Starts these in order of dependency, the edge last, each once what it waits for is ready; until all are."""
        wanted, seen = set(containers), self._see()
        service_of = {c.name: c.service for c in seen.containers if c.name in wanted}
        for layer in layers(self.model, set(service_of.values())):
            self.services.wake(layer, [name for name, service in service_of.items() if service in layer])
        for name, policy in policies.items():
            if policy == STUBBORN and name in service_of:
                self.engine.set_restart_policy(name, policy)

    def _see(self) -> Observation:
        return observe(self.engine, self.model.project)


RUNS = ("running", "restarting", "paused")


def layers(model: Model, names: Collection[str]) -> list[tuple[str, ...]]:
    """Services in the order in which they can be started: what one waits for is in a layer before it, and the edge is
    alone in the last."""
    edge = {model.block.edge.service} & set(names) if model.block.edge else set()
    left, found = set(names) - edge, []
    while left:
        ready = {name for name in left if not _before(model, name) & left} or left
        found.append(tuple(sorted(ready)))
        left = left - ready
    return [*found, *([tuple(edge)] if edge else [])]


def _before(model: Model, name: str) -> set[str]:
    """All that a service waits for, directly or through others that run once."""
    found: set[str] = set()
    frontier = {edge.service for edge in model.services[name].depends_on} if name in model.services else set()
    while frontier:
        found |= frontier
        frontier = {e.service for n in frontier if n in model.services for e in model.services[n].depends_on} - found
    return found - {name}
