"""The layers of images as they travel, compressed, in a folder of this machine: a cache that any command may use.

    <folder>/<diff_id>.zst   a layer: a zstd stream whose first frame, which decoders skip, tells its size and its hash
    <folder>/<image id>.img  an image's configuration and its layers' sizes, after their hash

Each file vouches for itself, so there is no index that could be wrong: what was damaged is noticed, removed and made
anew. Files appear whole, by a rename; whoever reads one while it is removed reads it to its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stagekit.doors.packing import packed

PIECE = 1 << 18

# A skippable frame of zstd: its magic number, the length of the rest; the size unpacked, the size on the wire, a hash.
HEAD = struct.Struct("<IIQQ32s")
MAGIC = 0x184D2A5E


class LayerDamaged(Exception):
    """A layer of the cache is not what it was when it was put there, or has gone."""

    def __init__(self, layer: str) -> None:
        super().__init__(layer)
        self.layer = layer


@dataclass(frozen=True)
class Kept:
    """A layer in the cache. `size` is in bytes unpacked, `packed` on the wire."""

    layer: str
    size: int
    packed: int


@dataclass(frozen=True)
class KeptImage:
    """An image in the cache: its configuration's bytes, and its layers' sizes."""

    config: bytes
    sizes: tuple[int, ...]


class LayerCache:
    """The cache in one folder.

    limit  bytes that `trim` leaves at most
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit

    def layer(self, layer: str) -> Kept | None:
        """The layer, marked as just used; None where it is not here."""
        try:
            with self._path(layer, "zst").open("rb") as file:
                size, on_wire, _ = _head(file)
                whole = os.fstat(file.fileno()).st_size == HEAD.size + on_wire
                os.utime(file.fileno())
        except (OSError, ValueError):
            return None
        return Kept(layer, size, on_wire) if whole else None

    def read(self, layer: str) -> Iterator[bytes]:
        """The layer's bytes on the wire. The last piece comes only when all of them have proven to be right.

        Raises LayerDamaged, having removed the layer.
        """
        try:
            with self._path(layer, "zst").open("rb") as file:
                size, on_wire, expected = _head(file)
                seen, held = hashlib.sha256(), b""
                while piece := file.read(PIECE):
                    seen.update(piece)
                    on_wire -= len(piece)
                    if held:
                        yield held
                    held = piece
        except (OSError, ValueError):
            self.drop(layer)
            raise LayerDamaged(layer) from None
        if on_wire or _sealed(seen, size) != expected:
            self.drop(layer)
            raise LayerDamaged(layer)
        yield held

    def keep(self, pieces: Iterable[bytes], *, level: int) -> Kept:
        """Puts a layer here that is given unpacked, under the diff_id that it proves to have."""
        raw, seen = hashlib.sha256(), hashlib.sha256()
        size = on_wire = 0

        def counted() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                raw.update(piece)
                size += len(piece)
                yield piece

        with self._fresh() as file:
            file.write(bytes(HEAD.size))
            for piece in packed(counted(), level=level):
                seen.update(piece)
                on_wire += file.write(piece)
            file.seek(0)
            file.write(HEAD.pack(MAGIC, HEAD.size - 8, size, on_wire, _sealed(seen, size)))
            layer = f"sha256:{raw.hexdigest()}"
            self._publish(file, self._path(layer, "zst"))
        return Kept(layer, size, on_wire)

    def drop(self, layer: str) -> None:
        """Forgets a layer."""
        with contextlib.suppress(OSError):
            self._path(layer, "zst").unlink(missing_ok=True)

    def image(self, image: str) -> KeptImage | None:
        """What was kept of an image under this ID; None where nothing was, or where it is damaged."""
        path = self._path(image, "img")
        try:
            seal, _, rest = path.read_bytes().partition(b"\n")
            sizes, _, config = rest.partition(b"\n")
            if hashlib.sha256(rest).hexdigest().encode() != seal:
                return None
            os.utime(path)
            return KeptImage(config, tuple(json.loads(sizes)))
        except (OSError, ValueError):
            return None

    def keep_image(self, image: str, kept: KeptImage) -> None:
        """Remembers an image under an ID by which an engine calls it."""
        rest = json.dumps(list(kept.sizes)).encode() + b"\n" + kept.config
        with self._fresh() as file:
            file.write(hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
            self._publish(file, self._path(image, "img"))

    def trim(self, keep: Collection[str] = ()) -> None:
        """Removes what was used longest ago down to the limit, no layer of `keep`; and what killed commands left."""
        kept = {self._path(layer, "zst") for layer in keep}
        with self._alone():
            rows = [(path, found) for path in self.folder.iterdir() if (found := _stat(path))]
            for path, _ in rows:
                if path.name.startswith("."):
                    _remove_abandoned(path)
            files = sorted(
                (row for row in rows if row[0].suffix in (".zst", ".img")), key=lambda row: row[1].st_mtime_ns
            )
            total = sum(found.st_size for _, found in files)
            for path, found in files:
                if total > self.limit and path not in kept:
                    path.unlink(missing_ok=True)
                    total -= found.st_size

    def size(self) -> int:
        """The bytes in the cache."""
        if not self.folder.is_dir():
            return 0
        return sum(found.st_size for path in self.folder.iterdir() if (found := _stat(path)))

    def _path(self, digest: str, kind: str) -> Path:
        return self.folder / f"{digest.removeprefix('sha256:')}.{kind}"

    @contextlib.contextmanager
    def _fresh(self) -> Iterator[IO[bytes]]:
        """A file that is gone afterwards unless it is published. It is locked while its maker lives."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".new-", delete=False) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def _publish(self, file: IO[bytes], path: Path) -> None:
        file.flush()
        Path(file.name).replace(path)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Holds the lock of the cache: two commands that tidy at once would remove twice what is needed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _head(file: IO[bytes]) -> tuple[int, int, bytes]:
    """The size unpacked, the size on the wire, and the hash. Raises ValueError for a file that is none of ours."""
    text = file.read(HEAD.size)
    if len(text) != HEAD.size:
        raise ValueError("too short")
    magic, _, size, on_wire, seal = HEAD.unpack(text)
    if magic != MAGIC:
        raise ValueError("another file")
    return size, on_wire, seal


def _sealed(seen: hashlib._Hash, size: int) -> bytes:
    """The hash over a layer's bytes on the wire, and the size that its head tells."""
    whole = seen.copy()
    whole.update(size.to_bytes(8, "little"))
    return whole.digest()


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _remove_abandoned(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
