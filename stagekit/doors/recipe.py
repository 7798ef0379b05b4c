"""The files that say how an image is built and how it starts: its Dockerfile, and the scripts beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stagekit.compose import Build


@dataclass(frozen=True)
class Recipe:
    """What was read.

    dockerfile  its path and its text; the text is empty where there is no such file
    scripts     text by path, for every *.sh in the top of the context
    """

    dockerfile: str
    text: str = ""
    scripts: Mapping[str, str] = field(default_factory=dict)


def read_recipe(build: Build, directory: Path) -> Recipe:
    """The recipe of a build; paths are relative to `directory` where they lie in it."""
    context = Path(build.context)
    file = (context / build.dockerfile).resolve()
    scripts = sorted(context.glob("*.sh")) if context.is_dir() else []
    return Recipe(
        dockerfile=_short(file, directory),
        text=_text(file),
        scripts={_short(script, directory): _text(script) for script in scripts},
    )


def _short(path: Path, directory: Path) -> str:
    return str(path.relative_to(directory)) if path.is_relative_to(directory) else str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
