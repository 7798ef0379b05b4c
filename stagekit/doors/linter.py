"""The linter of migrations: squawk, which comes with stagekit where there is a build of it for the machine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from stagekit.doors.local import Processes

PROGRAM = "squawk"
PATIENCE = 30.0  # seconds


def lint(sql: str) -> str | None:
    """squawk's findings as JSON; None where this machine has no squawk, or it says nothing."""
    beside = Path(sys.executable).with_name(PROGRAM)
    program = str(beside) if beside.is_file() else shutil.which(PROGRAM)
    if program is None:
        return None
    # Its exit code says only whether there are findings.
    return Processes().run([program, "--reporter", "json"], input=sql, timeout=PATIENCE).stdout or None
