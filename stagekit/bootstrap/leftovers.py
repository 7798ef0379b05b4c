"""What a killed engine leaves running: its containerd, its shims, and the containers they hold."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from stagekit.bootstrap.places import Places

PROC = Path("/proc")
GRACE = 3.0  # seconds for programs to end by themselves


def end_leftovers(places: Places) -> None:
    """Ends them, so that an engine that starts finds its containers stopped, as after a reboot.

    An engine that found them running would stop them itself and, taking that for a person's wish, not restart them.
    """
    _ask_to_end(lambda: containers_of(places, leftovers(places)))
    _ask_to_end(lambda: leftovers(places))
    _signal(leftovers(places), signal.SIGKILL)


def leftovers(places: Places, proc: Path = PROC) -> tuple[int, ...]:
    """The processes, the engine's own and those directly below them."""
    words = {int(p.name): command_line(p) for p in proc.iterdir() if p.name.isdigit()}
    ours = {pid for pid, line in words.items() if str(places.exec_root) in line and pid != os.getpid()}
    below = {pid for pid, line in words.items() if line and parent_of(proc / str(pid)) in ours}
    return tuple(sorted(below | ours))


def containers_of(places: Places, pids: Iterable[int], proc: Path = PROC) -> tuple[int, ...]:
    """Those of the processes that are containers, not programs of the engine."""
    return tuple(pid for pid in pids if str(places.exec_root) not in command_line(proc / str(pid)))


def command_line(process: Path) -> str:
    """The words of a process; nothing for one that has ended."""
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def parent_of(process: Path) -> int:
    """The parent of a process: the second field after the name, which stands in brackets and may hold anything."""
    try:
        fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[1]) if len(fields) > 1 else 0


def _ask_to_end(remaining: Callable[[], Sequence[int]]) -> None:
    _signal(remaining(), signal.SIGTERM)
    end = time.monotonic() + GRACE
    while remaining() and time.monotonic() < end:
        time.sleep(0.05)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
