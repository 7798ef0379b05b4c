"""The layer cache of this machine, where the settings have it."""

from __future__ import annotations

from pathlib import Path

from stagekit.cli.place import Place
from stagekit.doors.layers import LayerCache
from stagekit.doors.machine import environment

GB = 1_000_000_000


def layer_cache(place: Place) -> LayerCache:
    """The cache that all checkouts of a person share."""
    return LayerCache(_folder(place), int(place.settings.layer_cache_gb * GB))


def _folder(place: Place) -> Path:
    if place.settings.home:
        return Path(place.settings.home).expanduser() / "layers"
    given = environment().get("XDG_CACHE_HOME", "")
    base = Path(given) if given.startswith("/") else Path.home() / ".cache"
    return base / "stagekit" / "layers"
