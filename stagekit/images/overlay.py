"""The Compose overlay that a project names for images built from packages: `packages` in its x-stagekit block."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import yaml

from stagekit.compose.place import QUICK


def overlay_of(files: Iterable[Path], directory: Path) -> Path | None:
    """The overlay that the last of these files names; None where none does, or where it cannot be read yet."""
    named = [name for file in files if (name := _named(file))]
    return directory / named[-1] if named else None


def _named(file: Path) -> str:
    try:
        return _packages(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return ""  # read_model names the mistake, with its line


@lru_cache(maxsize=8)  # a command asks often, and each time of the same few files
def _packages(text: str) -> str:
    document = yaml.load(text, Loader=QUICK)
    block = document.get("x-stagekit") if isinstance(document, dict) else None
    packages = block.get("packages") if isinstance(block, dict) else None
    return packages if isinstance(packages, str) else ""
