"""A websocket and an event stream, as a browser opens them: what they bring, until whoever is there closes them."""

from __future__ import annotations

import base64
import os
import socket
import threading
import time

SOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
)


class Stream:
    """One of them, from `with` to the end of its block. It never opens a second connection.

    status  what it was answered
    """

    def __init__(self, port: int, host: str, path: str, *, websocket: bool) -> None:
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        more = SOCKET if websocket else "Accept: text/event-stream\r\n"
        self._connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode())
        self.status = int(self._connection.recv(4096).split()[1])
        self._last, self._newest, self._over = time.monotonic(), b"", threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *what: object) -> None:
        self._connection.close()

    @property
    def flows(self) -> bool:
        """Whether something has come within the last five seconds, and nobody has closed it."""
        return not self._over.is_set() and time.monotonic() - self._last < 5

    @property
    def newest(self) -> str:
        """What came last."""
        return self._newest.decode("ascii", "replace")

    def closed(self, within: float) -> bool:
        """Whether the other side closes it within so many seconds."""
        return self._over.wait(within)

    def _read(self) -> None:
        try:
            while piece := self._connection.recv(4096):
                self._last, self._newest = time.monotonic(), piece
        except OSError:
            pass  # reset is closed too
        self._over.set()
