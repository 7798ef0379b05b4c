"""The steps of a switch. Values only: every name is decided in the plan, so steps hand each other nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from stagekit.compose import Model
from stagekit.compose.block import Smoke
from stagekit.database.schema import Pending, Unknown, details, verdict, way
from stagekit.stage.routes import Server


@dataclass(frozen=True)
class StartAll:
    """Bring up a stage that does not run yet, in order of dependency, and wait until it is ready."""

    services: tuple[str, ...]


@dataclass(frozen=True)
class StoreSecrets:
    """Store versions of secrets that the release names and the stage has not: generated, or what the promoter gives."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class RunOnce:
    """Run a one-shot of the new release to its end.

    idle  it migrates, and no migration is pending: nothing waits for it
    """

    service: str
    cause: str
    idle: bool = False


@dataclass(frozen=True)
class Snapshot:
    """Keep a copy of the database as it is.

    size  bytes of the database; it differs from one moment to the next, and makes no other plan
    """

    name: str
    cause: str
    size: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Migrate:
    """Run the one-shot that brings the schema to the release's head, to its end."""

    service: str
    schema: Pending | Unknown


@dataclass(frozen=True)
class Recreate:
    """End a service's container, and start the new one in its place.

    away  whether it is away meanwhile: not where nothing of it runs
    """

    service: str
    cause: str
    away: bool = True


@dataclass(frozen=True)
class StartBeside:
    """Start a new container next to the ones that run, and wait until it is ready."""

    service: str
    container: str
    cause: str


@dataclass(frozen=True)
class Probe:
    """Ask the smoke checks: of what does not serve yet, through the hidden way, or of what serves."""

    checks: tuple[Smoke, ...]
    servers: Mapping[str, Server]
    hidden: bool


@dataclass(frozen=True)
class MoveTraffic:
    """Let new requests of these names go to new containers: what the edge keeps first, then the running edge."""

    servers: Mapping[str, Server]


@dataclass(frozen=True)
class ReloadEdge:
    """Let the running edge read its files anew.

    servers  what serves, of the names that a switch moves; without a port where it stays, and the new files have it
    """

    cause: str
    servers: Mapping[str, Server] = field(default_factory=dict)


@dataclass(frozen=True)
class Drain:
    """Wait until the old containers of these names have answered what they were asked, at most `limit` seconds."""

    names: tuple[str, ...]
    limit: int


@dataclass(frozen=True)
class Record:
    """Write down that the release serves."""


@dataclass(frozen=True)
class StopOld:
    """End containers that serve nobody any more, and remove them. They finish what they have begun."""

    service: str
    containers: tuple[str, ...]


SwitchStep = (
    StoreSecrets
    | StartAll
    | RunOnce
    | Snapshot
    | Migrate
    | Recreate
    | StartBeside
    | Probe
    | MoveTraffic
    | ReloadEdge
    | Drain
    | Record
    | StopOld
)


def starting(steps: Sequence[SwitchStep], model: Model) -> tuple[StartBeside, ...]:
    """The containers that may start during the first of these steps: their services wait for none that it comes before.

    While migrations run nothing else starts.
    """
    return tuple(step for step in _at_once(steps, model) if isinstance(step, StartBeside))


def running(steps: Sequence[SwitchStep], model: Model) -> tuple[str, ...]:
    """The one-shots that may run during the first of these steps, where it is one: they wait for none before them."""
    return tuple(step.service for step in _at_once(steps, model) if isinstance(step, RunOnce))


def _at_once(steps: Sequence[SwitchStep], model: Model) -> Iterator[RunOnce | StartBeside]:
    waits: set[str] = set()
    for step in steps:
        match step:
            case RunOnce(service, _, idle) if idle or not _migrates(service, model):
                after = set() if idle else {service, *model.dependents(service)}
            case StartBeside(service, _, _):
                after = {service, *model.dependents(service)}
            case Probe(hidden=True):
                continue
            case _:
                return
        if service not in waits:
            yield step
        waits |= after


def coming(steps: Sequence[SwitchStep]) -> tuple[StartBeside, ...]:
    """The containers that start once the one-shots which these steps begin with are done: they may be made before."""
    until = takewhile(lambda step: isinstance(step, RunOnce | Migrate | StartBeside) or _is_hidden(step), steps)
    return tuple(step for step in until if isinstance(step, StartBeside))


def ending(steps: Sequence[SwitchStep]) -> tuple[str, ...]:
    """The containers that may end during the first of these steps, where it is one that ends some."""
    stops = takewhile(lambda step: isinstance(step, StopOld), steps)
    return tuple(name for step in stops if isinstance(step, StopOld) for name in step.containers)


def _is_hidden(step: SwitchStep) -> bool:
    return isinstance(step, Probe) and step.hidden


def _migrates(service: str, model: Model) -> bool:
    return model.block.migrations is not None and model.block.migrations.service == service


def counted(checks: int) -> str:
    """`one question`, `4 questions`."""
    return "one question" if checks == 1 else f"{checks} questions"


def line_of(step: SwitchStep) -> str:
    """One step as a line of a plan."""
    match step:
        case StoreSecrets(names):
            return f"store     {', '.join(names)}: the stage has no such version yet"
        case StartAll(services):
            return f"start     {len(services)} services, because the stage does not run yet"
        case RunOnce(service, cause, idle):
            return f"run       {service:<12} because {cause}{'; nothing waits for it: none is pending' if idle else ''}"
        case Snapshot(name, cause, size):
            return f"snapshot  {name:<12} {size / 1e6:.0f} MB, because {cause}"
        case Migrate(_, schema):
            return f"migrate   {way(schema)}, {verdict(schema)}"
        case Recreate(service, cause, away):
            return f"restart   {service:<12} because {cause}{'; it is away for a moment' if away else ''}"
        case StartBeside(service, _, cause):
            return f"switch    {service:<12} beside the old one, because {cause}"
        case Probe(checks, _, hidden):
            return f"check     {counted(len(checks))}, {'before traffic moves' if hidden else 'after it has moved'}"
        case MoveTraffic(servers):
            return f"move      {', '.join(servers)}"
        case ReloadEdge(cause, _):
            return f"reload    {'edge':<12} because {cause}; no connection is closed"
        case Drain(names, limit):
            return f"drain     {', '.join(names)}, at most {limit} s"
        case Record():
            return "record    the release"
        case StopOld(service, containers):
            return f"stop      {service:<12} {', '.join(containers)}"


def more_of(step: SwitchStep) -> list[str]:
    """What there is to say of a step beyond its line."""
    return details(step.schema) if isinstance(step, Migrate) else []
