"""The certificate at the edge: the file that it reads at its start, and the running process, where it is exchanged with
no connection closed."""

from __future__ import annotations

import re
import socket
from pathlib import Path

FOLDER, FILE, SOCKET = "certs", "stage.pem", "run/edge.sock"
PATIENCE = 5.0  # seconds


class EdgeRefused(Exception):
    """The edge did not take a certificate; the text is what it said."""


class Edge:
    """The edge behind a volume. `at` is where the volume is here, `inside` where the edge has it."""

    def __init__(self, at: Path, inside: str = "/edge") -> None:
        self._file, self._socket = at / FOLDER / FILE, at / SOCKET
        self._folder, self._name = f"{inside}/{FOLDER}", f"{inside}/{FOLDER}/{FILE}"

    def kept(self) -> str:
        """What the edge reads at its start; empty where it has none yet."""
        return self._file.read_text(encoding="utf-8") if self._file.is_file() else ""

    def keep(self, pem: str) -> None:
        """Replaces what the edge reads at its start."""
        new = self._file.with_name(f".{FILE}.new")  # HAProxy leaves out names that begin with a dot
        new.write_text(pem, encoding="utf-8")
        new.chmod(0o644)  # the edge runs as a user of its own; nobody else has this volume
        new.replace(self._file)

    def serves(self) -> str | None:
        """The serial number of what the running edge has; empty for nothing, None while it does not run."""
        try:
            if self._name not in self._ask("show ssl cert"):
                return ""
            found = re.search(r"^Serial: *0*(\w+)$", self._ask(f"show ssl cert {self._name}"), re.M)
        except OSError:
            return None
        return found.group(1).upper() if found else ""

    def offer(self, pem: str) -> None:
        """Lets the running edge serve this one from the next connection on. Raises EdgeRefused and OSError."""
        new = self._name not in self._ask("show ssl cert")
        if new:
            self._ask(f"new ssl cert {self._name}")
        said = self._ask(f"set ssl cert {self._name} <<\n{_dense(pem)}\n")
        said += self._ask(f"commit ssl cert {self._name}")
        if "Success!" not in said:
            raise EdgeRefused(" ".join(said.split())[:300])
        if new:
            self._ask(f"add ssl crt-list {self._folder} {self._name}")

    def _ask(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as there:
            there.settimeout(PATIENCE)
            there.connect(str(self._socket))
            there.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: there.recv(65536), b"")).decode()


def _dense(pem: str) -> str:
    """Without empty lines: one ends what is sent."""
    return "\n".join(line for line in pem.splitlines() if line.strip()) + "\n"
