"""Constant load on an edge, as browsers and services make it: busy connections, new ones, and many that mostly idle.

No client tries again: a request that is lost or reset is a failure. Sent to loopback only, and bounded in time.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

BUSY, NEW, IDLE, WAITING = 8, 4, 200, 4
THINK = (0.3, 4.0)  # seconds between two requests of an idle client
LIMIT = 600.0  # seconds, whatever happens
SLOW = 20.0  # seconds that an answer may take


@dataclass
class Tally:
    """What became of the requests.

    failures  what went wrong, by kind of client and error
    broken    those among them that were answered by half, or asked on a connection that had answered before
    millis    how long each answer took; those of clients that only ask for what is slow are left out
    """

    answered: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    millis: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(self.answered.values()) + self.failed

    @property
    def failed(self) -> int:
        """Lost, reset, late, or answered with 5xx."""
        return sum(self.failures.values()) + sum(n for status, n in self.answered.items() if status >= 500)

    def percentile(self, share: float) -> float:
        """The milliseconds within which this share was answered."""
        ordered = sorted(self.millis)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class HalfAnswered(EOFError):
    """An answer began, and its end never came."""


class Load:
    """Load from `with` to the end of its block.

    host     what the Host header says, such as `api.localhost:8642`
    paths    what is asked for, in turns; one that takes long belongs among them, unless
    slow     is one, which clients of its own ask for
    headers  that every request has besides
    gentle   leaves most of the machine to what is tested: fewer clients that ask without an end, and with pauses
    tls      what it trusts, where https is spoken
    """

    def __init__(
        self,
        port: int,
        host: str,
        paths: Sequence[str],
        headers: Mapping[str, str] | None = None,
        *,
        slow: str = "",
        gentle: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._port, self._paths, self._slow, self._gentle = port, list(paths), slow, gentle
        self._secure = {"ssl": tls, "server_hostname": host.partition(":")[0]} if tls else {}
        self._head = "".join(f"{key}: {value}\r\n" for key, value in {"Host": host, **(headers or {})}.items())
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()), daemon=True)
        self.tally = Tally()
        self._told = [self.tally]

    def __enter__(self) -> Load:
        self._thread.start()
        deadline = time.monotonic() + 10
        while self.tally.requests < 50 and time.monotonic() < deadline:
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(SLOW + 10)

    @contextmanager
    def measured(self, tally: Tally) -> Iterator[None]:
        """Adds to a tally what becomes of the requests that end within a block."""
        self._told = [self.tally, tally]
        try:
            yield
        finally:
            self._told = [self.tally]

    def calm(self, requests: int = 1000) -> Tally:
        """What becomes of so many requests while nothing else goes on."""
        tally, deadline = Tally(), time.monotonic() + 30
        with self.measured(tally):
            while tally.requests < requests and time.monotonic() < deadline:
                time.sleep(0.05)
        return tally

    def goes_on(self) -> bool:
        """Whether it is still within its time."""
        return self._thread.is_alive()

    async def _all(self) -> None:
        end = time.monotonic() + LIMIT
        busy = [("busy", 0.05)] * (BUSY // 4) if self._gentle else [("busy", 0.0)] * BUSY
        kinds = [*busy, *[("new", 0.1 if self._gentle else 0.02)] * NEW, *[("idle", 1.0)] * IDLE]
        kinds += [("slow", 0.0)] * (WAITING if self._slow else 0)
        await asyncio.gather(*(self._client(kind, pause, end) for kind, pause in kinds))

    async def _client(self, kind: str, pause: float, end: float) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        answered = False  # on this connection
        while not self._over.is_set() and time.monotonic() < end:
            began = time.monotonic()
            try:
                connection = connection or await asyncio.open_connection("127.0.0.1", self._port, **self._secure)
                path = self._slow if kind == "slow" else random.choice(self._paths)
                status, closes = await asyncio.wait_for(self._ask(path, *connection), SLOW)
                answered = True
                for tally in self._told:
                    tally.answered[status] += 1
                    if kind != "slow":
                        tally.millis.append((time.monotonic() - began) * 1000)
            except (TimeoutError, OSError, EOFError, ValueError) as problem:
                words = f"{kind}: {type(problem).__name__} {problem}"[:100]
                for tally in self._told:
                    tally.failures[words] += 1
                    tally.broken[words] += answered or isinstance(problem, HalfAnswered)
                closes = True
            if closes or kind == "new":
                if connection:
                    connection[1].close()
                connection, answered = None, False
            await asyncio.sleep(random.uniform(*THINK) if kind == "idle" else pause)
        if connection:
            connection[1].close()

    async def _ask(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bool]:
        writer.write(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())
        await writer.drain()
        first = await reader.readexactly(1)
        try:
            head = (first + await reader.readuntil(b"\r\n\r\n")).lower()
            await _body(reader, head)
        except (EOFError, OSError) as problem:
            raise HalfAnswered(str(problem)) from None
        return int(head.split()[1]), b"\r\nconnection: close" in head


async def _body(reader: asyncio.StreamReader, head: bytes) -> None:
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if headers.get(b"transfer-encoding") == b"chunked":
        while size := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    else:
        await reader.readexactly(int(headers.get(b"content-length", 0)))
