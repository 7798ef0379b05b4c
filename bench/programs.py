"""Runs a program and takes its time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

STAGEKIT = str(Path(sys.executable).with_name("stagekit"))


class Failed(Exception):
    """A program that should have been measured ended with an error."""


def run(words: Sequence[str], *, environment: Mapping[str, str] | None = None, directory: Path | None = None) -> float:
    """Runs a program to its end; returns the seconds it took. Raises Failed with its last line."""
    began = time.perf_counter()
    done = subprocess.run(
        list(words),
        env=dict(environment) if environment is not None else None,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Failed(f"{Path(words[0]).name} {words[-1]} ended with {done.returncode}: {' | '.join(lines[-4:])}")
    return took


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(f"bench      {text}", file=sys.stderr, flush=True)
