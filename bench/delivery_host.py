"""The host that deliveries are measured against: a rehearsal host of the bench's own, its link held to a rate."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.programs import STAGEKIT, Failed, run
from stagekit.settings import read_lines

EVERYTHING = (
    "docker ps -aq | xargs -r docker rm -f >/dev/null; docker image prune -af >/dev/null; "
    "docker builder prune -af >/dev/null; rm -rf /home/deploy/.local/state/stagekit"
)


@dataclass(frozen=True)
class Host:
    """One rehearsal host. `directory` is the project that it belongs to."""

    directory: Path
    name: str

    @property
    def stage(self) -> str:
        return f"rehearsal-{self.name}"

    def up(self, *, store: str, rate: str) -> None:
        """Makes it, or gives its link another rate."""
        run([*self._stagekit(), "rehearsal", "up", "--name", self.name, "--store", store, "--rate", rate])

    def down(self) -> None:
        """Removes it."""
        run([*self._stagekit(), "rehearsal", "down", "--name", self.name])

    def empty(self) -> None:
        """Removes every image, and what a builder kept."""
        run([*self._stagekit(), "rehearsal", "ssh", "--name", self.name, "--", EVERYTHING])

    def ssh(self) -> list[str]:
        """The words of plain ssh to it."""
        settings = read_lines("", (self.directory / f".env.{self.stage}").read_text()).values
        address = settings["STAGEKIT_HOST"].removeprefix("ssh://")
        user, _, port = address.partition("@")[0], "", address.rpartition(":")[2]
        return ["ssh", "-F", str(self.directory / settings["STAGEKIT_SSH_CONFIG"]), "-p", port, f"{user}@127.0.0.1"]

    def address(self) -> str:
        """What DOCKER_HOST has."""
        return read_lines("", (self.directory / f".env.{self.stage}").read_text()).values["STAGEKIT_HOST"]

    def _stagekit(self) -> list[str]:
        return [STAGEKIT, "--project-directory", str(self.directory)]


def pipeline(*programs: Sequence[str], environment: dict[str, str]) -> None:
    """Programs joined by pipes. Raises Failed with the last one's words."""
    running: list[subprocess.Popen[bytes]] = []
    for words in programs:
        source = running[-1].stdout if running else subprocess.DEVNULL
        running.append(
            subprocess.Popen(words, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        )
        if len(running) > 1 and running[-2].stdout:
            running[-2].stdout.close()
    _, error = running[-1].communicate()
    if any(program.wait() for program in running):
        raise Failed(f"{programs[-1][0]}: {error.decode(errors='replace')[-300:]}")
