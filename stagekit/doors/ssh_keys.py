"""The public keys that OpenSSH's client would offer to a host, in its order."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path


def offered(words: Sequence[str], config: Path | None = None) -> Iterator[tuple[str, str]]:
    """Where each comes from, and its text: the agent's first, then the identity files' beside which a .pub lies."""
    settings = _effective(words, config)
    if ("identitiesonly", "yes") not in settings:
        for line in _output(["ssh-add", "-L"]).splitlines():
            if line.split(" ")[0].startswith(("ssh-", "ecdsa-", "sk-")):
                yield "the SSH agent", line
    for file in (_public(value) for key, value in settings if key == "identityfile"):
        if file.is_file():
            yield str(file), file.read_text(encoding="utf-8", errors="replace")


def _public(identity: str) -> Path:
    path = Path(f"{identity.replace('%%', '%')}.pub")  # the client shows it with its tokens
    with contextlib.suppress(RuntimeError):  # the home of somebody who is not there
        return path.expanduser()
    return path


def _effective(words: Sequence[str], config: Path | None) -> list[tuple[str, str]]:
    """What the client's configuration comes to for these words."""
    file = ["-F", str(config)] if config else []
    lines = _output(["ssh", *file, "-G", *words]).splitlines()
    return [(key, value.strip('"')) for key, _, value in (line.partition(" ") for line in lines)]


def _output(words: Sequence[str]) -> str:
    try:
        done = subprocess.run(list(words), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout
