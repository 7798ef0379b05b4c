"""A project's own program, run on this machine with a text on its stdin, for a bounded time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from stagekit.doors.local import NOT_FOUND, TIMED_OUT, Result


def run_hook(words: Sequence[str], *, input: str, env: Mapping[str, str], cwd: Path, timeout: float) -> Result:
    """Runs it to its end, or ends it and all that it started after `timeout` seconds.

    env  on top of this process's own
    """
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, **env},
            cwd=cwd,
            start_new_session=True,
        )
    except OSError as error:
        return Result(NOT_FOUND, "", f"{words[0]}: {error.strerror}")
    try:
        out, err = process.communicate(input, timeout)
        return Result(process.returncode, out, err)
    except subprocess.TimeoutExpired:
        _end(process)
        return Result(TIMED_OUT, "", f"{words[0]}: no end after {timeout:g} s")
    except BaseException:
        _end(process)  # a session of its own hears no ^C
        raise


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
