"""One command at a time sets the engine up, starts, stops or removes it. A command that is killed frees the lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from stagekit.bootstrap.places import Places


@contextmanager
def held(places: Places, say: Callable[[str, str], None]) -> Iterator[None]:
    """Holds the engine's lock; says so when it has to wait."""
    file = _lock(places, say)
    try:
        yield
    finally:
        file.close()


def _lock(places: Places, say: Callable[[str, str], None]) -> IO[str]:
    while True:
        places.run.mkdir(mode=0o755, parents=True, exist_ok=True)
        file = places.lock.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("engine", "waiting for another stagekit that is setting it up or taking it down")
            fcntl.flock(file, fcntl.LOCK_EX)
        # The one before may have removed the engine, and this file with it.
        if places.lock.exists() and places.lock.stat().st_ino == _inode(file):
            return file
        file.close()


def _inode(file: IO[str]) -> int:
    return os.fstat(file.fileno()).st_ino
