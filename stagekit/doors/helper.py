"""Containers of stagekit's own, made for one task beside a stage and gone after it."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any

import docker.errors
import requests

from stagekit.doors.client import Client, EngineGone

PIECE = 1 << 20  # bytes
SILENCE = 86_400  # seconds
EMPTY = ("stagekit/empty", "1")
PROJECT = "com.docker.compose.project"


@dataclass(frozen=True)
class Task:
    """A container for one task.

    name         fixed, so that what a killed deployer left is found and removed; empty lets the engine choose
    environment  by key
    network      `none`, or `container:NAME` for that of a container that runs
    volumes      where each is mounted, by name; they are made where they are not there
    like         a container whose mounts it has too, read-only
    user         as in `docker run`; empty for the image's own
    program      runs the words by this program instead of the image's own entrypoint
    """

    image: str
    words: Sequence[str] = ()
    name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    network: str = "none"
    volumes: Mapping[str, str] = field(default_factory=dict)
    like: str = ""
    user: str = ""
    program: str = ""


@dataclass(frozen=True)
class Said:
    """What a task said."""

    code: int
    out: str
    err: str


class NoImage(Exception):
    """The engine does not have the image of a task."""


class HelperFailed(Exception):
    """The engine refused a task; `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class HelperDoor:
    """Runs tasks at one engine, however long they take. What they read and write stays there.

    host  the engine's address
    Raises NoImage and HelperFailed.
    """

    def __init__(self, host: str) -> None:
        self._host = host

    @cached_property
    def _api(self) -> Client:
        return Client(base_url=self._host, version="auto", timeout=30)

    @cached_property
    def _patient(self) -> Client:
        """For what may be silent for long."""
        return Client(base_url=self._host, version="auto", timeout=SILENCE)

    def run(self, task: Task) -> Said:
        """Runs a task to its end."""
        with self._made(task) as made:
            self._api.start(made)
            # No limit: a large database takes its time. A lost connection ends the wait.
            code = int(self._api.wait(made, timeout=None)["StatusCode"])
            out, err = (self._api.logs(made, stdout=not stderr, stderr=stderr) for stderr in (False, True))
            return Said(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def finish(self, container: str, hear: Callable[[str], None]) -> Said:
        """Waits for a container that somebody else began, and removes it, also where the wait is broken off.

        hear  gets each line when it is written, of both streams
        """
        try:
            rest = b""
            for piece in self._patient.logs(container, stream=True, follow=True):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    hear(line.decode("utf-8", "replace"))
            code = int(self._api.wait(container, timeout=None)["StatusCode"])
            out, err = (self._api.logs(container, stdout=not stderr, stderr=stderr) for stderr in (False, True))
            return Said(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))
        except docker.errors.APIError as refused:
            raise HelperFailed(str(refused.explanation or refused)) from None
        except requests.exceptions.RequestException as gone:  # in the middle of an answer
            raise EngineGone(str(gone)) from None
        finally:
            with contextlib.suppress(EngineGone):
                self.remove(container)

    def remove(self, container: str) -> None:
        """Ends and removes a container; none is no error."""
        self._remove(container)

    def environment(self, container: str) -> dict[str, str]:
        """The environment that a container was made with."""
        pairs = (pair.partition("=") for pair in self._api.inspect_container(container)["Config"]["Env"] or ())
        return {key: value for key, _, value in pairs}

    @contextlib.contextmanager
    def reading(self, task: Task, path: str) -> Iterator[IO[bytes]]:
        """A file of a volume, as a stream. The task is made for its volumes, and never started.

        Raises FileNotFoundError where it is not there.
        """
        with self._made(task) as made:
            try:
                pieces, _ = self._api.get_archive(made, path, chunk_size=PIECE)
            except docker.errors.NotFound:
                raise FileNotFoundError(path) from None
            with tarfile.open(fileobj=io.BufferedReader(_Stream(pieces), PIECE), mode="r|") as archive:
                entry = archive.next()
                content = archive.extractfile(entry) if entry else None
                if content is None:
                    raise FileNotFoundError(path)
                yield content

    def write(self, task: Task, folder: str, name: str, content: IO[bytes], size: int, *, mode: int = 0o600) -> None:
        """Writes a file of root's into a volume, as a stream. The task is made for its volumes, and never started."""
        with self._made(task) as made:
            self._api.put_archive(made, folder, _archive(name, content, size, mode))

    @contextlib.contextmanager
    def empty_image(self) -> Iterator[str]:
        """An image with nothing in it, for tasks that are never started: an engine may have no other one yet."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            folder = tarfile.TarInfo("empty")
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        try:
            self._api.import_image_from_data(buffer.getvalue(), repository=EMPTY[0], tag=EMPTY[1])
            yield ":".join(EMPTY)
            self._api.remove_image(":".join(EMPTY))
        except docker.errors.APIError as refused:
            raise HelperFailed(str(refused.explanation or refused)) from None

    def make_volume(self, name: str, *, project: str) -> None:
        """A volume that belongs to a Compose project."""
        try:
            self._api.create_volume(name, labels={PROJECT: project})
        except docker.errors.APIError as refused:
            raise HelperFailed(str(refused.explanation or refused)) from None

    def remove_volume(self, name: str) -> None:
        """Removes a volume that no container has; one that is not there is no error."""
        try:
            self._api.remove_volume(name)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as refused:
            raise HelperFailed(str(refused.explanation or refused)) from None

    @contextlib.contextmanager
    def _made(self, task: Task) -> Iterator[str]:
        try:
            with self._created(task) as made:
                yield made
        except docker.errors.APIError as refused:
            raise HelperFailed(str(refused.explanation or refused)) from None

    @contextlib.contextmanager
    def _created(self, task: Task) -> Iterator[str]:
        self._remove(task.name)
        host = self._api.create_host_config(
            network_mode=task.network,
            binds=[f"{name}:{path}" for name, path in task.volumes.items()],
            volumes_from=[f"{task.like}:ro"] if task.like else None,
        )
        try:
            made = self._api.create_container(
                task.image,
                command=list(task.words) or None,
                name=task.name or None,
                entrypoint=[task.program] if task.program else None,
                environment=dict(task.environment),
                user=task.user or None,
                healthcheck={"test": ["NONE"]},
                host_config=host,
            )["Id"]
        except docker.errors.ImageNotFound:
            raise NoImage(task.image) from None
        try:
            yield made
        finally:
            self._remove(made)

    def _remove(self, container: str) -> None:
        if container:
            with contextlib.suppress(docker.errors.NotFound):
                self._api.remove_container(container, force=True, v=True)


def _archive(name: str, content: IO[bytes], size: int, mode: int = 0o600) -> Iterator[bytes]:
    """An archive of one file, in pieces: it may be larger than memory."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, mode
    yield entry.tobuf()
    sent = 0
    while piece := content.read(PIECE):
        sent += len(piece)
        yield piece
    yield b"\0" * (-sent % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)


class _Stream(io.RawIOBase):
    """Pieces, read as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(self._rest), len(buffer))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
