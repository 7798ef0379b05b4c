"""Image archives on this machine's disk: a file that `docker save` wrote, or an OCI layout, packed or as a folder."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

PIECE = 1 << 20


def is_archive(where: str) -> bool:
    """Whether that is a file or a folder here, and not a registry's reference."""
    return Path(where).exists()


def open_archive(where: str) -> Iterator[bytes]:
    """The archive as a stream of tar. Raises OSError."""
    path = Path(where)
    return _folder(path) if path.is_dir() else _file(path)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _folder(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            member = tarfile.TarInfo(str(path.relative_to(folder)))
            member.size = path.stat().st_size
            yield member.tobuf()
            yield from _file(path)
            yield bytes(-member.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)
