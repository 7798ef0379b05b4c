"""Which layers of an image a host lacks: the one question that a delivery turns on.

An engine keeps a layer in one of two ways. The classic store knows it by its chain: the layer on top of exactly those
below it. The containerd store knows it by its content, and needs every layer's content for an image to be complete.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Store = Literal["classic", "containerd"]


def chain_ids(layers: Sequence[str]) -> tuple[str, ...]:
    """The chain of each layer, lowest first: a name for it together with everything below it (OCI image spec)."""
    chains: list[str] = []
    for layer in layers:
        chains.append(_sha256(f"{chains[-1]} {layer}") if chains else layer)
    return tuple(chains)


@dataclass(frozen=True)
class Holdings:
    """What a host has. `known` are chains in a classic store, and contents (diff_ids) in a containerd store."""

    store: Store
    known: frozenset[str] = frozenset()

    def lacks(self, layers: Sequence[str]) -> tuple[int, ...]:
        """The positions of an image's layers that must be sent."""
        return tuple(at for at, key in enumerate(self.keys(layers)) if key not in self.known)

    def having(self, layers: Sequence[str]) -> Holdings:
        """The holdings once these layers, lowest first, are there too."""
        return replace(self, known=self.known | set(self.keys(layers)))

    def keys(self, layers: Sequence[str]) -> tuple[str, ...]:
        """What the store knows each of an image's layers by."""
        return chain_ids(layers) if self.store == "classic" else tuple(layers)


def holdings(store: Store, images: Iterable[Sequence[str]]) -> Holdings:
    """What a host has, from the layers of its images."""
    found = Holdings(store)
    return replace(found, known=frozenset(key for layers in images for key in found.keys(layers)))


def _sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
