"""Takes an image archive apart as it streams by: layers into the cache, configurations into memory.

What `docker save` writes, of any engine and either store, and OCI layouts. Nothing in the archive is believed: a layer
goes under the hash of its own content, and an image counts when all its layers have been seen.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

from stagekit.doors.layers import LayerCache
from stagekit.doors.packing import unpacked
from stagekit.images.content import Content, digest_of

PIECE = 1 << 20
# A configuration or a manifest is a few thousand bytes; a layer that looks like JSON would not be a tar.
SMALL = 4_000_000
BLOCK = 512


@dataclass(frozen=True)
class Found:
    """An image of the archive.

    names  its tags
    ids    everything an engine may call it by: digests of configuration, manifest and index
    """

    content: Content
    names: tuple[str, ...]
    ids: frozenset[str]


@dataclass
class _Seen:
    """What has come by so far: small documents by digest and by name, and the size of each layer by its diff_id."""

    documents: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


def unpack(
    stream: Iterable[bytes], cache: LayerCache, *, level: int, wanted: Collection[str] | None = None
) -> tuple[Found, ...]:
    """The images of an archive; its layers are in the cache then.

    wanted  the diff_ids that the cache is to keep, where not all
    Raises ValueError for what is no archive, or one that is cut off.
    """
    seen = _Seen()
    try:
        with tarfile.open(fileobj=_Reader(unpacked(stream)), mode="r|", bufsize=PIECE) as archive:  # type: ignore[call-overload]
            for member in archive:
                if member.isreg() and (content := archive.extractfile(member)):
                    _take(member.name.removeprefix("./"), member.size, content, seen, cache, level, wanted)
    except tarfile.TarError as problem:
        raise ValueError(str(problem)) from None
    return tuple(_images(seen))


def _take(
    name: str,
    size: int,
    content: IO[bytes],
    seen: _Seen,
    cache: LayerCache,
    level: int,
    wanted: Collection[str] | None,
) -> None:
    first = content.read(min(size, PIECE))
    if size <= SMALL and first[:1] in (b"{", b"["):
        text = first + content.read()
        seen.documents |= {name: text, digest_of(text): text}
        return
    if size < BLOCK:
        return
    claimed = f"sha256:{name.rpartition('/')[2]}"
    plain = first[:2] != b"\x1f\x8b" and first[:4] != b"\x28\xb5\x2f\xfd"
    if plain and (cache.layer(claimed) or (wanted is not None and claimed not in wanted)):
        seen.sizes[claimed] = size
        return
    kept = cache.keep(unpacked(chain([first], _pieces(content))), level=level)
    seen.sizes[kept.layer] = kept.size


def _images(seen: _Seen) -> Iterator[Found]:
    ids: dict[str, set[str]] = {}
    for digest, via in _reachable(seen, "index.json", ()):
        ids.setdefault(digest, set()).update(via)
    names: dict[str, list[str]] = {}
    for entry in _list(seen.documents.get("manifest.json")):
        digest = digest_of(seen.documents.get(str(entry.get("Config")), b""))
        ids.setdefault(digest, set())
        names.setdefault(digest, []).extend(entry.get("RepoTags") or ())
    for digest, others in ids.items():
        if content := _content(seen, digest):
            yield Found(content, tuple(dict.fromkeys(names.get(digest, ()))), frozenset({digest, *others}))


def _reachable(seen: _Seen, key: str, via: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every configuration that an index leads to, with the digests of the manifests and indexes on the way."""
    document = _object(seen.documents.get(key))
    if isinstance(config := document.get("config"), dict):
        yield str(config.get("digest")), via
    for row in document.get("manifests") or ():
        digest = str(row.get("digest"))
        if len(via) < 4 and digest in seen.documents:
            yield from _reachable(seen, digest, (*via, digest))


def _content(seen: _Seen, digest: str) -> Content | None:
    """The image of a configuration; None where it is none, such as an attestation, or where a layer is missing."""
    text = seen.documents.get(digest, b"")
    layers = (_object(text).get("rootfs") or {}).get("diff_ids")
    if not isinstance(layers, list) or not all(layer in seen.sizes for layer in layers):
        return None
    return Content(text, tuple(seen.sizes[layer] for layer in layers))


def _object(text: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _list(text: bytes | None) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or b"[]")
    except ValueError:
        return []
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(PIECE):
        yield piece


class _Reader:
    """A stream of pieces as a file that is read once, front to back."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def read(self, size: int) -> bytes:
        """`size` bytes, or fewer at the end."""
        parts: list[bytes] = []
        missing = size
        while missing:
            while not self._rest:
                following = next(self._pieces, None)
                if following is None:
                    return b"".join(parts)
                self._rest = following
            part, self._rest = self._rest[:missing], self._rest[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)
