"""A stage at its host, as a switch sees it: containers, where the edge leads, what it has counted."""

from __future__ import annotations

from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.edge import Counts, EdgeDoor, EdgeFailed
from stagekit.doors.engine import EngineDoor
from stagekit.stage import Observation, observe
from stagekit.stage.routes import EdgeSeen, draining, read_routes, read_slots, running


@dataclass(frozen=True)
class Host:
    """The host's engine, and the Compose project of the stage there."""

    engine: EngineDoor
    project: str

    def see(self, model: Model) -> tuple[Observation, EdgeSeen]:
        """Everything a plan is made from, asked at one moment."""
        seen = observe(self.engine, self.project)
        edge = self.edge(model, seen)
        return seen, EdgeSeen() if edge is None else _edge_seen(edge)

    def edge(self, model: Model, seen: Observation) -> EdgeDoor | None:
        """The edge, while it runs."""
        service = model.block.edge.service if model.block.edge else ""
        name = next((c.name for c in seen.of(service) if c.status == "running"), "")
        return EdgeDoor(self.engine, name) if name else None

    def edge_now(self, model: Model) -> EdgeDoor | None:
        """The edge, while it runs, with no look at anything else."""
        if model.block.edge is None:
            return None
        return self.edge(model, observe(self.engine, self.project, only=(model.block.edge.service,)))

    def counts(self, model: Model) -> Counts:
        """What the edge has answered since it began; nothing while it does not run."""
        edge = self.edge_now(model)
        return edge.counts() if edge else Counts(0, 0)


def _edge_seen(edge: EdgeDoor) -> EdgeSeen:
    try:
        slots = read_slots(*edge.servers())
        return EdgeSeen(read_routes(edge.kept()), running(slots), draining(slots))
    except (EdgeFailed, FileNotFoundError):
        return EdgeSeen()  # it has just begun, or has no files yet
