"""A throw-away host for tests: a second Docker engine behind a real sshd, gone when they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekit.bootstrap.rehearsal import Rehearsal, Wanted
from stagekit.cli.hosts import reach
from stagekit.doors.far import Remote
from stagekit.doors.ssh import SshDoor
from stagekit.hosts import Target, parse_target
from stagekit.testing.stage import run_stagekit

if TYPE_CHECKING:
    import subprocess


@dataclass(frozen=True)
class RehearsalHost:
    """A rehearsal host that is up.

    directory  the project that it belongs to
    stage      the stage that runs there, for `--stage`
    address    what STAGEKIT_HOST has
    config     the SSH configuration file that leads there
    port       of the stage's edge, on this machine's loopback
    """

    directory: Path
    name: str
    stage: str
    address: str
    config: Path
    port: int

    @property
    def target(self) -> Target:
        """Whom to connect to."""
        return parse_target(self.address)

    def connect(self, user: str = "", *, within: float = 12.0) -> SshDoor:
        """A connection; `engine_host` of it is the address of the engine there. Use it in a `with`."""
        target = self.target
        return reach(Target(target.name, user or target.user, target.port), self.config, within=within)

    def run(self, *words: str, user: str = "root", **options: Any) -> Remote:
        """Runs a program there to its end."""
        with self.connect(user) as host:
            return host.run(words, **options)

    def stagekit(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs `stagekit` in the project's folder; output is captured."""
        return run_stagekit(self.directory, *words, **options)


@contextmanager
def rehearsal(directory: Path, name: str, *options: str) -> Iterator[RehearsalHost]:
    """A rehearsal host of a project, with the options of `stagekit rehearsal up`; whatever came up is removed."""
    try:
        done = run_stagekit(directory, "rehearsal", "up", "--name", name, *options)
        assert done.returncode == 0, f"no rehearsal host:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        yield read(directory, name)
    finally:
        run_stagekit(directory, "rehearsal", "down", "--name", name)


def read(directory: Path, name: str) -> RehearsalHost:
    """The one of this name, as it was brought up last."""
    named = Rehearsal(directory.resolve(), name)
    wanted = Wanted.read(json.loads(named.path("machine.json").read_text(encoding="utf-8")))
    return RehearsalHost(
        directory=directory,
        name=name,
        stage=named.stage,
        address=wanted.address,
        config=named.path("ssh_config"),
        port=wanted.port,
    )
