"""Programs at a host."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Remote:
    """What a program at the host said."""

    code: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.code == 0


class Far:
    """A program that was started at the host: bytes go in, bytes come out."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin and process.stdout and process.stderr
        self._process = process
        self.stdin: IO[bytes] = process.stdin
        self.stdout: IO[bytes] = process.stdout
        self.stderr: IO[bytes] = process.stderr

    def finish(self) -> Remote:
        """Closes its input, waits for its end, and tells what it said."""
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self._process.stdin = None  # closed already
        out, err = self._process.communicate()
        return Remote(self._process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def end(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()
