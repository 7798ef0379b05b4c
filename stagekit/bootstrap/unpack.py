"""Downloads packages and unpacks them into a folder of our own: nothing is installed on the machine.

A folder appears whole or not at all: it is filled under another name and renamed last. Killed at any point, the next
run goes on with what was downloaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from stagekit.bootstrap.apt import Archive
from stagekit.doors.local import Processes
from stagekit.errors import EngineInstallError

Fetches = Sequence[tuple[Archive, Sequence[str]]]


def unpack(fetches: Fetches, target: Path, finish: Callable[[Path], None], processes: Processes) -> None:
    """Fills `target` with root/ from the packages, lets `finish` complete it, marks it, and puts it in place."""
    debs = target.with_name(f"{target.name}.debs")
    new = target.with_name(f"{target.name}.new")
    for archive, packages in fetches:
        archive.download(packages, debs)
    shutil.rmtree(new, ignore_errors=True)
    (new / "root").mkdir(parents=True)
    for deb in sorted(debs.glob("*.deb")):
        _extract(deb, new / "root", processes)
    for folder in ("doc", "man", "lintian"):
        shutil.rmtree(new / "root/usr/share" / folder, ignore_errors=True)
    finish(new)
    (new / "complete").touch()
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
    shutil.rmtree(debs, ignore_errors=True)


def _extract(deb: Path, root: Path, processes: Processes) -> None:
    result = processes.run(["dpkg-deb", "--extract", str(deb), str(root)])
    if not result.ok:
        # What cannot be unpacked is not kept, so that the next run downloads it again.
        deb.unlink(missing_ok=True)
        raise EngineInstallError(
            f"{deb.name} could not be unpacked",
            evidence=result.last_lines(),
            next="check the free space (`df -h`), then run the same command again",
            slug="engine-packages",
        )
