from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest

from stagekit.doors.line import LISTEN, Line, LineLost


class Framed:
    """A program here, as the engine gives one in a container: what it writes comes in frames."""

    def __init__(self, words: list[str]) -> None:
        pipe = subprocess.PIPE
        self.program = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe)
        self._rest = b""

    def settimeout(self, seconds: float) -> None:
        pass

    def sendall(self, data: bytes) -> None:
        assert self.program.stdin
        self.program.stdin.write(data)
        self.program.stdin.flush()

    def recv(self, size: int) -> bytes:
        assert self.program.stdout
        if not self._rest and (said := self.program.stdout.read1(3)):  # type: ignore[attr-defined]
            self._rest = b"\1\0\0\0" + len(said).to_bytes(4, "big") + said
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def close(self) -> None:
        self.program.kill()
        self.program.communicate()


@pytest.fixture
def framed() -> Iterator[Framed]:
    found = Framed(["bash", "-c", LISTEN])
    yield found
    found.close()


@pytest.fixture
def port() -> Iterator[int]:
    """One that says what it hears, and a zero byte in the middle."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    heard, _ = server.accept()
                except OSError:
                    return
                with heard:
                    heard.sendall(b"heard\0" + all_of(heard))

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def all_of(heard: socket.socket) -> bytes:
    """What is written until nothing more comes: the program writes line by line."""
    heard.settimeout(0.1)
    found = b""
    with suppress(TimeoutError):
        while piece := heard.recv(4096):
            found += piece
    return found


def line(framed: Framed) -> Line:
    return Line(framed)  # type: ignore[arg-type]


def test_a_line_is_asked_again_and_again(framed: Framed, port: int) -> None:
    asked = line(framed)
    assert [asked.ask(port, f"{number}\n", 5) for number in range(3)] == [(0, f"heard\0{n}\n") for n in range(3)]


@pytest.mark.parametrize(
    "text", ["GET / HTTP/1.0\r\nHost: a\r\n\r\n", r"add map x release\ 10\;" + "\n", " %s $(id) \\n"]
)
def test_a_text_arrives_as_it_is(framed: Framed, port: int, text: str) -> None:
    assert line(framed).ask(port, text, 5) == (0, f"heard\0{text}")


def test_where_nobody_listens_it_is_told_and_the_line_stays(framed: Framed, port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = int(server.getsockname()[1])
    asked = line(framed)
    code, said = asked.ask(nobody, "x", 5)
    assert code != 0 and "refused" in said
    assert asked.ask(port, "y", 5) == (0, "heard\0y")


def test_an_answer_that_does_not_come_is_given_up(framed: Framed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, _ = line(framed).ask(int(silent.getsockname()[1]), "x", 1)
    assert code == 124


def test_a_program_that_has_ended_is_a_lost_line(framed: Framed, port: int) -> None:
    asked = line(framed)
    framed.program.kill()
    framed.program.wait()
    with pytest.raises(LineLost):
        asked.ask(port, "x", 5)
