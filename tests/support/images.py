"""Images made of nothing, for tests: of any layers, without a builder, the same each time for the same seed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stagekit.images.archive import CONFIG, LAYER, MANIFEST, Named, ending, head, layer_head, padding, path_of
from stagekit.images.content import Content, digest_of

EMPTY = bytes(1024)  # what an empty layer is: the end of a tar
MB = 1_000_000


@dataclass(frozen=True)
class Made:
    """An image with its layers' bytes."""

    content: Content
    layers: tuple[bytes, ...]


def layer(name: str, size: int, seed: str) -> bytes:
    """A layer with one file of that many bytes, which no compression makes smaller."""
    text = random.Random(seed).randbytes(size)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o755
        archive.addfile(member, io.BytesIO(text))
    return out.getvalue()


def image(layers: Sequence[bytes], *, platform: str = "linux/amd64", label: str = "") -> Made:
    """An image of these layers. `label` makes its configuration another one."""
    os, architecture, *variant = platform.split("/")
    document = {
        "architecture": architecture,
        "os": os,
        **({"variant": variant[0]} if variant else {}),
        "created": "2026-01-01T00:00:00Z",
        "config": {"Cmd": ["/none"], "Labels": {"stagekit.test": label}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(one) for one in layers]},
        "history": [{"created_by": f"layer {n}"} for n in range(len(layers))],
    }
    return Made(Content(json.dumps(document).encode(), tuple(len(one) for one in layers)), tuple(layers))


def layers(seed: str, *sizes: int) -> list[bytes]:
    """One layer for each size, in bytes."""
    return [layer(f"file-{n}", size, f"{seed}-{n}") for n, size in enumerate(sizes)]


def archive(images: Mapping[str, Made]) -> Iterator[bytes]:
    """What `docker save` writes of these images, by their names."""
    blobs = {digest_of(one): one for made in images.values() for one in made.layers}
    for digest, blob in blobs.items():
        yield layer_head(digest, len(blob)) + blob + padding(len(blob))
    yield ending([Named(made.content, (name,)) for name, made in images.items()])


def large(megabytes: int, count: int, seed: str) -> tuple[Content, Iterator[bytes]]:
    """An image of so many layers of so many megabytes, and its archive as a stream: it is never in memory whole."""
    seeds = [f"{seed}-{n}" for n in range(count)]
    digests, size = [], 0
    for one in seeds:
        seen, size = hashlib.sha256(), 0
        for piece in _large_layer(one, megabytes):
            seen.update(piece)
            size += len(piece)
        digests.append(f"sha256:{seen.hexdigest()}")
    document = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": digests}}
    content = Content(json.dumps(document).encode(), (size,) * count)

    def stream() -> Iterator[bytes]:
        for digest, one in zip(digests, seeds, strict=True):
            yield layer_head(digest, size)
            yield from _large_layer(one, megabytes)
        yield ending([Named(content, (f"{seed}:latest",))])

    return content, stream()


def _large_layer(seed: str, megabytes: int) -> Iterator[bytes]:
    source = random.Random(seed)
    member = tarfile.TarInfo(seed.rpartition("/")[2])
    member.size = megabytes << 20
    yield member.tobuf()
    for _ in range(megabytes):
        yield source.randbytes(1 << 20)
    yield EMPTY


def compressed(made: Made, name: str) -> list[bytes]:
    """The image as a registry would have it: the same layers, in other bytes."""
    blobs = [gzip.compress(one, 1) for one in made.layers]
    rows = [{"mediaType": f"{LAYER}+gzip", "digest": digest_of(one), "size": len(one)} for one in blobs]
    config = {"mediaType": CONFIG, "digest": made.content.digest, "size": len(made.content.config)}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": rows}).encode()
    row = {"mediaType": MANIFEST, "digest": digest_of(manifest), "size": len(manifest)}
    note = {"io.containerd.image.name": f"docker.io/{name}", "org.opencontainers.image.ref.name": "1"}
    index = json.dumps({"schemaVersion": 2, "manifests": [{**row, "annotations": note}]}).encode()
    paths = [path_of(digest_of(one)) for one in blobs]
    listed = json.dumps([{"Config": path_of(made.content.digest), "RepoTags": [name], "Layers": paths}]).encode()
    files = [(path_of(digest_of(one)), one) for one in (*blobs, made.content.config, manifest)]
    files += [("index.json", index), ("manifest.json", listed), ("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')]
    return [
        *(head(path, len(text)) + text + padding(len(text)) for path, text in files),
        bytes(1024),
    ]


def names_of(images: Iterable[str]) -> list[str]:
    """The names as an engine lists them."""
    return [name if ":" in name.rpartition("/")[2] else f"{name}:latest" for name in images]


def fresh(word: str) -> str:
    """A seed that no run before has had: what a host kept of it would change what is sent."""
    return f"{word}-{hashlib.sha256(random.SystemRandom().randbytes(16)).hexdigest()[:12]}"
