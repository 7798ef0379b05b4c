"""The keeper's process: looks after the certificate every few seconds, until it is told to end."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading

from keeper.acme import challenges
from keeper.edge import Edge
from keeper.keep import Keeper, is_well
from keeper.settings import read
from keeper.web import serve

EVERY = 5.0  # seconds
SOON = 0.25  # seconds, while no edge answers: it may have read its files before there was a certificate


def main() -> None:
    """Runs until SIGTERM."""
    settings = read(os.environ)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    keeper = Keeper(settings, Edge(settings.edge), lambda line: print(line, flush=True))
    unwell = ["it has only begun"]
    serve(challenges(settings), lambda: unwell[0])
    # Two keepers stand side by side during a switch; one at a time acts.
    with (settings.data / "lock").open("w") as lock:
        while not over.is_set():
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                unwell[0] = is_well(keeper.once())
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)
            over.wait(SOON if keeper.early else EVERY)


try:
    main()
except ValueError as wrong:
    sys.exit(str(wrong))
