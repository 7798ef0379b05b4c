"""The store door against an engine that is played by a small server, for answers that no real one here gives."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from stagekit.carry.look import look
from stagekit.doors.store import StoreDoor, StoreLost, StoreRefused
from stagekit.errors import HostError
from stagekit.promote.refusals import refuse_old

Answer = Callable[[str], tuple[int, object]]


@contextmanager
def engine(folder: Path, answer: Answer) -> Iterator[StoreDoor]:
    """An engine that gives these answers, by path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            code, document = answer(self.path)
            text = json.dumps(document).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

        def address_string(self) -> str:
            return ""

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True

    server = Server(str(folder / "s"), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    store = StoreDoor(f"unix://{folder}/s", timeout=5)
    try:
        yield store
    finally:
        store.close()
        server.shutdown()
        server.server_close()


def test_an_engine_of_version_24_is_refused_by_its_version_and_asked_nothing_else(tmp_path: Path) -> None:
    def old(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "24.0.7", "ApiVersion": "1.43"}
        return 400, {"message": "client version 1.44 is too new. Maximum supported API version is 1.43"}

    with engine(tmp_path, old) as store, pytest.raises(HostError, match=r"too old: 24\.0\.7"):
        refuse_old(look(store, sleep=lambda _: None).facts)


def test_an_engine_that_refuses_once_while_an_image_goes_is_asked_again(tmp_path: Path) -> None:
    refusals = iter([True, True])

    def busy(path: str) -> tuple[int, object]:
        if path.endswith("/info"):
            return 200, {"ServerVersion": "26.1.5", "OSType": "linux", "Architecture": "x86_64"}
        if next(refusals, False):
            return 404, {"message": "content digest sha256:1: not found"}
        return 200, []

    pauses: list[float] = []
    with engine(tmp_path, busy) as store:
        assert look(store, sleep=pauses.append).images == {}
    assert len(pauses) == 2


def test_an_engine_that_goes_on_refusing_is_believed(tmp_path: Path) -> None:
    def broken(path: str) -> tuple[int, object]:
        return (200, {"ServerVersion": "26.1.5"}) if path.endswith("/info") else (500, {"message": "disk I/O error"})

    with engine(tmp_path, broken) as store, pytest.raises(StoreRefused, match="disk I/O error"):
        look(store, sleep=lambda _: None)


def test_an_engine_that_is_not_there_is_lost(tmp_path: Path) -> None:
    with pytest.raises(StoreLost):
        StoreDoor(f"unix://{tmp_path}/nothing").facts()


def test_a_tag_that_cannot_be_removed_is_left(tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse(path: str) -> tuple[int, object]:
        asked.append(path)
        return 409, {"message": "conflict: in use"}

    with engine(tmp_path, refuse) as store:
        store.forget(["a:1", "b:1"])
    assert asked == ["/v1.44/images/a:1", "/v1.44/images/b:1"]
