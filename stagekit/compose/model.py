"""The Compose files, rendered once and frozen. After this nothing is a dict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagekit.compose.block import EMPTY, Block

COMPLETED = "service_completed_successfully"
HEALTHY = "service_healthy"


@dataclass(frozen=True)
class Dependency:
    """`depends_on`: the service waited for, and for what."""

    service: str
    condition: str


@dataclass(frozen=True)
class Build:
    """How a service's image is built. Paths are absolute."""

    context: str
    dockerfile: str
    target: str = ""
    args: tuple[tuple[str, str], ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Port:
    """A published port. `published` is empty where the engine chooses."""

    target: int
    published: str = ""
    host: str = ""


@dataclass(frozen=True)
class Mount:
    """A mount of kind `bind`, `volume` or `tmpfs`."""

    kind: str
    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Service:
    """One service as Compose understands it, with everything interpolated."""

    name: str
    image: str
    build: Build | None = None
    depends_on: tuple[Dependency, ...] = ()
    probed: bool = False
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    container_name: str = ""
    memory: int = 0


@dataclass(frozen=True)
class Text:
    """A text of the rendered definition, and the keys that lead to it."""

    path: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Model:
    """The whole definition.

    project    the Compose project name
    directory  absolute path of the project
    files      the Compose files it was rendered from, in order
    texts      every text of it, whatever it is for, but those of the block's `guards`
    """

    project: str
    directory: str
    files: tuple[str, ...]
    services: Mapping[str, Service]
    block: Block = field(default=EMPTY)
    texts: tuple[Text, ...] = field(default=(), repr=False)

    def one_shots(self) -> frozenset[str]:
        """Services that are meant to end: some other service waits for them to complete."""
        waits = (edge for service in self.services.values() for edge in service.depends_on)
        return frozenset(edge.service for edge in waits if edge.condition == COMPLETED)

    def texts_of(self, service: str, *keys: str) -> tuple[Text, ...]:
        """The texts of a service's definition below these keys."""
        sought = [(key,) for key in keys]
        return tuple(text for text in self.texts if text.path[:2] == ("services", service) and text.path[2:3] in sought)

    def dependents(self, name: str) -> tuple[str, ...]:
        """Every service that waits for `name`, directly or through others, in name order."""
        found: set[str] = set()
        frontier = {name}
        while frontier:
            frontier = {s.name for s in self.services.values() if _waits_for(s, frontier)} - found
            found |= frontier
        return tuple(sorted(found))


def _waits_for(service: Service, names: set[str]) -> bool:
    return any(edge.service in names for edge in service.depends_on)
