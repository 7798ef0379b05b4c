"""One command at a time at something of this machine. A command that is killed frees its turn."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(file: Path, what: str, wait: Callable[[str], None]) -> Iterator[None]:
    """Holds a file's lock for the length of the block.

    what  what the one who holds it does, for those who wait
    wait  hears what the other one does, where there is one
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            wait(held.read().strip() or "another command")
            fcntl.flock(held, fcntl.LOCK_EX)
        held.truncate(0)
        held.write(f"{what} (process {os.getpid()})\n")
        held.flush()
        try:
            yield
        finally:
            held.truncate(0)
