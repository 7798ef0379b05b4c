"""Questions about this machine: its environment, memory, disk, clock, resolver, and whom its network lets us trust."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Trust = Literal["trusted", "refused", "unreachable"]


def environment() -> Mapping[str, str]:
    """The variables of this process."""
    return os.environ


def memory() -> tuple[int, int]:
    """Installed and available memory in bytes; zeros where it cannot be seen, as on a Mac."""
    file = Path("/proc/meminfo")
    if not file.is_file():
        return 0, 0
    rows = dict(line.split(":", 1) for line in file.read_text(encoding="ascii").splitlines() if ":" in line)
    return _kilobytes(rows.get("MemTotal", "")), _kilobytes(rows.get("MemAvailable", ""))


def disk_free(folder: Path) -> int:
    """Bytes that are free where the folder lies, or would lie."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def resolves(name: str) -> bool:
    """Whether the resolver knows the name, as Python and Node ask it; browsers need none for `*.localhost`."""
    try:
        socket.getaddrinfo(name, None)
    except (OSError, UnicodeError):
        return False
    return True


def addresses(name: str) -> tuple[str, ...]:
    """The IP addresses that a name resolves to; none where it does not."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(row[4][0]) for row in found))


def now() -> float:
    """Seconds since 1970."""
    return time.time()


def public_bundle() -> Path:
    """The certificate authorities that the public trusts, with none of this machine's own."""
    import certifi

    return Path(certifi.where())


def trust(url: str, bundle: Path, *, seconds: float = 3.0) -> Trust:
    """Whether the server at an https address shows a certificate that the bundle vouches for; proxies are respected."""
    import httpx

    try:
        context = ssl.create_default_context(cafile=str(bundle))
        httpx.head(url, verify=context, timeout=seconds)
    except (httpx.HTTPError, OSError) as problem:
        return "refused" if _is_distrust(problem) else "unreachable"
    return "trusted"


def _is_distrust(problem: BaseException | None) -> bool:
    while problem is not None:
        if isinstance(problem, ssl.SSLError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def _kilobytes(row: str) -> int:
    words = row.split()
    return int(words[0]) * 1024 if words and words[0].isdigit() else 0
