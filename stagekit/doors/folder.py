"""A folder of small files at a host, over the one connection: each is replaced whole, and one lock guards a switch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from stagekit.doors.far import Far, Remote

HELD = 75  # the exit code that flock is told to end with where somebody else has the lock

# Each file after a line with its name, which no JSON document has, so that one answer holds them all. `%` is patterns.
READ = """
cd "$1" 2>/dev/null || exit 0
for file in %; do [ -f "$file" ] && printf '=== %s\\n' "$file" && cat "$file" && echo; done; :
"""
WRITE = """
umask 077 && mkdir -p "$1" && cd "$1" && cat >"$2.new.$$" && sync "$2.new.$$" && mv -f "$2.new.$$" "$2"
"""
REMOVE = """
cd "$1" 2>/dev/null || exit 0
shift; rm -f -- "$@"
"""
EXISTS = """
[ ! -d "$1" ] || echo there
"""
DESTROY = """
rm -rf -- "$1" && rmdir -- "$(dirname -- "$1")" 2>/dev/null; [ ! -e "$1" ]
"""
LOCK = "lock"
# The lock lives as long as the process that holds it, and that as long as the connection.
TAKE = """
umask 077 && mkdir -p "$1" && cd "$1" &&
exec flock --timeout "$2" --conflict-exit-code 75 "$3" sh -c 'echo held; exec cat >/dev/null'
"""
# Asked of the kernel: to try the lock would be to hold it for a moment, in the way of whoever wants it just then.
IS_HELD = """
cd "$1" 2>/dev/null && [ -e lock ] && grep -q "FLOCK .*:$(stat -c %i lock) " /proc/locks && echo held; :
"""


class Runs(Protocol):
    """What a folder asks of a connection."""

    def run(self, words: Sequence[str], *, input: str | bytes = b"", timeout: float | None = None) -> Remote: ...
    def start(self, words: Sequence[str]) -> Far: ...


class FolderFailed(Exception):
    """The host refused to read or write; `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class LockHeld(Exception):
    """Somebody else has the lock."""


class HostFolder:
    """One folder at a host.

    path     from the home of the user there, or absolute
    failure  makes the error for what the host refuses, from what it said
    Raises that, and what the connection raises when it breaks.
    """

    def __init__(self, host: Runs, path: str, *, failure: Callable[[str], Exception] = FolderFailed) -> None:
        self._host = host
        self._failure = failure
        self.path = path

    def read(self, *patterns: str) -> dict[str, str]:
        """The texts of these files, of those that are there, by name. `*` stands for any part of a name."""
        return _texts(self._run(READ.replace("%", " ".join(patterns), 1)))

    def write(self, name: str, text: str) -> None:
        """Replaces a file, whole or not at all."""
        self._run(WRITE, name, input=text)

    def remove(self, *names: str) -> None:
        """Removes files; one that is not there is no error."""
        self._run(REMOVE, *names)

    def exists(self) -> bool:
        """Whether anything was ever written here."""
        return self._run(EXISTS).strip() == "there"

    def destroy(self) -> None:
        """Removes the folder with all that is in it, and the one around it where that is empty then."""
        self._run(DESTROY)

    def is_locked(self) -> bool:
        """Whether somebody holds the folder's lock now."""
        return self._run(IS_HELD).strip() == "held"

    def now(self) -> int:
        """The host's own clock, in seconds since 1970."""
        return int(self._run("date +%s"))

    @contextmanager
    def locked(self, name: str = LOCK, *, wait: int = 0) -> Iterator[None]:
        """Holds a lock of the folder for the length of a block; the one without a name is that of a switch.

        wait  the seconds that it is waited for
        Raises LockHeld where somebody else holds it.
        """
        holder = self._host.start(["sh", "-c", TAKE, "lock", self.path, str(wait), name])
        if holder.stdout.readline().strip() != b"held":
            found = holder.finish()
            if found.code == HELD:
                raise LockHeld
            raise self._failure(found.stderr.strip() or f"flock ended with {found.code}")
        try:
            yield
        finally:
            holder.finish()

    def _run(self, script: str, *words: str, input: str = "") -> str:
        done = self._host.run(["sh", "-c", script, "folder", self.path, *words], input=input, timeout=30)
        if not done.ok:
            raise self._failure(done.stderr.strip() or f"it ended with {done.code}")
        return done.stdout


def _texts(said: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in said.splitlines():
        if line.startswith("=== "):
            lines = found.setdefault(line[4:], [])
        else:
            lines.append(line)
    return {name: "\n".join(text).rstrip("\n") for name, text in found.items()}
