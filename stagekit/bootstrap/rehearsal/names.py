"""The names of a rehearsal host, of its files, ports and Compose project: all derive from the checkout and its name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stagekit.errors import UsageError
from stagekit.stage import choose_port, project_name

MAIN = "main"
FIRST_SSH_PORT = 22000
SSH_PORTS = 1000


@dataclass(frozen=True)
class Rehearsal:
    """One rehearsal host of one checkout.

    directory  the project's folder
    name       `main`, unless several stand side by side. Raises UsageError for one that makes no stage's name
    """

    directory: Path
    name: str = MAIN

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", self.name):
            raise UsageError(
                f"{self.name!r} is no name for a rehearsal host",
                next="take at most 20 small letters, digits and dashes, such as --name second",
            )

    @property
    def stage(self) -> str:
        """The stage that runs there."""
        return "rehearsal" if self.name == MAIN else f"rehearsal-{self.name}"

    @property
    def env_file(self) -> str:
        """That stage's settings file."""
        return f".env.{self.stage}"

    @property
    def folder(self) -> str:
        """Where its keys are, from the project's folder."""
        return f".stagekit/rehearsal/{self.name}"

    @property
    def project(self) -> str:
        """Its Compose project at the engine of this machine."""
        return f"{project_name(str(self.directory))}-rehearsal-{self.name}"

    def path(self, name: str) -> Path:
        """One of its files, absolute."""
        return self.directory / self.folder / name

    def ssh_port(self, is_free: Callable[[int], bool]) -> int:
        """The port of this machine's loopback where its sshd answers: its own, or the next free one."""
        first = int(hashlib.sha256(self._seed().encode()).hexdigest()[:8], 16) % SSH_PORTS
        candidates = (FIRST_SSH_PORT + (first + step) % SSH_PORTS for step in range(SSH_PORTS))
        return next((port for port in candidates if is_free(port)), FIRST_SSH_PORT + first)

    def edge_port(self, is_free: Callable[[int], bool]) -> int:
        """The port of the stage's edge, the same inside and outside."""
        return choose_port(self._seed(), is_free)

    def _seed(self) -> str:
        return f"{self.directory}#{self.name}"


def rehearsals(directory: Path) -> tuple[Rehearsal, ...]:
    """Those of this checkout that were brought up, by name."""
    found = sorted(path.parent.name for path in (directory / ".stagekit" / "rehearsal").glob("*/machine.json"))
    return tuple(Rehearsal(directory, name) for name in found)
