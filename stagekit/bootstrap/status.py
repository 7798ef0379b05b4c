"""How the engine is, told without starting or changing anything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stagekit.bootstrap.daemon import is_alive
from stagekit.bootstrap.find import choose, find_engine
from stagekit.bootstrap.machine import Machine
from stagekit.errors import EngineError


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The engine in use, and the embedded one if it is another.

    state    running, stopped (the embedded one; the next command starts it), unusable, or none
    problem  why it cannot be used; `next` is what to type
    """

    state: str
    kind: str = ""
    host: str = ""
    version: str = ""
    compose: str = ""
    buildx: str = ""
    problem: str = ""
    next: str = ""
    embedded: str = "absent"
    embedded_home: str = ""

    @property
    def usable(self) -> bool:
        return self.state in ("running", "stopped")

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person."""
        rows = [self._first()]
        if self.next:
            rows.append(f"next: {self.next}")
        if self.kind != "embedded" and self.embedded != "absent":
            rows.append(f"an embedded engine is {self.embedded} in {self.embedded_home} and not in use")
        return rows

    def _first(self) -> str:
        if self.state == "running":
            parts = f"Compose {self.compose}, buildx {self.buildx}"
            return f"engine: Docker {self.version} ({self.kind}) at {self.host}, {parts}"
        if self.state == "stopped":
            return f"engine: the embedded one in {self.embedded_home} is stopped; the next command starts it"
        return f"engine: {self.problem}"


def status_of(machine: Machine) -> EngineStatus:
    """How the engine is. Nothing is started."""
    places = machine.places
    embedded = ("running" if is_alive(places) else "stopped") if places.installed() else "absent"
    home = str(places.home) if embedded != "absent" else ""
    try:
        return _status(machine, embedded, home)
    except EngineError as error:
        return EngineStatus("unusable", problem=error.what, next=error.next, embedded=embedded, embedded_home=home)


def _status(machine: Machine, embedded: str, home: str) -> EngineStatus:
    choice = choose(machine)
    if choice is not None and choice.kind == "embedded" and embedded == "stopped":
        return EngineStatus("stopped", "embedded", choice.host, embedded=embedded, embedded_home=home)
    found = find_engine(machine=machine) if choice is not None else None
    if found is None:
        return EngineStatus("none", problem="there is none on this machine", next="stagekit engine install")
    return EngineStatus(
        "running",
        found.kind,
        found.host,
        found.version,
        found.compose,
        found.buildx,
        embedded=embedded,
        embedded_home=home,
    )
