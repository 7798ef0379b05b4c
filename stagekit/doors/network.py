"""Small questions about this machine's ports."""

from __future__ import annotations

import socket
from pathlib import Path


def port_is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a program could listen there now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def listener_of(port: int) -> str:
    """Who listens on a port, as `name (pid 123)`; empty where that cannot be seen. Linux only."""
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listening(Path("/proc/net") / table, port)}
    for process in Path("/proc").glob("[0-9]*"):
        if _holds(process, inodes):
            name = (process / "comm").read_text().strip()
            return f"{name} (pid {process.name})"
    return ""


def _listening(table: Path, port: int) -> set[str]:
    if not table.is_file():
        return set()
    rows = (line.split() for line in table.read_text().splitlines()[1:])
    return {row[9] for row in rows if row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port}


def _holds(process: Path, inodes: set[str]) -> bool:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    try:
        return any(str(handle.readlink()) in wanted for handle in (process / "fd").iterdir())
    except OSError:
        return False
