"""OpenSSH's client and key maker for the tests of hosts: those that are here, else Debian's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def have_openssh() -> None:
    """Installs the client where it is missing. Raises AssertionError when that fails."""
    if shutil.which("ssh") and shutil.which("ssh-keygen"):
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", "openssh-client"]):
        subprocess.run(["apt-get", "-qq", *words], env=quiet, capture_output=True, check=False)
    assert shutil.which("ssh"), "no OpenSSH client here, and apt-get could not install openssh-client"


def make_key(path: Path) -> Path:
    """A new key pair; `path` is the private one's file."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
    subprocess.run(words, stdin=subprocess.DEVNULL, check=True)
    return path


def config(path: Path, *lines: str) -> Path:
    """An SSH configuration file of these lines."""
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path
