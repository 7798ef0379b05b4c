"""A machine that exists only in a folder, and programs that only remember what they were told."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stagekit.bootstrap.answer import Answer
from stagekit.bootstrap.machine import Machine
from stagekit.doors.local import Processes, Result

ABSENT, REFUSED = Answer("absent"), Answer("refused")


class FakeProcesses(Processes):
    """Answers by a function of the words; keeps every command."""

    def __init__(self, answer: Callable[[list[str]], Result] = lambda words: Result(0, "", "")) -> None:
        self.commands: list[list[str]] = []
        self._answer = answer

    def run(  # type: ignore[override]
        self, words: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, **rest: object
    ) -> Result:
        self.commands.append(list(words))
        return self._answer(list(words))


def plugin_answers(words: list[str]) -> Result:
    """What the plugins say of themselves."""
    version = "2.26.1-4" if "compose" in words[0] else "0.13.1"
    return Result(0, f'{{"Version": "{version}"}}', "")


class FakeMachine:
    """Builds a Machine from a folder; sockets answer as `sockets` says, all others are absent."""

    def __init__(self, folder: Path) -> None:
        self.root, self.home = folder / "root", folder / "home"
        self.home.mkdir(parents=True)
        (self.root / "usr/bin").mkdir(parents=True)
        self.sockets: dict[str, Answer] = {}
        self.env: dict[str, str] = {"PATH": str(self.root / "usr/bin")}
        self.processes = FakeProcesses(plugin_answers)
        self.system, self.uid = "Linux", 0

    def program(self, path: str) -> Path:
        """Puts a program at a path below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="utf-8")
        file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        return file

    def client(self) -> None:
        """Installs the docker client with its plugins."""
        self.program("usr/bin/docker")
        for name in ("compose", "buildx"):
            self.program(f"usr/libexec/docker/cli-plugins/docker-{name}")

    def system_socket(self, answer: Answer) -> None:
        """Lets the machine's own socket answer."""
        self.sockets[str(self.root / "var/run/docker.sock")] = answer

    @property
    def machine(self) -> Machine:
        return Machine(
            env=self.env,
            home=self.home,
            uid=self.uid,
            system=self.system,
            root=self.root,
            ask=lambda path: self.sockets.get(path, ABSENT),
            processes=self.processes,
        )
