"""Takes the embedded engine away: what it runs, what it changed in the kernel, and its folder; nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from stagekit.bootstrap.bridge import delete_bridge
from stagekit.bootstrap.daemon import stop
from stagekit.bootstrap.firewall import Firewall
from stagekit.bootstrap.leftovers import end_leftovers
from stagekit.bootstrap.lock import held
from stagekit.bootstrap.network import interfaces_in, read_network, routes_here
from stagekit.bootstrap.places import Places
from stagekit.bootstrap.storage import MOUNTINFO, Mount, lies_over_itself, parse_mountinfo
from stagekit.doors.local import Processes
from stagekit.errors import EngineInstallError

# Where containerd, dockerd and runc make folders, whatever they are told.
SHARED = ("/run/runc", "/run/containerd/s", "/run/containerd", "/run/docker/plugins", "/run/docker")
Say = Callable[[str, str], None]


def remove(places: Places, processes: Processes, say: Say) -> bool:
    """Removes the engine with its images, containers and volumes. False where there was none.

    Only a folder that carries our mark is deleted, and no other filesystem mounted in it. Interrupted, it can be run
    again. Raises EngineInstallError.
    """
    if not places.owned():
        return False
    stop(places, say)
    with held(places, say):
        end_leftovers(places)
        _undo_network(places, processes)
        _unmount(places, processes)
        say("engine", f"deleting {places.engine}")
        _delete(places)
    return True


def mounts_to_undo(places: Places, mounts: Sequence[Mount]) -> tuple[Path, ...]:
    """The engine's mounts, the innermost first.

    dockerd lays its data root over itself; that is undone. A volume that a person put at the home, at the engine's
    folder or at its data root is kept.
    """
    kept = {places.home, places.engine, places.data}
    return tuple(
        mount.point
        for index, mount in reversed(list(enumerate(mounts)))
        if mount.point.is_relative_to(places.engine) or mount.point.is_relative_to(places.run)
        if mount.point not in kept or lies_over_itself(mount, mounts[:index])
    )


def _undo_network(places: Places, processes: Processes) -> None:
    if places.installed() and (places.run / "bin").is_dir():
        Firewall(places, processes).remove()
    if network := read_network(places):
        for name in {*interfaces_in(network.pool, routes_here()), network.bridge}:
            delete_bridge(name)


def _unmount(places: Places, processes: Processes) -> None:
    mounts = parse_mountinfo(MOUNTINFO.read_text(encoding="utf-8", errors="replace"))
    for point in mounts_to_undo(places, mounts):
        result = processes.run(["umount", "-l", str(point)])
        if not result.ok:
            raise EngineInstallError(
                f"{point} could not be unmounted",
                evidence=result.last_lines(),
                next=f"umount {point}, then the same command again",
                slug="engine-remove",
            )


def _delete(places: Places) -> None:
    # The mark goes last, so that a removal that was interrupted can be run again.
    for path in sorted(places.engine.iterdir(), key=lambda path: path == places.owner):
        _delete_one(path)
    for folder in (places.engine, places.home):
        if not any(folder.iterdir()) and not folder.is_mount():
            folder.rmdir()
    shutil.rmtree(places.run, ignore_errors=True)
    for shared in SHARED:
        # Others may use these: only an empty one goes.
        with suppress(OSError):
            Path(shared).rmdir()


def _delete_one(path: Path) -> None:
    if not path.is_dir() or path.is_symlink():
        path.unlink()
    elif path.is_mount():
        for inner in path.iterdir():
            _delete_one(inner)
    else:
        shutil.rmtree(path)
