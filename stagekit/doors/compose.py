"""Docker Compose and buildx, through python-on-whales."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from python_on_whales import DockerClient
from python_on_whales.exceptions import DockerException


class ComposeFailed(Exception):
    """Compose ended with an error; `text` is what it wrote to stderr."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Running:
    """A Compose call under way."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the call
        self._process = subprocess.Popen(
            list(words), env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._stderr
        )

    def code(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def text(self) -> str:
        """What it has written to stderr."""
        self._stderr.seek(0)
        return self._stderr.read().decode("utf-8", "replace")

    def interrupt(self, *, patience: float = 20.0) -> None:
        """Asks it to stop, and waits; ends it after `patience` seconds."""
        if self.code() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ComposeDoor:
    """One Compose project in one directory.

    docker     path of the docker client
    host       the engine's address
    files      Compose files, in order; their paths are absolute
    project    the project name; None lets Compose find it (COMPOSE_PROJECT_NAME in .env)
    variables  what the files interpolate, over the process environment
    """

    def __init__(
        self,
        *,
        docker: str,
        host: str,
        directory: Path,
        files: Sequence[Path],
        project: str | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self._variables = dict(variables or {})
        self._client = DockerClient(
            client_call=[docker],
            host=host,
            compose_files=[str(file) for file in files],
            compose_project_name=project,
            compose_project_directory=str(directory),
        )

    def set(self, name: str, value: str) -> None:
        """Gives what the files interpolate another value."""
        self._variables[name] = value

    def render(self) -> str:
        """`docker compose config --format json`. Raises ComposeFailed with Compose's own words."""
        return self._text("config", "--format", "json")

    def definitions(self) -> dict[str, str]:
        """Compose's hash of each service's definition, by service."""
        lines = self._text("config", "--hash", "*").split("\n")
        return {words[0]: words[1] for line in lines if len(words := line.split()) == 2}

    def build(self, services: Sequence[str]) -> Iterator[str]:
        """Builds the images of these services; yields the builder's lines. Raises ComposeFailed."""
        return self._stream("build", *services)

    def pull(self, services: Sequence[str]) -> Iterator[str]:
        """Pulls the images of these services; yields Compose's lines. Raises ComposeFailed."""
        return self._stream("pull", "--ignore-buildable", *services)

    def up(self) -> Running:
        """Begins to create and start what is not as defined, in order of dependency."""
        return Running(
            self.words("up", "--detach", "--no-build", "--remove-orphans", "--quiet-pull"), self.environment()
        )

    def replace(self, services: Sequence[str]) -> None:
        """Makes these services' containers anew, and no others. Raises ComposeFailed."""
        self._text("up", "--detach", "--no-build", "--no-deps", "--force-recreate", *services)

    def start(self, services: Sequence[str]) -> None:
        """Creates and starts these services, anew where they differ, and no others. Raises ComposeFailed."""
        self._text("up", "--detach", "--no-build", "--no-deps", *services)

    def start_beside(self, counts: Mapping[str, int]) -> None:
        """Starts containers of services next to those that run, until each has so many. Raises ComposeFailed."""
        self._text("up", "--detach", *_beside(counts))

    def make_beside(self, counts: Mapping[str, int]) -> None:
        """Makes such containers, and starts none: what Compose writes into one as it starts it is not in them then.

        Raises ComposeFailed.
        """
        self._text("up", "--no-start", *_beside(counts))

    def down(self, *, volumes: bool, at_once: bool = False) -> None:
        """Stops and removes the project's containers and network; its volumes too where asked.

        at_once  they are killed: nothing of what they were about to write is wanted
        """
        options = [*(["--volumes"] if volumes else []), *(["--timeout", "0"] if at_once else [])]
        self._text("down", "--remove-orphans", *options)

    def stop(self, services: Sequence[str]) -> None:
        """Stops these services, or all; their containers stay. Raises ComposeFailed."""
        self._text("stop", *services)

    def begin_once(self, service: str, words: Sequence[str], *, name: str, variables: Mapping[str, str]) -> None:
        """Starts a container of its own from a service's definition, as it is on the stage, and does not wait for it.

        name       the container's
        variables  of its environment, where they differ; their values are in no command line
        Raises ComposeFailed.
        """
        given = [word for key in variables for word in ("--env", key)]
        self._text("run", "--detach", "--no-deps", "--name", name, *given, service, *words, more=variables)

    def words(self, *words: str) -> list[str]:
        """The command line of a Compose call that takes the terminal over: logs, exec."""
        return [str(word) for word in self._client.client_config.docker_compose_cmd] + list(words)

    def environment(self) -> dict[str, str]:
        """The environment for `words`."""
        return {**os.environ, **self._variables}

    def _text(self, *words: str, more: Mapping[str, str] | None = None) -> str:
        from python_on_whales.utils import run

        try:
            return str(run(self.words(*words), env={**self._variables, **(more or {})}) or "")
        except DockerException as failed:
            raise ComposeFailed(failed.stderr or str(failed)) from None

    def _stream(self, *words: str) -> Iterator[str]:
        from python_on_whales.utils import stream_stdout_and_stderr

        try:
            for _, line in stream_stdout_and_stderr(self.words("--progress", "plain", *words), env=self._variables):
                yield line.decode("utf-8", "replace").rstrip("\n")
        except DockerException as failed:
            raise ComposeFailed(failed.stderr or str(failed)) from None


def _beside(counts: Mapping[str, int]) -> list[str]:
    scale = [word for service, count in counts.items() for word in ("--scale", f"{service}={count}")]
    return ["--no-build", "--no-deps", "--no-recreate", *scale, *counts]
