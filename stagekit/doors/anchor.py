"""What runs at the far end of a connection for as long as it lasts: tells of the engine, and cleans up at the end."""

from __future__ import annotations

import os
import select
import shlex
import subprocess
import time

ENGINE_SOCKET = "/var/run/docker.sock"

# When its input ends, its owner has closed the connection or is dead, or the connection is lost. Then it ends every
# program that came over this connection: sshd alone would leave them running, with the locks that they hold.
ANCHOR = """
if [ -w SOCKET ]; then engine=engine; elif [ -S SOCKET ]; then engine=denied; else engine=none; fi
echo "stagekit:$engine"
trap "" HUP PIPE
cat >/dev/null
end() {
    for process in /proc/[0-9]*; do
        [ "$process" != "/proc/$$" ] &&
            grep -qzxF "SSH_CONNECTION=$SSH_CONNECTION" "$process/environ" 2>/dev/null &&
            kill "-$1" "${process#/proc/}" 2>/dev/null
    done
}
end TERM
case "$(cat "/proc/$PPID/comm" 2>/dev/null)" in sshd*) kill "$PPID" ;; esac
sleep 1
end KILL
""".replace("SOCKET", ENGINE_SOCKET)
MARK = "stagekit:"


def anchor() -> str:
    """The command line. The person's shell at the host may be any: its one word is the same in all of them."""
    return f"exec sh -c {shlex.quote(ANCHOR)}"


def answer(process: subprocess.Popen[bytes], within: float) -> tuple[str | None, str]:
    """What the anchor told of the engine, or None and what was written instead.

    A host's start-up files may print lines of their own.
    """
    assert process.stdout
    deadline = time.monotonic() + within
    text = ""
    while True:
        for line in text.split("\n")[:-1]:
            if line.startswith(MARK):
                return line.removeprefix(MARK).strip(), ""
        ready, _, _ = select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            return None, f"{text}\nTimeout, no answer within {within:g} s"
        chunk = os.read(process.stdout.fileno(), 4096)
        if not chunk:
            return None, text
        text += chunk.decode("utf-8", "replace")
