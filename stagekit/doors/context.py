"""Reads what a build reads: its context as Docker sees it, with .dockerignore applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from docker.utils.build import exclude_paths

from stagekit.compose import Build

# They describe a build and do not change what is in it; a new commit alone rebuilds nothing.
DESCRIPTIVE = frozenset({"REVISION", "SOURCE"})


def parts(build: Build, bases: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Everything a build reads, as labelled contents: Dockerfile, arguments, files, the images it stands on.

    bases  image ID by reference, for the arguments that name an image which is there
    """
    context = Path(build.context)
    dockerfile = context / build.dockerfile
    yield "target", build.target.encode()
    yield "dockerfile", dockerfile.read_bytes() if dockerfile.is_file() else b""
    for key, value in build.args:
        if key not in DESCRIPTIVE:
            yield f"arg {key}", value.encode()
        if value in bases:
            yield f"base {key}", bases[value].encode()
    yield from _tree("", context, dockerfile)
    for name, folder in build.contexts:
        if Path(folder).is_dir():
            yield from _tree(name, Path(folder), None)


def _tree(label: str, folder: Path, dockerfile: Path | None) -> Iterator[tuple[str, bytes]]:
    for relative in sorted(exclude_paths(str(folder), _ignored(folder, dockerfile))):
        path = folder / relative
        if path.is_symlink():
            yield f"{label}/{relative} ->", str(path.readlink()).encode()
        elif path.is_file():
            executable = "x" if path.stat().st_mode & 0o111 else "-"
            yield f"{label}/{relative} {executable}", path.read_bytes()


def _ignored(folder: Path, dockerfile: Path | None) -> list[str]:
    own = Path(f"{dockerfile}.dockerignore") if dockerfile else None
    chosen = own if own and own.is_file() else folder / ".dockerignore"
    if not chosen.is_file():
        return []
    lines = (line.strip() for line in chosen.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]
