"""A promotion that ends badly at a chosen moment: `python -m tests.support.end_at FOLDER STAGE HOW MOMENT`.

HOW is `kill`: this process is gone, as by `kill -9`; or `cut`: its connection is. MOMENT counts the beginnings and ends
of steps, from 0. With a moment that never comes, it promotes like any other; it prints how many there were.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from stagekit.cli.place import open_place
from stagekit.cli.progress import Plain
from stagekit.cli.promoting import promoting
from stagekit.doors.ssh import SshDoor


class Deadly(Plain):
    """A listener that hears of a moment, and ends it all."""

    def __init__(self, how: str, moment: int) -> None:
        super().__init__(lambda line: None)
        self.how, self.moment, self.seen = how, moment, 0
        self.door: SshDoor | None = None

    def begin(self, step: str, text: str) -> None:
        super().begin(step, text)
        self._hear(f"begin {step} {text}")

    def end(self, text: str) -> None:
        super().end(text)
        self._hear(f"end {text}")

    def _hear(self, what: str) -> None:
        if self.door is None:
            return  # still delivering
        if self.seen == self.moment:
            print(f"{self.how} at {what}", flush=True)
            self._end()
        self.seen += 1

    def _end(self) -> None:
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        assert self.door and self.door._master
        self.door._master.kill()


def main(folder: str, stage: str, how: str, moment: str) -> None:
    """Promotes what is built there."""
    listener = Deadly(how, int(moment))
    with promoting(open_place(Path(folder), stage=stage), listener) as at:
        ledger = at.switching.heal()
        delivery = at.delivery()
        release = at.release(delivery.preview(), ledger)
        delivered = delivery.deliver()
        plan = at.switching.plan(release, ledger)
        listener.door = at.door
        at.switching.switch(release, plan, moved=delivered.bytes)
    print(f"moments {listener.seen}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
