"""What an engine holds, parsed from its own answers: its version, its store, its images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stagekit.images.archive import manifest_digest
from stagekit.images.chains import Holdings, Store, holdings
from stagekit.images.content import Content
from stagekit.images.names import OURS
from stagekit.stage.observation import Identity

SNAPSHOTTER = "io.containerd.snapshotter.v1"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm"}


@dataclass(frozen=True)
class Facts:
    """An engine. `root` is the folder of its data, `now` its own clock, in seconds since 1970."""

    version: str
    store: Store = "classic"
    platform: str = ""
    root: str = ""
    now: float = 0.0


@dataclass(frozen=True)
class HeldImage:
    """An image of the engine. `layers` and `platform` are empty where nobody asked for them."""

    id: str
    names: tuple[str, ...]
    size: int = 0
    layers: tuple[str, ...] = ()
    platform: str = ""


@dataclass(frozen=True)
class Held:
    """An engine and its images at one moment.

    images  by ID. A containerd store does not list an image with a layer missing, so it is not here either
    """

    facts: Facts
    images: Mapping[str, HeldImage] = field(default_factory=dict)

    def named(self, name: str) -> HeldImage | None:
        """The image with this name."""
        return next((image for image in self.images.values() if name in image.names), None)

    def holdings(self) -> Holdings:
        """What a new image can be built on.

        In a containerd store only what was delivered counts: other images hold the same layers in other bytes.
        """
        usable = (image for image in self.images.values() if self.facts.store == "classic" or is_ours(image))
        return holdings(self.facts.store, (image.layers for image in usable))

    def identity(self, image: HeldImage, expected: Content) -> Identity:
        """What an image is; its configuration's digest is empty where the store hides it and it is not the expected.

        A containerd store calls an image by its manifest, whose digest vouches for the configuration and the layers.
        """
        config = image.id
        if self.facts.store == "containerd":
            config = expected.digest if image.id == manifest_digest(expected) else ""
        return Identity(config, image.layers, image.platform)

    def has(self, name: str, expected: Content) -> bool:
        """Whether the image with this name is there, complete, and exactly the expected one."""
        image = self.named(name)
        return image is not None and self.identity(image, expected) == expected.identity


def is_ours(image: HeldImage) -> bool:
    """Whether it came by a delivery."""
    return any(name.startswith(OURS) for name in image.names)


def parse_facts(info: Mapping[str, Any]) -> Facts:
    """The engine, from `docker info`."""
    status = {str(row[0]): str(row[1]) for row in info.get("DriverStatus") or () if len(row) == 2}
    machine = str(info.get("Architecture", ""))
    return Facts(
        version=str(info.get("ServerVersion", "")),
        store="containerd" if status.get("driver-type") == SNAPSHOTTER else "classic",
        platform=f"{info.get('OSType', 'linux')}/{MACHINES.get(machine, machine)}",
        root=str(info.get("DockerRootDir", "")),
        now=seconds_of(str(info.get("SystemTime", ""))),
    )


def parse_images(
    listed: Iterable[Mapping[str, Any]], inspected: Mapping[str, Mapping[str, Any]]
) -> dict[str, HeldImage]:
    """The images, from the list and from `docker image inspect` of those that were asked about, by ID."""
    return {str(row["Id"]): _image(row, inspected.get(str(row["Id"]), {})) for row in listed}


def _image(row: Mapping[str, Any], raw: Mapping[str, Any]) -> HeldImage:
    platform = "/".join(filter(None, (raw.get("Os"), raw.get("Architecture"), raw.get("Variant"))))
    layers = (raw.get("RootFS") or {}).get("Layers") or ()
    names = tuple(name for name in row.get("RepoTags") or () if name != "<none>:<none>")
    return HeldImage(str(row["Id"]), names, int(row.get("Size", 0)), tuple(layers), platform)


def seconds_of(text: str) -> float:
    """Seconds since 1970 of an engine's timestamp, `2026-11-24T06:12:35.123456789Z`; 0 for what is none."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$", text)
    if match is None:
        return 0.0
    return max(datetime.fromisoformat(match.group(1) + match.group(2)).timestamp(), 0.0)
