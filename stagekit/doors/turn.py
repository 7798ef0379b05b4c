"""One command at a time changes the stage of a checkout. One that is killed gives its turn up."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

EVERY = 0.1  # seconds between two tries


@contextmanager
def turn(folder: Path, verb: str, waits: Callable[[str], None]) -> Iterator[None]:
    """Has the turn for the length of a block; waits for whoever has it.

    folder  where the turn's file lives; made if missing
    waits   is told once who has it, such as "`stagekit up` (process 1234)"
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "turn").open("a+") as file:
        if not _take(file):
            waits(_holder(file))
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(f"{os.getpid()} {verb}\n")
        file.flush()
        yield


def end_other(folder: Path, verbs: tuple[str, ...], *, patience: float) -> str:
    """Asks the command that has the turn to stop, as ^C does, where it is one of these verbs.

    Returns who that was, once it has ended or `patience` seconds have passed; empty where there was none.
    """
    try:
        file = (folder / "turn").open("r+")
    except FileNotFoundError:
        return ""
    with file:
        if _take(file):
            return ""
        pid, verb = _read(file)
        if verb not in verbs:
            return ""
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + patience
        while not _take(file) and time.monotonic() < until:
            time.sleep(EVERY)
        return _named(pid, verb)


def _take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    pid, verb = _read(file)
    return _named(pid, verb) if verb else "another command"


def _read(file: IO[str]) -> tuple[int, str]:
    file.seek(0)
    pid, _, verb = file.read().strip().partition(" ")
    return (int(pid), verb) if pid.isdigit() else (0, "")


def _named(pid: int, verb: str) -> str:
    return f"`stagekit {verb}` (process {pid})"
