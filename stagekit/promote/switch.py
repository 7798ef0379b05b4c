"""The plan of a switch: from what was observed at a host to the release that shall serve, with nothing lost on the way.

The same function plans a promotion, a rollback, and what is left to do after an interruption: it looks only at what is
there. Before traffic moves, nothing that serves is touched; after it, the old containers run until all is recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stagekit.compose import Model
from stagekit.database.schema import AtHead, Finding, Pending, Schema, Unknown
from stagekit.promote.causes import causes_of, edge_feeders, is_current, is_running, migrates
from stagekit.promote.kinds import in_order, kind_of, names_of
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
    line_of,
    more_of,
)
from stagekit.promote.target import Target
from stagekit.stage import Container, Observation
from stagekit.stage.routes import AS_THE_EDGE_HAS_IT, EdgeSeen, Server

DRAIN_LIMIT = 60  # seconds


@dataclass(frozen=True)
class SwitchPlan:
    """Steps in order; an empty plan means that the release serves.

    schema  how the database stands to the release
    """

    steps: tuple[SwitchStep, ...] = ()
    schema: Schema | None = None

    def __bool__(self) -> bool:
        return bool(self.steps)

    def lines(self) -> list[str]:
        """The plan as text."""
        return [line for step in self.steps for line in (line_of(step), *(f"  {more}" for more in more_of(step)))]

    def away(self) -> tuple[str, ...]:
        """The services that are away for a moment."""
        return tuple(step.service for step in self.steps if isinstance(step, Recreate) and step.away)

    def breaking(self) -> tuple[Finding, ...]:
        """What the migrations do that the code which serves cannot live with."""
        schemas = (step.schema for step in self.steps if isinstance(step, Migrate))
        return tuple(f for schema in schemas if isinstance(schema, Pending) for f in schema.breaking)


def plan_switch(target: Target, seen: Observation, edge: EdgeSeen) -> SwitchPlan:
    """The steps to a release."""
    model = target.model
    if not any(is_running(c) for name in model.services for c in seen.of(name)):
        every = [name for name in model.services if kind_of(model, name) in ("beside", "handover")]
        return SwitchPlan((*_secrets(target), *_clear(every, seen), *_first(model)), target.schema)
    causes = causes_of(target, seen)
    beside = [name for name in causes if kind_of(model, name) in ("beside", "handover")]
    cleared = tuple(_clear(beside, seen))
    seen = _without(cleared, seen)
    started = {name: next_name(model.project, name, seen) for name in beside}
    servers = _servers(target, seen, edge, started)
    moves = {label: server for label, server in servers.items() if not edge.leads(label, server)}
    return SwitchPlan(
        (
            *_secrets(target),
            *_keep(target, causes),
            *cleared,
            *_prepare(target, causes, seen),
            *_reload(target, causes, servers, edge),
            *_begin(model, [StartBeside(name, started[name], causes[name]) for name in in_order(model, beside)], moves),
            *_move(model, servers, moves, edge.drains & servers.keys()),
            *(() if target.recorded else (Record(),)),
            *_stop_old(target, seen, started),
        ),
        target.schema,
    )


def next_name(project: str, service: str, seen: Observation) -> str:
    """What Compose will call the next container of a service: its numbers only grow."""
    return f"{project}-{service}-{max((_number(c) for c in seen.of(service)), default=0) + 1}"


def _secrets(target: Target) -> tuple[SwitchStep, ...]:
    return (StoreSecrets(target.lacking),) if target.lacking else ()


def _first(model: Model) -> Iterator[SwitchStep]:
    yield StartAll(tuple(in_order(model, model.services)))
    servers = {
        label: Server(f"{model.project}-{name}-1", AS_THE_EDGE_HAS_IT)
        for name in model.services
        if kind_of(model, name) == "beside"
        for label in names_of(model, name)
    }
    if servers:
        yield MoveTraffic(servers)
    if model.block.smoke:
        yield Probe(model.block.smoke, servers, hidden=False)
    if servers:
        yield Drain(tuple(servers), DRAIN_LIMIT)  # what came by the service's name, before it was the container's
    yield Record()


def _clear(names: Iterable[str], seen: Observation) -> Iterator[StopOld]:
    """Containers that do not run go before one is started beside: Compose would start them, and make no new one."""
    for name in names:
        if dead := tuple(sorted((c.name for c in seen.of(name) if not is_running(c)), key=_digits)):
            yield StopOld(name, dead)


def _without(cleared: Iterable[StopOld], seen: Observation) -> Observation:
    gone = {name for step in cleared for name in step.containers}
    return replace(seen, containers=tuple(c for c in seen.containers if c.name not in gone))


def _keep(target: Target, causes: Mapping[str, str]) -> Iterator[SwitchStep]:
    """A copy of the database before anything is done to it, where migrations are pending, or may be."""
    if migrates(target.model) not in causes:
        return
    match target.schema:
        case Pending(size=size):
            yield Snapshot(target.snapshot, "a migration is pending", size)
        case Unknown(size=int() as size):
            yield Snapshot(target.snapshot, "a migration may be pending", size)


def _prepare(target: Target, causes: Mapping[str, str], seen: Observation) -> Iterator[SwitchStep]:
    """One-shots and services that cannot run twice, each after those that it waits for."""
    model = target.model
    for name in in_order(model, causes):
        kind = kind_of(model, name)
        if name == migrates(model) and isinstance(target.schema, Pending | Unknown):
            yield Migrate(name, target.schema)
        elif kind == "once":
            yield RunOnce(name, causes[name], idle=name == migrates(model) and isinstance(target.schema, AtHead))
        elif kind == "stop-first":
            yield Recreate(name, causes[name], away=any(is_running(c) for c in seen.of(name)))


def _reload(
    target: Target, causes: Mapping[str, str], servers: Mapping[str, Server], edge: EdgeSeen
) -> Iterator[ReloadEdge]:
    """The edge reads its files where they changed, or may have. What serves goes on, on the port that it has."""
    feeders = edge_feeders(target.model)
    if not feeders or not (target.resumed or feeders & causes.keys()):
        return
    cause = "its files changed" if feeders & causes.keys() else "its files may have changed before a switch was cut off"
    kept = {label: edge.kept.servers[label] for label in servers if label in edge.kept.servers}
    stays = {label for label, server in kept.items() if server.container == servers[label].container}
    yield ReloadEdge(
        cause,
        {
            label: Server(server.container, AS_THE_EDGE_HAS_IT) if label in stays else server
            for label, server in kept.items()
        },
    )


def _servers(target: Target, seen: Observation, edge: EdgeSeen, started: Mapping[str, str]) -> dict[str, Server]:
    """Where each name shall lead."""
    model = target.model
    found: dict[str, Server] = {}
    for name in model.services:
        if kind_of(model, name) != "beside":
            continue
        current = next((c.name for c in seen.of(name) if is_current(target, name, c)), "")
        for label in names_of(model, name):
            kept = edge.kept.servers.get(label)
            container = started.get(name, current)
            stays = kept and kept.container == container
            found[label] = kept if kept and stays else Server(container, AS_THE_EDGE_HAS_IT)
    return found


def _begin(model: Model, starts: Sequence[StartBeside], moves: Mapping[str, Server]) -> Iterator[SwitchStep]:
    """New containers next to the old ones; once all are ready that get traffic they are asked the smoke checks, while
    those that nobody asks still boot."""
    asked = {server.container for server in moves.values()}
    until = max((at for at, step in enumerate(starts, 1) if step.container in asked), default=0)
    yield from starts[:until]
    if checks := tuple(check for check in model.block.smoke if check.name in moves):
        yield Probe(checks, moves, hidden=True)
    yield from starts[until:]


def _move(
    model: Model, servers: Mapping[str, Server], moves: Mapping[str, Server], drains: frozenset[str]
) -> Iterator[SwitchStep]:
    """The move of traffic; of one that was cut off after it, what is left: the drain.

    drains  the names whose old container may still be answering
    """
    if moves:
        yield MoveTraffic(moves)
    if moves and model.block.smoke:
        yield Probe(model.block.smoke, servers, hidden=False)
    if rest := (*moves, *sorted(drains - moves.keys())):
        yield Drain(rest, DRAIN_LIMIT)


def _stop_old(target: Target, seen: Observation, started: Mapping[str, str]) -> Iterator[StopOld]:
    for name in target.model.services:
        if kind_of(target.model, name) not in ("beside", "handover"):
            continue
        keep = started.get(name) or next((c.name for c in seen.of(name) if is_current(target, name, c)), "")
        old = tuple(sorted((c.name for c in seen.of(name) if c.name != keep), key=_digits))
        if old:
            yield StopOld(name, old)
    for name in sorted({c.service for c in seen.containers} - target.model.services.keys()):
        yield StopOld(name, tuple(sorted((c.name for c in seen.of(name)), key=_digits)))


def _number(container: Container) -> int:
    return _digits(container.name)


def _digits(name: str) -> int:
    found = re.search(r"-(\d+)$", name)
    return int(found.group(1)) if found else 0
