"""Why each service must change for a release."""

from __future__ import annotations

from stagekit.compose import Model
from stagekit.database.schema import Ahead, Pending, Unknown
from stagekit.promote.kinds import kind_of
from stagekit.promote.target import Target
from stagekit.stage import Container, Observation


def causes_of(target: Target, seen: Observation) -> dict[str, str]:
    """Why each service must change, of those that must."""
    causes = {name: cause for name in target.model.services if (cause := _cause(target, seen, name))}
    migrate = migrates(target.model)
    match target.schema:
        case Ahead():
            causes.pop(migrate, None)
        case Unknown() if target.back:
            causes.pop(migrate, None)
        case Pending() if migrate:
            causes.setdefault(migrate, "the schema is older than the code")
    return causes


def migrates(model: Model) -> str:
    """The one-shot that migrates; empty where there is none."""
    name = model.block.migrations.service if model.block.migrations else ""
    return name if name in model.one_shots() else ""


def _cause(target: Target, seen: Observation, name: str) -> str:
    """Why a service must change; empty where what it should be is there."""
    containers = seen.of(name)
    if any(is_current(target, name, container) for container in containers):
        return ""
    if not containers:
        return "it is not there yet"
    if any(target.defines(name, container) for container in containers):
        return "it has not finished" if kind_of(target.model, name) == "once" else "it is not healthy"
    image = target.model.services[name].image
    return "its image changed" if all(c.image != image for c in containers) else "its definition changed"


def is_current(target: Target, name: str, container: Container) -> bool:
    """Whether a container is what the release wants of a service: its definition, and well; of a one-shot, done."""
    same = target.defines(name, container)
    if kind_of(target.model, name) == "once":
        stays = target.back and name not in edge_feeders(target.model)
        return (same or stays) and container.status == "exited" and container.exit_code == 0
    return same and is_running(container) and container.health in ("healthy", "")


def edge_feeders(model: Model) -> frozenset[str]:
    """The one-shots that lay files where the edge reads them."""
    edge = model.block.edge.service if model.block.edge else ""
    once = model.one_shots()
    found = model.services[edge].depends_on if edge in model.services else ()
    return frozenset(dependency.service for dependency in found if dependency.service in once)


def is_running(container: Container) -> bool:
    """Whether its program runs, or will in a moment."""
    return container.status in ("running", "restarting")
