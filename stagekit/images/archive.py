"""The archive that carries images to a host: what `docker load` reads, without the layers that are there already.

Layers stand in it unpacked, under their diff_ids, so an image's manifest depends on the image alone: whoever sends it,
a containerd store shows the same ID, and that ID vouches for the configuration and for every layer.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stagekit.images.content import Content, digest_of

CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BLOCK = 512


@dataclass(frozen=True)
class Named:
    """An image and the names it gets at the host, such as `stagekit/shop/backend:1f2e…`."""

    content: Content
    names: tuple[str, ...]


def manifest(content: Content) -> bytes:
    """The image's manifest."""
    return _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(CONFIG, content.digest, len(content.config)),
            "layers": [_descriptor(LAYER, layer, size) for layer, size in content.sized()],
        }
    )


def manifest_digest(content: Content) -> str:
    """What a containerd store calls the image once it is loaded from such an archive."""
    return digest_of(manifest(content))


def layer_head(layer: str, size: int) -> bytes:
    """What stands before a layer's bytes."""
    return head(path_of(layer), size)


def padding(size: int) -> bytes:
    """What stands after a layer of this size."""
    return bytes(-size % BLOCK)


def ending(images: Sequence[Named]) -> bytes:
    """The end of an archive: configurations, manifests, and the lists that name them in both forms."""
    blobs = {digest_of(blob): blob for image in images for blob in (image.content.config, manifest(image.content))}
    files = {path_of(digest): blob for digest, blob in blobs.items()}
    files |= {
        "index.json": _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": _index(images)}),
        "manifest.json": _json([_entry(image) for image in images]),
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
    }
    members = (head(name, len(text)) + text + padding(len(text)) for name, text in files.items())
    return b"".join(members) + bytes(2 * BLOCK)


def _index(images: Sequence[Named]) -> list[dict[str, Any]]:
    # The containerd store takes the images from here, once for each name.
    return [
        {
            **_descriptor(MANIFEST, manifest_digest(image.content), len(manifest(image.content))),
            "annotations": {
                "io.containerd.image.name": f"docker.io/{name}",
                "org.opencontainers.image.ref.name": name.rpartition(":")[2],
            },
        }
        for image in images
        for name in image.names
    ]


def _entry(image: Named) -> dict[str, Any]:
    # The classic store takes the images from here. A layer that is not in the archive must be there already.
    return {
        "Config": path_of(image.content.digest),
        "RepoTags": list(image.names),
        "Layers": [path_of(layer) for layer in image.content.layers],
    }


def _descriptor(kind: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest, "size": size}


def path_of(digest: str) -> str:
    """Where a blob stands in an archive."""
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def head(name: str, size: int) -> bytes:
    """What stands before a file of the archive."""
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
