"""Asks a Docker engine for its version over its Unix socket, by hand: no library, a millisecond."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Literal

TIMEOUT = 5.0  # seconds; an engine that answers at all answers in milliseconds
State = Literal["answers", "refused", "absent", "silent"]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an engine's socket reacts.

    answers  `version` is the engine's
    refused  the socket is there, and this user may not open it
    absent   there is no socket, or nobody listens at it
    silent   somebody listens and says nothing sensible
    """

    state: State
    version: str = ""


def ask(path: str, timeout: float = TIMEOUT) -> Answer:
    """What the engine at a socket's path answers. `timeout` is in seconds."""
    try:
        return _parse(_get(path, "/version", timeout))
    except PermissionError:
        return Answer("refused")
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        return Answer("absent")
    except (OSError, ValueError):
        return Answer("silent")


def _get(path: str, address: str, timeout: float) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(timeout)
        door.connect(path)
        door.sendall(f"GET {address} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
        return b"".join(iter(lambda: door.recv(65536), b""))


def _parse(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        return Answer("silent")
    return Answer("answers", str(json.loads(body)["Version"]))
