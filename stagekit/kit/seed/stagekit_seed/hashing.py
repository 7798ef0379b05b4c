"""A layer's hash: the same on every machine while the layer, what it needs, instant, scale and schema are the same."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from . import modules
from .manifest import Layer

# Another number when this loader would turn the same files into other rows.
FORMAT = 1


def wanted(layers: list[Layer], instant: datetime, scale: int, revision: str | None) -> dict[str, str]:
    """By layer. What a layer needs is part of its own hash, for its row groups read those rows."""
    found: dict[str, str] = {}
    for layer in layers:
        head = [f"{FORMAT}", layer.name, f"{instant:%Y-%m-%d}", f"{scale}", revision or ""]
        digest = sha256()
        for part in (*head, *(found[name] for name in layer.needs)):
            _add(digest, part.encode())
        for path, table, content in _files(layer):
            for piece in (path.encode(), table.encode(), content):
                _add(digest, piece)
        found[layer.name] = digest.hexdigest()
    return found


def _files(layer: Layer) -> list[tuple[str, str, bytes]]:
    """Path, table and content, then the sources that its row groups import."""
    files = [(file.path, file.table, file.content()) for file in layer.files]
    imported: dict[str, bytes] = {}
    for file in layer.files:
        if file.kind == ".py":
            imported |= modules.sources(file)
    return [*files, *((name, "", content) for name, content in sorted(imported.items()))]


def _add(digest: Any, piece: bytes) -> None:
    """With its length before it, so that no two lists of pieces are the same bytes."""
    digest.update(len(piece).to_bytes(8, "big") + piece)
