"""This machine as the search for an engine sees it; a test gives one of its own."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stagekit.bootstrap.answer import Answer, ask
from stagekit.bootstrap.places import Places, places_from
from stagekit.doors.local import Processes


@dataclass(frozen=True)
class Machine:
    """Who asks, from where, and how the machine is asked.

    system  as Python names it: Linux or Darwin
    root    the folder that stands for /
    """

    env: Mapping[str, str]
    home: Path
    uid: int
    system: str
    root: Path = Path("/")
    ask: Callable[[str], Answer] = ask
    processes: Processes = field(default_factory=Processes)

    def which(self, program: str) -> str | None:
        """The program on the PATH."""
        return shutil.which(program, path=self.env.get("PATH", ""))

    @property
    def places(self) -> Places:
        """Where this person's embedded engine lives."""
        return places_from(self.env, self.home)


def this_machine() -> Machine:
    """The machine this runs on."""
    return Machine(env=dict(os.environ), home=Path.home(), uid=os.geteuid(), system=platform.system())
