"""The one SSH connection of a command: OpenSSH's own client, with the person's configuration, agent and known hosts.

Everything a command does at a host goes through it: programs run there, and the engine's socket is forwarded to a
socket of this machine. It lives as long as its owner: when the owner is killed, the pipe to the far end closes, the
program there ends, and sshd ends the connection, with every lock that a process on it holds.
"""

from __future__ import annotations

import contextlib
import select
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

READY_WITHIN = 15.0  # seconds, whatever is wrong on the way
ENGINE_SOCKET = "/var/run/docker.sock"

# Host keys are always checked and nothing is asked: a question nobody sees would look like a slow network.
OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=10",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "RemoteCommand=none",
    "RequestTTY=no",
    "PermitLocalCommand=no",
    "StreamLocalBindUnlink=yes",
)

# What runs at the far end for as long as the connection lasts. It tells whether the engine can be spoken to.
ANCHOR = (
    f"if [ -w {ENGINE_SOCKET} ]; then echo engine; elif [ -S {ENGINE_SOCKET} ]; then echo denied; "
    "else echo none; fi; exec cat >/dev/null"
)


class SshFailed(Exception):
    """No connection could be made, or it broke. `text` is what the client wrote; `lost` says it had been there."""

    def __init__(self, text: str, *, lost: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.lost = lost


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
        out, err = self.stdout.read(), self.stderr.read()
        return Remote(self._process.wait(), out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def end(self) -> None:
        """Ends it at once."""
        self._process.kill()
        self._process.wait()


class SshDoor:
    """A connection to one host, from `with` to the end of its block.

    words   what the client takes for the host, such as `["-p", "2222", "--", "example.test"]`
    config  an SSH configuration file instead of the person's own

    engine  after the connection is made: `engine` where Docker's socket there can be used, `denied` where this user
            may not, `none` where there is none
    Raises SshFailed from `with` and from everything that finds the connection broken.
    """

    def __init__(self, words: Sequence[str], *, config: Path | None = None, within: float = READY_WITHIN) -> None:
        self._words = list(words)
        self._config = ["-F", str(config)] if config else []
        self._within = within
        self._master: subprocess.Popen[bytes] | None = None
        self.engine = "none"

    def __enter__(self) -> SshDoor:
        if shutil.which("ssh") is None:
            raise FileNotFoundError("ssh")
        self._folder = Path(tempfile.mkdtemp(prefix="stagekit-ssh-", dir="/tmp"))  # a socket's path must be short
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def engine_host(self) -> str:
        """The address, on this machine, of the host's Docker engine."""
        return f"unix://{self._folder}/docker.sock"

    def run(self, words: Sequence[str], *, input: str | bytes = b"", timeout: float | None = None) -> Remote:
        """Runs a program there to its end. Raises SshFailed when the connection breaks, or after `timeout` seconds."""
        given = input.encode() if isinstance(input, str) else input
        try:
            done = subprocess.run(
                self._through(words), input=given, capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise SshFailed(f"Timeout, server did not answer within {timeout} s", lost=True) from None
        found = Remote(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        self._check_alive(found)
        return found

    def start(self, words: Sequence[str]) -> Far:
        """Starts a program there."""
        pipe = subprocess.PIPE
        return Far(subprocess.Popen(self._through(words), stdin=pipe, stdout=pipe, stderr=pipe))

    def alive(self) -> bool:
        """Whether the connection is still there."""
        return self._master is not None and self._master.poll() is None

    def publish(self, remote_port: int, local_port: int) -> int:
        """Makes a port of this machine's loopback reachable at the host's loopback; 0 lets the host choose.

        Returns the host's port. Raises SshFailed where sshd there refuses.
        """
        done = self._control("forward", "-R", f"127.0.0.1:{remote_port}:127.0.0.1:{local_port}")
        if done.returncode != 0:
            raise SshFailed(done.stderr.decode("utf-8", "replace"))
        return int(done.stdout.split()[-1]) if done.stdout.split() else remote_port

    def close(self) -> None:
        """Ends the connection; programs that still run at the far end get the end of their input."""
        if self._master:
            if self._master.stdin:
                with contextlib.suppress(BrokenPipeError):
                    self._master.stdin.close()
            self._control("exit")
            try:
                self._master.wait(5)
            except subprocess.TimeoutExpired:
                self._master.kill()
                self._master.wait()
            self._master = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self) -> None:
        said = self._folder / "said"
        forward = ["-L", f"{self._folder}/docker.sock:{ENGINE_SOCKET}"]
        control = ["-o", "ControlMaster=yes", "-o", "ControlPersist=no", *self._socket()]
        with said.open("wb") as stderr:
            self._master = subprocess.Popen(
                ["ssh", *self._config, *_options(), *control, *forward, *self._words, ANCHOR],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
            )
        line = _first_line(self._master, self._within)
        if line not in ("engine", "denied", "none"):
            self._master.kill()
            self._master.wait()
            text = said.read_text(encoding="utf-8", errors="replace")
            raise SshFailed(text or (f"Timeout, no answer within {self._within:g} s" if line is None else line))
        self.engine = line

    def _through(self, words: Sequence[str]) -> list[str]:
        # Should the control socket be gone, ProxyCommand keeps the client from making a connection of its own.
        only = ["-o", "ControlMaster=no", "-o", "ProxyCommand=exit 255", *self._socket()]
        return ["ssh", *self._config, *_options(), *only, *self._words, shlex.join(words)]

    def _control(self, deed: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        call = ["ssh", *self._config, *self._socket(), "-O", deed, *words, *self._words]
        return subprocess.run(call, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)

    def _socket(self) -> list[str]:
        return ["-o", f"ControlPath={self._folder}/m"]

    def _check_alive(self, found: Remote) -> None:
        # 255 is the client's own code, and may be the program's: the connection tells which.
        if found.code == 255 and not _settles(self.alive):
            raise SshFailed(found.stderr, lost=True)


def _options() -> list[str]:
    return [word for option in OPTIONS for word in ("-o", option)]


def _first_line(process: subprocess.Popen[bytes], within: float) -> str | None:
    """The first line it writes; empty at its end, None when it takes too long."""
    assert process.stdout
    deadline = time.monotonic() + within
    text = b""
    while b"\n" not in text:
        ready, _, _ = select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return None
        chunk = process.stdout.read1(4096)  # type: ignore[attr-defined]  # a BufferedReader
        if not chunk:
            return ""
        text += chunk
    # A host's start-up files may print lines of their own; the anchor's is the last.
    return text.decode("utf-8", "replace").strip().splitlines()[-1]


def _settles(alive: object) -> bool:
    """Whether the connection is still there a moment later: the client notices its end before its owner does."""
    assert callable(alive)
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        if not alive():
            return False
        time.sleep(0.05)
    return True
