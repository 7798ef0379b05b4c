"""Commands that take the terminal over: a shell in a service, a SQL prompt, logs that go on."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any


def hand_over(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a command on this terminal; returns its exit code, or 130 after ^C."""
    try:
        return subprocess.run(list(words), env=dict(environment), check=False).returncode
    except KeyboardInterrupt:
        return 130


def capture(words: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end and keeps what it wrote; `options` are those of subprocess.run."""
    return subprocess.run(list(words), capture_output=True, text=True, check=False, **options)
