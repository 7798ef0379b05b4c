"""Whether the engine's data root lies on a filesystem that can hold image layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stagekit.errors import EngineInstallError

MOUNTINFO = Path("/proc/self/mountinfo")
# The overlay2 driver cannot stack on these; an engine left to choose would copy every layer (vfs) instead.
UNFIT = ("overlay", "overlayfs", "aufs", "fuse.fuse-overlayfs", "ecryptfs")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo: what lies at `point` is the folder `root` of a filesystem."""

    point: Path
    kind: str
    root: Path = Path("/")
    device: str = ""


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """The mounts of a machine, in the order they were made."""
    return tuple(_mount(line) for line in text.splitlines() if " - " in line)


def lies_over_itself(mount: Mount, before: Sequence[Mount]) -> bool:
    """Whether a mount shows the very folder that it hides. `before` are the mounts made before it."""
    below = _holding(mount.point, before)
    if below is None or below.device != mount.device:
        return False
    return mount.root == below.root / mount.point.relative_to(below.point)


def filesystem_of(path: Path, mounts: Sequence[Mount]) -> str:
    """The filesystem that a path lies on, or will lie on."""
    holding = _holding(path, mounts)
    return holding.kind if holding else ""


def refuse_unfit(data: Path) -> None:
    """Raises EngineInstallError where the data root lies on a filesystem that cannot hold layers."""
    kind = filesystem_of(data.resolve(), parse_mountinfo(MOUNTINFO.read_text(encoding="utf-8", errors="replace")))
    if kind in UNFIT:
        raise unfit(data, kind)


def unfit(data: Path, kind: str) -> EngineInstallError:
    """The data root cannot hold layers."""
    return EngineInstallError(
        "the engine's data root lies on a filesystem that cannot hold image layers",
        evidence=[("data root", str(data)), ("filesystem", kind)],
        next=f"put a volume at it (in a container: docker run -v NAME:{data} …), or set STAGEKIT_HOME to a folder "
        "on a real disk; then run the same command again",
        slug="engine-storage",
    )


def _holding(path: Path, mounts: Sequence[Mount]) -> Mount | None:
    """The mount that a path lies on; of two at one point the later, which hides the earlier."""
    found = [mount for mount in reversed(mounts) if path.is_relative_to(mount.point)]
    return max(found, key=lambda mount: len(mount.point.parts), default=None)


def _mount(line: str) -> Mount:
    before, after = line.split(" - ", 1)
    _, _, device, root, point, *_ = before.split()
    return Mount(_path(point), after.split()[0], _path(root), device)


def _path(text: str) -> Path:
    return Path(text.replace("\\040", " "))
