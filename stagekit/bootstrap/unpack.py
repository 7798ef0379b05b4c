"""Downloads packages and unpacks them into a folder of our own: nothing is installed on the machine.

A folder appears whole or not at all: it is filled under another name and renamed last. Killed at any point, the next
run goes on with what was downloaded.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from stagekit.bootstrap.apt import BOUND, Archive
from stagekit.doors.local import Processes
from stagekit.errors import EngineInstallError

Fetches = Sequence[tuple[Archive, Sequence[str]]]


def unpack(fetches: Fetches, target: Path, finish: Callable[[Path], None], processes: Processes) -> None:
    """Fills `target` with root/ from the packages, lets `finish` complete it, marks it, and puts it in place."""
    debs = target.with_name(f"{target.name}.debs")
    for archive, packages in fetches:
        archive.download(packages, debs)
    new = fresh_folder(target.parent, f"{target.name}.new-")
    (new / "root").mkdir()
    for deb in sorted(debs.glob("*.deb")):
        _extract(deb, new / "root", processes)
    for folder in ("doc", "man", "lintian"):
        shutil.rmtree(new / "root/usr/share" / folder, ignore_errors=True)
    finish(new)
    (new / "complete").touch()
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
    shutil.rmtree(debs, ignore_errors=True)


def fresh_folder(parent: Path, prefix: str) -> Path:
    """An empty folder with a name of its own; what a killed run left under the prefix is deleted."""
    for left in parent.glob(f"{prefix}*"):
        # A program of the killed run may still write there for a moment; the next run takes the rest.
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    folder.chmod(0o755)
    return folder


def _extract(deb: Path, root: Path, processes: Processes) -> None:
    result = processes.run([*BOUND, "dpkg-deb", "--extract", str(deb), str(root)])
    if not result.ok:
        # What cannot be unpacked is not kept, so that the next run downloads it again.
        deb.unlink(missing_ok=True)
        raise EngineInstallError(
            f"{deb.name} could not be unpacked",
            evidence=result.last_lines(),
            next="check the free space (`df -h`), then run the same command again",
            slug="engine-packages",
        )
