"""What belongs to one Compose project at an engine, to take it away whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import docker
import docker.errors

PROJECT = "com.docker.compose.project"


class TakingFailed(Exception):
    """The engine kept something; `text` is what it said."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Belongings:
    """Names, but for containers, which are IDs. Images are names: one that others name too stays for them."""

    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.containers, self.networks, self.volumes, self.images))


class BelongingsDoor:
    """One engine."""

    def __init__(self, host: str, *, timeout: int = 60) -> None:
        self._api = docker.APIClient(base_url=host, version="auto", timeout=timeout)

    def of(self, project: str, images: Callable[[str], bool]) -> Belongings:
        """What carries the project's label, its volumes of stagekit's own making, and the images that are chosen."""
        label = {"label": f"{PROJECT}={project}"}
        names = {name for image in self._api.images() for name in image.get("RepoTags") or ()}
        return Belongings(
            containers=tuple(row["Id"] for row in self._api.containers(all=True, filters=label)),
            networks=tuple(sorted(row["Name"] for row in self._api.networks(filters=label))),
            volumes=tuple(sorted(v["Name"] for v in self._api.volumes()["Volumes"] or () if is_of(v, project))),
            images=tuple(sorted(name for name in names if images(name))),
        )

    def take_away(self, found: Belongings) -> None:
        """Removes it all; what is gone already is no error. Raises TakingFailed for what the engine keeps."""
        # Anonymous volumes go with their container.
        self._each(found.containers, lambda one: self._api.remove_container(one, v=True, force=True))
        self._each(found.networks, self._api.remove_network)
        self._each(found.volumes, self._api.remove_volume)
        self._each(found.images, self._api.remove_image)

    def _each(self, names: Iterable[str], remove: Callable[[str], Any]) -> None:
        for name in names:
            try:
                remove(name)
            except docker.errors.NotFound:
                continue
            except docker.errors.APIError as refused:
                raise TakingFailed(str(refused.explanation or refused)) from None

    def close(self) -> None:
        """Lets the connection go."""
        self._api.close()


def is_of(volume: dict[str, Any], project: str) -> bool:
    """Whether a volume belongs to a project: by its label, or, where it has none, by a name that stagekit gave it."""
    owner = (volume.get("Labels") or {}).get(PROJECT)
    return owner == project or (owner is None and str(volume["Name"]).startswith(f"{project}_stagekit-"))
