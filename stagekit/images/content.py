"""An image taken apart: its configuration, byte for byte, and the sizes of its layers. All else follows from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stagekit.stage.observation import Identity


@dataclass(frozen=True)
class Content:
    """One image.

    config  the bytes of its configuration
    sizes   the size of each layer in bytes, unpacked, lowest first
    """

    config: bytes
    sizes: tuple[int, ...]

    @cached_property
    def digest(self) -> str:
        """The configuration's digest, `sha256:…`."""
        return digest_of(self.config)

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The layers' diff_ids, lowest first."""
        return tuple((self._document.get("rootfs") or {}).get("diff_ids") or ())

    @cached_property
    def platform(self) -> str:
        """`linux/amd64`, with a variant where the configuration has one."""
        return platform_of(self._document)

    @cached_property
    def identity(self) -> Identity:
        """What the image is, wherever it is kept."""
        return Identity(self.digest, self.layers, self.platform)

    @cached_property
    def _document(self) -> dict[str, Any]:
        return dict(json.loads(self.config))

    def sized(self) -> tuple[tuple[str, int], ...]:
        """The layers with their sizes, lowest first."""
        return tuple(zip(self.layers, self.sizes, strict=True))

    def lowest(self, count: int) -> Content:
        """An image of the lowest layers alone, the same whoever makes it: what a host keeps of a cut delivery."""
        kept = {key: self._document[key] for key in ("architecture", "os", "variant") if key in self._document}
        rootfs = {"type": "layers", "diff_ids": list(self.layers[:count])}
        config = json.dumps({**kept, "config": {}, "rootfs": rootfs}, sort_keys=True).encode()
        return Content(config, self.sizes[:count])


def digest_of(content: bytes) -> str:
    """`sha256:` and 64 digits."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def platform_of(config: Mapping[str, Any]) -> str:
    """The platform that an image's configuration names."""
    words = (config.get("os"), config.get("architecture"), config.get("variant"))
    return "/".join(word for word in words if word)
