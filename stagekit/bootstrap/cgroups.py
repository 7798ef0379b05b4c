"""Lets an engine in a container hand resources to its own containers (cgroup v2).

A cgroup that holds processes cannot share its controllers out. Where no systemd does it, the processes at the top are
moved into a group of their own first; on a machine with systemd, or with cgroup v1, nothing is done.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
SYSTEMD = Path("/run/systemd/system")


def share_controllers(root: Path = ROOT, systemd: Path = SYSTEMD) -> None:
    """Enables every controller for the groups below `root`, where that is needed and allowed."""
    missing = controllers_to_enable(_words(root / "cgroup.controllers"), _words(root / "cgroup.subtree_control"))
    if not missing or systemd.is_dir():
        return
    try:
        _move_processes(root)
        (root / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in missing), encoding="ascii")
    except OSError:
        # A read-only or foreign hierarchy: dockerd says what it lacks in its own words.
        return


def controllers_to_enable(available: list[str], enabled: list[str]) -> list[str]:
    """The controllers that are there but not shared out."""
    return [name for name in available if name not in enabled]


def _move_processes(root: Path) -> None:
    group = root / "init"
    group.mkdir(exist_ok=True)
    for pid in _words(root / "cgroup.procs"):
        try:
            (group / "cgroup.procs").write_text(pid, encoding="ascii")
        except OSError:
            # It has ended, or is a kernel thread, which stays.
            continue


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii").split()
    except OSError:
        return []
