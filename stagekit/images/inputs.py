"""What an image is built from, as one hash: unchanged inputs need no build."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Built:
    """What was built last for a reference: the hash of its inputs and the image ID that came of it."""

    inputs: str
    image_id: str


def inputs_hash(parts: Iterable[tuple[str, bytes]]) -> str:
    """The hash of everything a build reads, given as labelled contents in a fixed order."""
    digest = hashlib.sha256()
    for label, content in parts:
        digest.update(f"{len(label)}:{label}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()
