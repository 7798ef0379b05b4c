"""A promotion to which something happens at a chosen moment.

    python -m tests.support.end_at FOLDER STAGE MOMENT WORDS…

WORDS are `kill`: this process is gone, as by `kill -9`; `cut`: its connection is; or else a command, which is run to
its end before the promotion goes on. MOMENT counts the beginnings and ends of steps and the orders to the edge, from 0;
or it is what a moment's text begins with, such as `begin move`. With a moment that never comes, it promotes like any
other; it prints how many there were. It ends as `stagekit promote` does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from stagekit.cli.main import _guarded
from stagekit.cli.place import open_place
from stagekit.cli.progress import Plain
from stagekit.cli.promoting import promoting
from stagekit.doors.edge import EdgeDoor
from stagekit.doors.ssh import SshDoor

ORDERS = {order.__code__ for order in (EdgeDoor.keep, EdgeDoor.offer, EdgeDoor.move, EdgeDoor.tell, EdgeDoor.retire)}


class Listening(Plain):
    """A listener that hears of a moment, and lets it happen."""

    def __init__(self, moment: str, words: Sequence[str]) -> None:
        super().__init__(lambda line: None)
        self.moment, self.words, self.seen, self.over = moment, words, 0, False
        self.door: SshDoor | None = None

    def begin(self, step: str, text: str) -> None:
        super().begin(step, text)
        self._hear(f"begin {step} {text}")

    def end(self, text: str) -> None:
        super().end(text)
        self._hear(f"end {self._step} {text}")

    def called(self, frame: FrameType, event: str, argument: object) -> None:
        """For `sys.setprofile`: an order to the edge is about to be given."""
        if event == "call" and frame.f_code in ORDERS:
            self._hear(f"edge {frame.f_code.co_name}")

    def _hear(self, what: str) -> None:
        if self.door is None:
            return  # still delivering
        wanted = self.seen == int(self.moment) if self.moment.isdigit() else what.startswith(self.moment)
        if wanted and not self.over:
            self.over = True
            print(f"{self.words[0]} at {what}", flush=True)
            self._happen(self.door)
        self.seen += 1

    def _happen(self, door: SshDoor) -> None:
        match self.words:
            case ["kill"]:
                os.kill(os.getpid(), signal.SIGKILL)
            case ["cut"]:
                assert door._master
                door._master.kill()
                door._master.wait()
            case words:
                subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def promote(folder: Path, stage: str, listener: Listening) -> int:
    """Promotes what is built there."""
    with promoting(open_place(folder, stage=stage), listener) as at:
        ledger = at.switching.heal()
        delivery = at.delivery()
        release = at.release(delivery.preview(), ledger)
        delivered = delivery.deliver()
        plan = at.switching.plan(release, ledger)
        listener.door = at.door
        sys.setprofile(listener.called)
        at.switching.switch(release, plan, moved=delivered.bytes)
    print(f"moments {listener.seen}", flush=True)
    return 0


if __name__ == "__main__":
    FOLDER, STAGE, MOMENT, *WORDS = sys.argv[1:]
    sys.exit(_guarded(Namespace(run=lambda _: promote(Path(FOLDER), STAGE, Listening(MOMENT, WORDS)))))
