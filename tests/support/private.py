"""A program that sees files of its own where this machine has others: in a mount namespace, which ends with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCRIPT = """
set -e
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
shift
exec "$@"
"""


def run_seeing(files: Mapping[Path, Path], words: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program that sees each of these files or folders with what another one holds; both streams in one.

    files  what it sees, by the place where it sees it
    """
    asked = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mounts = [str(path) for place, held in files.items() for path in (held, place)]
    return subprocess.run(
        [*asked, "sh", "-c", SCRIPT, "sh", *mounts, "--", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
