"""The one SSH connection of a command: OpenSSH's own client, with the person's configuration, agent and known hosts.

Everything a command does at a host goes through it: programs run there, and the engine's socket is forwarded to a
socket of this machine. It lives as long as its owner: when the owner is killed, the pipe to the anchor at the far end
closes, and the anchor ends what runs there and then the connection, with every lock that a process on it holds.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from stagekit.doors.anchor import ENGINE_SOCKET, anchor, answer
from stagekit.doors.far import Far, Remote

READY_WITHIN = 12.0  # seconds, whatever is wrong on the way: with the ending, an error comes within 15

ASKED_FOR = 120.0  # seconds that a person has to type a password

# Host keys are always checked and nothing is asked: a question nobody sees would look like a slow network.
OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=10",
    # Asked every two seconds; where four questions in a row had no answer, the client gives up at the fifth.
    "ServerAliveInterval=2",
    "ServerAliveCountMax=4",
    "RemoteCommand=none",
    "RequestTTY=no",
    "PermitLocalCommand=no",
    "ForwardAgent=no",
    "ForwardX11=no",
    "LogLevel=INFO",
    "StreamLocalBindUnlink=yes",
)


class SshFailed(Exception):
    """No connection could be made, or it broke. `text` is what the client wrote; `lost` says it had been there."""

    def __init__(self, text: str, lost: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.lost = lost


class SshDoor:
    """A connection to one host, from `with` to the end of its block.

    words    what the client takes for the host, such as `["-p", "2222", "--", "example.test"]`
    config   an SSH configuration file instead of the person's own
    within   seconds until it must be there
    ask      whether the client may ask a person on the terminal, as for a password; then `within` begins to count late
    failure  makes the exception of a failed or broken connection: of the client's words, and whether it had been there

    engine   after the connection is made: `engine` where Docker's socket there can be used, `denied` where this user
             may not, `none` where there is none
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        config: Path | None = None,
        within: float = READY_WITHIN,
        ask: bool = False,
        failure: Callable[[str, bool], Exception] = SshFailed,
    ) -> None:
        self._words = list(words)
        self._config = ["-F", str(config)] if config else []
        self._within = within + (ASKED_FOR if ask else 0)
        self._ask = ask
        self._failure = failure
        self._master: subprocess.Popen[bytes] | None = None
        self._folder = Path()
        self.engine = "none"

    def open(self) -> SshDoor:
        """Makes the connection, unless it is there. Raises FileNotFoundError where there is no OpenSSH client."""
        if self._master:
            return self
        if shutil.which("ssh") is None:
            raise FileNotFoundError("ssh")
        self._folder = _fresh_folder()
        try:
            self._connect()
        except BaseException:
            self.close()
            raise
        return self

    def __enter__(self) -> SshDoor:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def engine_host(self) -> str:
        """The address, on this machine, of the host's Docker engine."""
        return f"unix://{self._folder}/docker.sock"

    def run(self, words: Sequence[str], *, input: str | bytes = b"", timeout: float | None = None) -> Remote:
        """Runs a program there to its end. A broken connection, or no end after `timeout` seconds, raises."""
        given = input.encode() if isinstance(input, str) else input
        try:
            done = subprocess.run(
                self._through(words),
                input=given,
                capture_output=True,
                timeout=timeout,
                check=False,
                env=_environment(),
                start_new_session=True,
            )
        except subprocess.TimeoutExpired:
            raise self._failure(f"Timeout, {words[0]} did not end within {timeout:g} s", True) from None
        found = Remote(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        self._check_alive(found)
        return found

    def start(self, words: Sequence[str]) -> Far:
        """Starts a program there."""
        pipe = subprocess.PIPE
        words = self._through(words)
        return Far(
            subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(), start_new_session=True)
        )

    def alive(self) -> bool:
        """Whether the connection is still there."""
        return self._master is not None and self._master.poll() is None

    def publish(self, remote_port: int, local_port: int) -> int:
        """Makes a port of this machine's loopback reachable at the host's loopback; 0 lets the host choose.

        Returns the host's port. Raises SshFailed where sshd there refuses.
        """
        done = self._control("forward", "-R", f"127.0.0.1:{remote_port}:127.0.0.1:{local_port}")
        if done.returncode != 0:
            raise self._failure(done.stderr.decode("utf-8", "replace"), self.alive())
        return int(done.stdout.split()[-1]) if done.stdout.split() else remote_port

    def bring(self, local_port: int, there: str) -> None:
        """Makes an address that the host reaches, such as `172.18.0.2:5432`, a port of this machine's loopback."""
        self._forward("forward", local_port, there)

    def withdraw(self, local_port: int, there: str) -> None:
        """Takes such a port back; connections that are open stay."""
        self._forward("cancel", local_port, there)

    def _forward(self, deed: str, local_port: int, there: str) -> None:
        done = self._control(deed, "-L", f"127.0.0.1:{local_port}:{there}")
        if done.returncode != 0:
            raise self._failure(done.stderr.decode("utf-8", "replace"), self.alive())

    def close(self) -> None:
        """Ends the connection, and with it whatever was started at the far end."""
        if self._master:
            if self._master.stdin:
                with contextlib.suppress(BrokenPipeError):
                    self._master.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._control("exit")
            self._end_master()
        if self._folder.name:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _connect(self) -> None:
        said = self._folder / "said"
        forward = ["-L", f"{self._folder}/docker.sock:{ENGINE_SOCKET}"]
        control = ["-o", "ControlMaster=yes", "-o", "ControlPersist=no", *self._socket()]
        with said.open("wb") as stderr:
            # A session of its own: ^C is for its owner, who may still have something to put right at the host. A client
            # that may ask needs this one's terminal.
            asking = ["-o", "BatchMode=no"] if self._ask else []
            self._master = subprocess.Popen(
                ["ssh", *self._config, *asking, *_options(), *control, *forward, *self._words, anchor()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=_environment(),
                start_new_session=not self._ask,
            )
        engine, text = answer(self._master, self._within)
        if engine is None:
            self._end_master(1.0)
            written = said.read_text(encoding="utf-8", errors="replace")
            raise self._failure(f"{written}\n{text}".strip(), False)
        self.engine = engine

    def _end_master(self, patience: float = 5.0) -> None:
        assert self._master
        try:
            self._master.wait(patience)
        except subprocess.TimeoutExpired:
            self._master.kill()
            self._master.wait()
        self._master = None

    def _through(self, words: Sequence[str]) -> list[str]:
        # Should the control socket be gone, ProxyCommand keeps the client from making a connection of its own.
        only = [
            "-o",
            "ControlMaster=no",
            "-o",
            "ProxyCommand=exit 255",
            "-o",
            "ClearAllForwardings=yes",
            *self._socket(),
        ]
        return ["ssh", *self._config, *_options(), *only, *self._words, shlex.join(words)]

    def _control(self, deed: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        call = ["ssh", *self._config, *self._socket(), "-O", deed, *words, *self._words]
        return subprocess.run(
            call, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False, env=_environment()
        )

    def _socket(self) -> list[str]:
        return ["-o", f"ControlPath={self._folder}/m"]

    def _check_alive(self, found: Remote) -> None:
        # 255 is the client's own code, and may be the program's: the connection tells which.
        if found.code == 255 and not _settles(self.alive):
            raise self._failure(found.stderr, True)


def _options() -> list[str]:
    return [word for option in OPTIONS for word in ("-o", option)]


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _fresh_folder() -> Path:
    """A private folder under /tmp, as a socket's path must be short; those of owners that were killed are removed."""
    for old in Path("/tmp").glob("stagekit-ssh-*-*"):
        pid = old.name.split("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"stagekit-ssh-{os.getpid()}-", dir="/tmp"))


def _settles(alive: Callable[[], bool]) -> bool:
    """Whether the connection is still there a moment later: the client notices its end before its owner does."""
    deadline = time.monotonic() + 1.0
    while time.monotonic() < deadline:
        if not alive():
            return False
        time.sleep(0.05)
    return True
