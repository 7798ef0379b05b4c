"""What the doctor judges: asked of the machine and read from the project beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagekit.compose import Model
from stagekit.doors.machine import Trust
from stagekit.doors.recipe import Recipe
from stagekit.errors import EngineError


@dataclass(frozen=True)
class EngineFacts:
    """The engine in use.

    kind    embedded, system, environment or context
    memory  bytes that its containers can have
    ahead   seconds that its clock is before this machine's; negative where it is behind
    """

    host: str
    kind: str
    version: str
    compose: str
    buildx: str
    memory: int = 0
    ahead: float = 0.0


@dataclass(frozen=True)
class PortFacts:
    """The stage's one port: free, held by this stage itself, or by somebody else.

    asked  whether a person chose it, so that it is not moved
    """

    number: int
    free: bool
    ours: bool = False
    by: str = ""
    asked: bool = False


@dataclass(frozen=True)
class CaFacts:
    """Whom the network shows, asked at an address that the whole world trusts.

    public  by the public certificate authorities alone
    file    the bundle that builds are given, and whether it is there
    bundle  by that bundle
    """

    host: str
    public: Trust
    file: str = ""
    file_there: bool = False
    bundle: Trust = "unreachable"


@dataclass(frozen=True)
class MachineFacts:
    """This machine. Sizes are in bytes; zero where it cannot be seen.

    engine   the engine, or why there is none
    names    whether the resolver knows each of the stage's names
    """

    engine: EngineFacts | EngineError | None
    memory: int
    memory_free: int
    disk_folder: str
    disk_free: int
    ca: CaFacts
    port: PortFacts | None = None
    names: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class ProjectFacts:
    """A project's definition, as rendered and as written.

    sources  text of each Compose file
    recipes  how each built service's image is made, by service
    probed   services whose image brings a health check
    """

    model: Model
    sources: Mapping[str, str]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    probed: frozenset[str] = frozenset()
