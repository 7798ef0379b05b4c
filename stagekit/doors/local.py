"""The door to this machine's programs: runs one and waits, or starts one that stays."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from stagekit.errors import StagekitError, UsageError

NOT_FOUND = 127
TIMED_OUT = 124


@dataclass(frozen=True, slots=True)
class Result:
    """What a program said. `code` is 127 where it is not there, 124 where it took too long."""

    code: int
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    def last_lines(self, count: int = 5) -> tuple[tuple[str, str], ...]:
        """The last lines it wrote, as evidence of an error."""
        lines = [line.strip() for line in (self.stderr.strip() or self.stdout.strip()).splitlines() if line.strip()]
        return tuple(("last lines" if i == 0 else "", line[:300]) for i, line in enumerate(lines[-count:]))


class Running(Protocol):
    """A program that was started and stays."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""


class Processes:
    """Runs programs. Commands are lists of words, never a shell's line."""

    def run(
        self,
        words: Sequence[str],
        *,
        input: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        cwd: Path | None = None,
        check: bool = False,
    ) -> Result:
        """Runs a program to its end. `env` is set on top of this process's own; `timeout` is in seconds.

        With `check`, a program that fails raises StagekitError with its last lines.
        """
        result = _run(words, input, env, timeout, cwd)
        if check and not result.ok:
            raise StagekitError(
                f"{Path(words[0]).name} failed with exit code {result.code}",
                evidence=result.last_lines(),
                next=f"try it by hand: {shlex.join(words)}",
                slug="command-failed",
            )
        return result

    def spawn(self, words: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path | None = None) -> Running:
        """Starts a program in a session of its own, so that it outlives the terminal. `env` is all it gets."""
        with log.open("ab") as out:
            return subprocess.Popen(
                list(words),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(env),
                cwd=cwd,
                start_new_session=True,
            )


def _run(
    words: Sequence[str],
    input: str | None,
    env: Mapping[str, str] | None,
    timeout: float | None,
    cwd: Path | None,
) -> Result:
    try:
        done = subprocess.run(
            list(words),
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, **env} if env is not None else None,
            timeout=timeout,
            cwd=cwd,
            check=False,
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        return Result(NOT_FOUND, "", f"{words[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Result(TIMED_OUT, "", f"{words[0]}: no end after {timeout} s")
    return Result(done.returncode, done.stdout, done.stderr)


def replace_file(path: Path, content: IO[bytes]) -> None:
    """Writes a file whole or not at all, readable by its owner only; what is there is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            shutil.copyfileobj(content, out, 1 << 20)
        Path(new).replace(path)
    finally:
        Path(new).unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """A file to read, and its bytes. Raises UsageError where it cannot be read."""
    try:
        content = path.open("rb")
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}", next="name a file that is there") from None
    with content:
        yield content, os.fstat(content.fileno()).st_size
