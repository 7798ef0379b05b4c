"""The kit's drop-in images for tests: built from packages, run as throw-away containers."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from stagekit.bootstrap import BASE_IMAGE, Engine, ensure_base_image

IMAGES = Path(__file__).parents[2] / "stagekit/kit/images"
# Target -> image, under names of the tests' own: a stage that runs on the product's is not disturbed.
DROP_INS = {
    target: f"stagekit-test/{target}"
    for target in ("python", "node", "nginx", "haproxy", "postgres", "prefect", "stripe-mock", "mailpit")
}
Files = Mapping[str, str | bytes]
LABEL = "stagekit.test=drop-ins"


@cache
def build_all(program: str) -> None:
    """Builds every drop-in, once a session, from layers that are there already where nothing changed."""
    for target, tag in DROP_INS.items():
        build(target, tag=tag, program=program)


def have_base(engine: Engine) -> None:
    """Makes the Debian image that drop-ins stand on, where it is missing."""
    ensure_base_image(engine, lambda step, text: print(step, text))


def build(target: str, *, tag: str, program: str, ca: Path | None = None, cached: bool = True) -> None:
    """Builds one target of the kit's Dockerfile, with the certificates of `ca` or those that this network needs."""
    words = [program, "build", "--quiet", "--target", target, "--tag", tag, "--build-arg", f"DEBIAN_IMAGE={BASE_IMAGE}"]
    bundle = ca or ca_bundle()
    words += ["--secret", f"id=ca,src={bundle}"] if bundle else []
    words += [] if cached else ["--no-cache"]
    done = subprocess.run([*words, str(IMAGES)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"building {target} failed:\n{done.stderr[-4000:]}"


def found_in_saved(needles: Sequence[bytes], images: Sequence[str], *, program: str) -> list[bytes]:
    """Which of the needles occur in what `docker save` writes of these images: every layer and configuration."""
    found: set[bytes] = set()
    overlap = max(map(len, needles), default=1)
    words = [program, "save", *(DROP_INS.get(image, image) for image in images)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as saving:
        assert saving.stdout
        before = b""
        while chunk := saving.stdout.read(1 << 22):
            window = before + chunk
            found.update(needle for needle in needles if needle in window)
            before = window[-overlap:]
    assert saving.returncode == 0
    return sorted(found)


def wait_until(true: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
    """Asks until it is true; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"after {seconds:g} s still not so: {what}"
        time.sleep(0.05)


class Lab:
    """Containers, volumes and networks of one test, with their end."""

    def __init__(self) -> None:
        self._docker = docker.from_env()
        self._ends: list[Callable[[], Any]] = []

    def close(self) -> None:
        """Removes everything, newest first."""
        for end in reversed(self._ends):
            end()
        self._docker.close()

    def volume(self) -> str:
        """A new volume's name."""
        made = self._docker.volumes.create(labels=_labels())
        self._ends.append(lambda: made.remove(force=True))
        return str(made.name)

    def network(self) -> str:
        """A new network's name."""
        made = self._docker.networks.create(f"stagekit-test-{uuid.uuid4().hex[:8]}", labels=_labels())
        self._ends.append(made.remove)
        return str(made.name)

    def start(
        self, image: str, *command: str, files: Mapping[str, str | bytes] | None = None, **options: Any
    ) -> Container:
        """A started container. `files` are put into it first: path -> text; names ending in .sh can be executed."""
        made = self._docker.containers.create(
            DROP_INS.get(image, image), list(command) or None, labels=_labels(), detach=True, **options
        )
        self._ends.append(lambda: made.remove(force=True, v=True))
        for path, text in (files or {}).items():
            made.put_archive("/", _archive(path, text))
        made.start()
        return made

    def output(self, image: str, *command: str, **options: Any) -> str:
        """What a container writes to both streams until it ends well."""
        made = self.start(image, *command, **options)
        code = made.wait(timeout=120)["StatusCode"]
        text = made.logs().decode()
        assert code == 0, f"{image} {command} ended with {code}:\n{text}"
        return text

    def layer_ids(self, image: str) -> list[str]:
        """The image's layers by the hash of their content, lowest first."""
        return list(self._docker.images.get(DROP_INS.get(image, image)).attrs["RootFS"]["Layers"])

    def forget(self, image: str) -> str:
        """Removes the image when the test ends; returns its name."""
        self._ends.append(lambda: self._docker.images.remove(image, force=True))
        return image

    def configuration(self, image: str) -> dict[str, Any]:
        """The image's configuration: Cmd, User, StopSignal and so on."""
        return dict(self._docker.images.get(DROP_INS[image]).attrs["Config"])


def execute(container: Container, *command: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Runs a command in the container: its exit code and what it wrote. Fails where the container has ended."""
    try:
        code, text = container.exec_run(list(command), environment=dict(env or {}))
    except docker.errors.APIError as error:
        raise AssertionError(f"{error.explanation}; it wrote:\n{logs(container)}") from error
    return int(code), text.decode()


def logs(container: Container) -> str:
    """Everything the container wrote."""
    return str(container.logs().decode())


def ca_bundle() -> Path | None:
    """The organisation's certificates that builds need here, if any."""
    named = os.environ.get("STAGEKIT_CA_FILE", "/etc/ssl/certs/ca-certificates.crt")
    return Path(named) if named and Path(named).is_file() else None


def _labels() -> dict[str, str]:
    key, value = LABEL.split("=")
    return {key: value}


def _archive(path: str, content: str | bytes) -> bytes:
    body = content.encode() if isinstance(content, str) else content
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(body), 0o755 if path.endswith(".sh") else 0o644
        tar.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()
