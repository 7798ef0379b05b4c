"""Which of a project's images at a host are needed, and which could go."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from stagekit.images.held import Held, HeldImage
from stagekit.images.names import repository_of

Use = Literal["runs", "kept", "could go"]


@dataclass(frozen=True)
class Stored:
    """An image of the project at a host.

    services  what it was delivered for, as its names say
    shared    how many of its layers another image there has too
    use       `runs` where a container was made of it; `kept` where one of the last deliveries needs it
    """

    names: tuple[str, ...]
    services: tuple[str, ...]
    size: int
    layers: int
    shared: int
    use: Use


def stored(held: Held, project: str, needed: Collection[str], running: Collection[str]) -> tuple[Stored, ...]:
    """The images of a project at a host, those that could go last.

    needed   names that the last deliveries have
    running  IDs of the images that containers were made of
    """
    ours = [(image, names) for image in held.images.values() if (names := _of_project(image.names, project))]
    rows = [_stored(image, names, held, needed, running) for image, names in ours]
    return tuple(sorted(rows, key=lambda row: (row.use == "could go", row.services)))


def removable(rows: Iterable[Stored]) -> tuple[str, ...]:
    """The names that could go."""
    return tuple(name for row in rows if row.use == "could go" for name in row.names)


def _stored(
    image: HeldImage, names: tuple[str, ...], held: Held, needed: Collection[str], running: Collection[str]
) -> Stored:
    others = {layer for other in held.images.values() if other.id != image.id for layer in other.layers}
    use: Use = "runs" if image.id in running else "kept" if set(names) & set(needed) else "could go"
    services = tuple(sorted({name.rpartition("/")[2].partition(":")[0] for name in names}))
    shared = sum(layer in others for layer in image.layers)
    return Stored(names, services, image.size, len(image.layers), shared, use)


def _of_project(names: Iterable[str], project: str) -> tuple[str, ...]:
    return tuple(name for name in names if name.startswith(repository_of(project)))
