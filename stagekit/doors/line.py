"""A line to ports inside a container: one program there, asked again and again, as to start one takes a while."""

from __future__ import annotations

import socket
from uuid import uuid4

LATE = 10  # seconds in which the engine has passed an answer on
# It reads a port, how many seconds an answer may take, and a mark; then a text, in which `printf` puts the ends of
# lines. It tells the port, and answers with what that said, the mark, and how it ended.
LISTEN = r"""
while read -r port seconds mark && IFS= read -r text; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf '%b' "$text" >&3 && timeout "$seconds" cat <&3) 2>&1
    printf '%s%s\n' "$mark" "$?"
done
"""


class LineLost(Exception):
    """The program has ended, or the way to it broke. Whether the last order was heard is not known."""


class Line:
    """One such program, started with the words of `LISTEN`. It is asked one thing at a time.

    connection  to its input and its outputs, in the engine's frames
    Raises LineLost.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def ask(self, port: int, text: str, patience: int) -> tuple[int, str]:
        """What is said on a port to a text: 0 and the answer, or another code and what went wrong.

        patience  seconds that the answer may take
        """
        self._connection.settimeout(patience + LATE)
        mark = uuid4().hex
        try:
            self._connection.sendall(f"{port} {patience} {mark}\n{_escaped(text)}\n".encode())
            return self._answer(mark.encode())
        except OSError as broken:
            self.close()
            raise LineLost(str(broken)) from None

    def close(self) -> None:
        """Ends it."""
        self._connection.close()

    def _answer(self, mark: bytes) -> tuple[int, str]:
        said = bytearray()
        while True:
            head = self._read(8)
            said += self._read(int.from_bytes(head[4:], "big"))
            text, over, code = said.rpartition(mark)
            if over and code.endswith(b"\n"):
                return int(code), text.decode("utf-8", "replace")

    def _read(self, size: int) -> bytes:
        found = bytearray()
        while len(found) < size:
            piece = self._connection.recv(size - len(found))
            if not piece:
                raise ConnectionError("it has ended")
            found += piece
        return bytes(found)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
