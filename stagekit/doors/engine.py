"""The Docker engine, through the Docker SDK: what runs, what images are there, logs."""

from __future__ import annotations

import contextlib
import io
import tarfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import docker.errors

from stagekit.doors.client import Client, EngineGone
from stagekit.doors.line import LISTEN, Line, LineLost

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
SETTLES = 0.5  # seconds
ONE_OFF = "com.docker.compose.oneoff"
GRACE = 3600  # seconds; more than a container may take to end


class EngineDoor:
    """One engine. Every question goes to it anew; nothing is remembered but lines. Answers are the engine's own JSON.

    host  `unix:///…` or another address the SDK takes
    Raises EngineGone where it does not answer.
    """

    def __init__(self, host: str, *, timeout: int = 30) -> None:
        self.host = host
        self._api = Client(base_url=host, version="auto", timeout=timeout)
        self._lines: defaultdict[str, list[Line]] = defaultdict(list)

    def info(self) -> dict[str, Any]:
        """`docker info`."""
        return dict(self._api.info())

    def version(self) -> str:
        """The engine's version, such as 26.1.5."""
        return str(self._api.version()["Version"])

    def containers(self, project: str, services: Collection[str] = ()) -> Iterator[dict[str, Any]]:
        """`docker inspect` of every container of a Compose project, or of these services of it; those of `compose run`
        left out."""
        listed = self._api.containers(all=True, filters={"label": [f"{PROJECT}={project}", f"{ONE_OFF}=False"]})
        for row in listed:
            if services and row["Labels"].get(SERVICE) not in services:
                continue
            try:
                yield dict(self._api.inspect_container(row["Id"]))
            except docker.errors.NotFound:
                continue  # it went between the two questions

    def remove(self, containers: Iterable[str]) -> None:
        """Removes containers that do not run, by name or id; one that is gone already is no error."""
        for container in containers:
            with contextlib.suppress(docker.errors.NotFound):
                self._api.remove_container(container)

    def image(self, reference: str) -> dict[str, Any] | None:
        """`docker image inspect`, or None where there is no such image."""
        try:
            return dict(self._api.inspect_image(reference))
        except docker.errors.NotFound:
            return None

    def registry_answers(self, reference: str) -> bool:
        """Whether a registry, or a mirror that the engine is set to, offers the image now."""
        try:
            for _ in self._api.pull(reference, stream=True):
                return True  # the first line comes when the registry has named the image
        except (docker.errors.APIError, EngineGone):
            return False
        return False

    def images(self) -> list[dict[str, Any]]:
        """Every tagged image: `Id`, `RepoTags`, `Size` (bytes), `Created`."""
        return [image for image in self._api.images() if image.get("RepoTags")]

    def logs(self, container: str, *, tail: int | str = 20) -> tuple[str, ...]:
        """The last lines of a container, both streams in order; none once it is gone."""
        try:
            text = self._api.logs(container, stdout=True, stderr=True, tail=tail)
        except docker.errors.APIError:
            return ()
        return tuple(text.decode("utf-8", "replace").splitlines())

    def tag(self, image: str, reference: str) -> None:
        """Gives an image one more name."""
        repository, _, tag = reference.rpartition(":")
        self._api.tag(image, repository, tag)

    def forget(self, reference: str) -> None:
        """Removes an image's tag, and the image with its last one; none is no error."""
        with contextlib.suppress(docker.errors.ImageNotFound):
            self._api.remove_image(reference)

    def run(self, image: str, *, command: Sequence[str] = (), **host: Any) -> tuple[int, str]:
        """Runs a container to its end and removes it: exit code and output. `host` as in the SDK's host config."""
        config = self._api.create_host_config(**{**host, "tmpfs": dict.fromkeys(host.get("tmpfs", ()), "")})
        made = self._api.create_container(image, command=list(command) or None, host_config=config)
        try:
            self._api.start(made["Id"])
            code = int(self._api.wait(made["Id"], timeout=600)["StatusCode"])
            return code, self._api.logs(made["Id"]).decode("utf-8", "replace")
        finally:
            self._api.remove_container(made["Id"], force=True)

    def exec(self, container: str, words: Sequence[str], *, user: str = "") -> tuple[int, str]:
        """Runs a program inside a running container to its end: exit code, and both streams as one text.

        The code is 126, and the text the engine's, where it could not begin: the container does not run, perhaps.
        """
        try:
            made = self._api.exec_create(container, list(words), user=user)
        except docker.errors.APIError as refused:
            return 126, str(refused.explanation or refused)
        # The SDK reads the answer past its own buffer and loses what came along with the headers, as it does through a
        # forwarded socket: https://github.com/docker/docker-py/issues/3332
        url = f"{self._api.base_url}/v{self._api.api_version}/exec/{made['Id']}/start"
        answer = self._api.post(url, json={"Detach": False, "Tty": False})
        if not answer.ok:
            return 126, answer.text
        code = int(self._api.exec_inspect(made["Id"])["ExitCode"])
        return code, _unframed(answer.content).decode("utf-8", "replace")

    def say(self, container: str, port: int, text: str, *, patience: int) -> tuple[int, str]:
        """What a port on the loopback of a running container says to a text: 0 and that, or what went wrong.

        It is said over a line that stays; where that was lost, as when the container has begun anew, over another.

        patience  seconds that the answer may take
        """
        for line in self._idle(container):
            with contextlib.suppress(LineLost):
                return self._said(container, line, port, text, patience)
        try:
            return self._said(container, self._line(container), port, text, patience)
        except docker.errors.APIError as refused:
            return 126, str(refused.explanation or refused)
        except LineLost as lost:
            return 126, str(lost)

    def _idle(self, container: str) -> Iterator[Line]:
        with contextlib.suppress(IndexError):
            while True:
                yield self._lines[container].pop()

    def _said(self, container: str, line: Line, port: int, text: str, patience: int) -> tuple[int, str]:
        answer = line.ask(port, text, patience)
        self._lines[container].append(line)
        return answer

    def _line(self, container: str) -> Line:
        made = self._api.exec_create(container, ["bash", "-c", LISTEN], stdin=True)
        # Nothing is said before it is asked, so nothing comes along with the headers.
        stream = self._api.exec_start(made["Id"], socket=True)
        return Line(stream._sock)  # the SDK gives a file of it that cannot be written to

    def put(self, container: str, folder: str, files: Mapping[str, bytes]) -> None:
        """Writes files into a folder of a container, owned by root and readable by all. Running or not."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
        self._api.put_archive(container, folder, buffer.getvalue())

    def get(self, container: str, path: str) -> bytes:
        """A file of a container, running or not. Raises FileNotFoundError where it is not there."""
        try:
            stream, _ = self._api.get_archive(container, path)
        except docker.errors.NotFound:
            raise FileNotFoundError(path) from None
        with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
            content = archive.extractfile(archive.getmembers()[0])
            return content.read() if content else b""

    def stop_all(self, containers: Collection[str]) -> None:
        """Asks containers to end, all at once, and waits for their grace periods."""
        if containers:
            with ThreadPoolExecutor(len(containers)) as pool:
                list(pool.map(self._stop_alone, containers))

    def _stop_alone(self, container: str) -> None:
        # A client of its own, that waits longer than any grace period: the SDK's knows only those that it sets.
        other = EngineDoor(self.host, timeout=GRACE)
        try:
            other.stop(container)
        finally:
            other.close()

    def stop(self, container: str, *, seconds: int | None = None) -> None:
        """Asks a container to end and waits for its grace period, or `seconds`; one that is gone is no error."""
        with contextlib.suppress(docker.errors.NotFound):
            restarting = self._api.inspect_container(container)["State"]["Restarting"]
            self._api.stop(container, timeout=seconds)
            if restarting:
                # The engine writes down a moment later that it does not start it again. Removed before that, the
                # container would be listed for ever, and found by nobody, until the engine is restarted.
                time.sleep(SETTLES)

    def start(self, container: str) -> None:
        """Starts a container that was stopped; one that runs is no error."""
        self._api.start(container)

    def started(self, container: str) -> bool:
        """Starts a container that was made; whether the engine could."""
        try:
            self._api.start(container)
        except docker.errors.APIError:
            return False
        return True

    def restart_policy(self, container: str) -> str:
        """When the engine starts it again by itself: `no`, `always`, `unless-stopped`, `on-failure`."""
        host = self._api.inspect_container(container)["HostConfig"]
        return str((host.get("RestartPolicy") or {}).get("Name") or "no")

    def set_restart_policy(self, container: str, policy: str) -> None:
        """Changes that, for a container that is there."""
        self._api.update_container(container, restart_policy={"Name": policy})

    def close(self) -> None:
        """Lets the connection go."""
        for line in chain(*self._lines.values()):
            line.close()
        self._api.close()


def _unframed(content: bytes) -> bytes:
    """The bytes of both streams: each piece comes after eight bytes that tell its stream and its length."""
    pieces = []
    while len(content) >= 8:
        end = 8 + int.from_bytes(content[4:8], "big")
        pieces.append(content[8:end])
        content = content[end:]
    return b"".join(pieces)
