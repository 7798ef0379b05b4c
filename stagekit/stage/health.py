"""What an observation means: each service's state, the stage's state, and which failure is the root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stagekit.compose import Model
from stagekit.compose.model import COMPLETED, HEALTHY
from stagekit.stage.observation import Container, Observation

ServiceState = Literal["absent", "waiting", "starting", "healthy", "done", "failed"]
StageState = Literal["healthy", "starting", "degraded", "stopped"]


@dataclass(frozen=True)
class ServiceHealth:
    """One service's state.

    waits_for   the services that hold it back, while it is waiting
    reason      what happened, while it is failed
    """

    service: str
    state: ServiceState
    waits_for: tuple[str, ...] = ()
    reason: str = ""
    container: Container | None = None


def judge(
    model: Model, observation: Observation, baseline: Mapping[str, int] | None = None
) -> dict[str, ServiceHealth]:
    """The state of every service of the model, by name.

    baseline  restart counts by container id that are no news: a crash before it is forgiven
    """
    known = baseline or {}
    one_shots = model.one_shots()
    alone = {name: _alone(name, name in one_shots, observation, known) for name in model.services}
    return {name: _with_waits(model, name, alone) for name in model.services}


def stage_state(states: Mapping[str, ServiceHealth]) -> StageState:
    """The stage in one word."""
    kinds = {health.state for health in states.values()}
    if not kinds or kinds <= {"absent", "done"} or not _any_alive(states):
        return "stopped"
    if kinds <= {"healthy", "done"}:
        return "healthy"
    return "degraded" if kinds & {"failed", "absent"} else "starting"


def is_ready(health: ServiceHealth) -> bool:
    """Whether nothing more is to be waited for."""
    return health.state in ("healthy", "done")


def roots(model: Model, states: Mapping[str, ServiceHealth]) -> tuple[str, ...]:
    """The failed services that have no failed service before them, in name order: the others only follow."""
    failed = {name for name, health in states.items() if health.state == "failed"}
    return tuple(sorted(name for name in failed if not _before(model, name) & failed))


def _any_alive(states: Mapping[str, ServiceHealth]) -> bool:
    containers = [health.container for health in states.values() if health.container]
    return any(c.status in ("running", "restarting") or _died_badly(c) for c in containers)


def _died_badly(container: Container) -> bool:
    # 137 and 143 are what `stop` leaves behind.
    return container.status in ("exited", "dead") and container.exit_code not in (0, 137, 143)


def _alone(name: str, one_shot: bool, observation: Observation, baseline: Mapping[str, int]) -> ServiceHealth:
    containers = observation.of(name)
    if not containers:
        return ServiceHealth(name, "absent")
    newest = max(containers, key=lambda c: c.created_at)
    return _of_container(name, one_shot, newest, baseline)


def _of_container(name: str, one_shot: bool, c: Container, baseline: Mapping[str, int]) -> ServiceHealth:
    if c.status == "created" and not c.error:
        return ServiceHealth(name, "waiting", container=c)
    if one_shot and c.status == "exited" and c.exit_code == 0:
        return ServiceHealth(name, "done", container=c)
    failure = _failure(c, baseline)
    if failure:
        return ServiceHealth(name, "failed", reason=failure, container=c)
    if one_shot or c.health == "starting":
        return ServiceHealth(name, "starting", container=c)
    return ServiceHealth(name, "healthy", container=c)


def _failure(c: Container, baseline: Mapping[str, int]) -> str:
    if c.oom_killed:
        limit = f" of {c.memory / (1 << 20):,.0f} MiB" if c.memory else ""
        return f"it was killed because it needed more memory than its limit{limit}"
    if c.error:
        return f"it could not be started: {c.error}"
    if c.status == "running" and c.restarts > baseline.get(c.id, 0) and not c.exit_code:
        return "it exited, and was started again"  # the engine has forgotten its exit code by then
    if c.status in ("exited", "dead", "restarting") or c.restarts > baseline.get(c.id, 0):
        return f"it exited with {c.exit_code}"
    if c.status == "paused":
        return "it is paused"
    if c.health == "unhealthy":
        return "its health check fails"
    return ""


def _with_waits(model: Model, name: str, alone: Mapping[str, ServiceHealth]) -> ServiceHealth:
    health = alone[name]
    if health.state not in ("waiting", "absent"):
        return health
    waits = tuple(
        edge.service
        for edge in model.services[name].depends_on
        if edge.condition in (HEALTHY, COMPLETED) and edge.service in alone and not is_ready(alone[edge.service])
    )
    return ServiceHealth(name, health.state, waits_for=waits, container=health.container)


def _before(model: Model, name: str) -> set[str]:
    found: set[str] = set()
    frontier = {edge.service for edge in model.services[name].depends_on}
    while frontier:
        found |= frontier
        frontier = {e.service for n in frontier if n in model.services for e in model.services[n].depends_on} - found
    return found
