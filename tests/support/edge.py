"""The edge alone, with its real files: every name of the stage answers with what a service behind it would be told."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import httpx
from docker.models.containers import Container

KIT = Path(__file__).resolve().parents[2] / "stagekit" / "kit"
NAMES = ("app", "api", "auth", "mail", "prefect", "stripe")
PORT = 8642
ECHO = """
backend {name}
    http-request set-var-fmt(txn.heard) "%[req.hdr(authorization)]|%[req.hdr(x-stagekit-pass)]"
    http-request return status 200 content-type text/plain lf-string "{name}|%[var(txn.heard)]"
"""
START = "mkdir -p /edge && sh /install.sh && exec haproxy -W -db -S 127.0.0.1:9998 -f /edge/conf"


@dataclass(frozen=True)
class Edge:
    """A running edge, published on this machine's loopback."""

    container: Container
    domain: str
    port: int

    def http(self, name: str, **options: Any) -> httpx.Client:
        """A client that keeps no cookies by itself, and asks for one of the stage's names."""
        headers = {"Host": f"{name}.{self.domain}:{self.port}", **options.pop("headers", {})}
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=10, **options)

    def get(self, name: str, path: str = "/", *, method: str = "GET", **options: Any) -> httpx.Response:
        """One answer."""
        with self.http(name, **options) as http:
            return http.request(method, path)

    def lay_files(self, password: str) -> None:
        """Lays the files again, as for a stage whose password is another one now, and reloads."""
        self.container.put_archive("/", _archive({"run/secrets/stage-password": password}))
        for words in (["sh", "/install.sh"], ["bash", "-c", RELOAD]):
            code, said = self.container.exec_run(words)
            assert code == 0, said.decode()


RELOAD = "exec 3<>/dev/tcp/127.0.0.1/9998 && echo reload >&3 && cat <&3 | grep -q Success=1"


@contextmanager
def edge(image: str, *, password: str = "", domain: str = "stage.example", **environment: str) -> Iterator[Edge]:
    """An edge of the product's own files.

    image     of HAProxy
    password  what the secret `stage-password` holds; none if empty
    """
    files = _files() | ({"run/secrets/stage-password": password} if password else {})
    settings = {"STAGEKIT_STAGE": "shared", "STAGEKIT_SCHEME": "http", "STAGEKIT_DOMAIN": domain}
    made = docker.from_env().containers.create(
        image,
        ["-c", START],
        entrypoint="bash",
        user="0",
        environment={**settings, "STAGEKIT_PORT": str(PORT), **environment},
        ports={f"{PORT}/tcp": ("127.0.0.1", None)},
    )
    try:
        made.put_archive("/", _archive(files))
        made.start()
        yield Edge(made, domain, _port(made))
    finally:
        made.remove(force=True, v=True)


def _files() -> Mapping[str, str]:
    """What the image of edge-files is made of, with other backends."""
    own = {f"files/{p.relative_to(KIT / 'edge/files')}": p for p in (KIT / "edge" / "files").rglob("*") if p.is_file()}
    own |= {f"files/conf/{p.name}": p for p in (KIT / "edge" / "names").iterdir()}
    texts = {name: path.read_text(encoding="utf-8") for name, path in own.items()}
    echoes = "".join(ECHO.format(name=f"{name}{rest}") for name in NAMES for rest in ("", "-next"))
    look = (KIT / "look" / "look.css").read_text(encoding="utf-8")
    install = (KIT / "edge" / "install.sh").read_text(encoding="utf-8")
    return {**texts, "files/conf/20-backends.cfg": echoes, "files/look.css": look, "install.sh": install}


def _archive(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text.encode()), 0o644
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _port(container: Container) -> int:
    deadline = time.monotonic() + 60
    while True:
        container.reload()
        assert container.status in ("created", "running"), container.logs().decode()
        bound = (container.ports or {}).get(f"{PORT}/tcp")
        if bound:
            try:
                httpx.get(f"http://127.0.0.1:{bound[0]['HostPort']}/edge-health", timeout=5).raise_for_status()
                return int(bound[0]["HostPort"])
            except httpx.HTTPError:
                pass
        assert time.monotonic() < deadline, container.logs().decode()
        time.sleep(0.2)
