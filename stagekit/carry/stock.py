"""What a delivery takes its images from: the engine of this machine, and archives that were built elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from stagekit.carry.sources import Source, known, stage
from stagekit.carry.unpack import unpack
from stagekit.doors.layers import LayerCache
from stagekit.doors.store import StoreDoor
from stagekit.execute import Listener
from stagekit.images.chains import Holdings
from stagekit.images.content import Content
from stagekit.images.names import delivered_name
from stagekit.promote.deliver import Parcel

# How hard a layer is compressed when it is staged. It is done once, right after a build, and pays on every link.
LEVEL = 9


@dataclass
class Stock:
    """The images of some services.

    sources   by service, where the engine here has the image
    given     by service, where an archive has it; its layers are in the cache already
    archives  those archives, each as a function that opens it anew
    """

    local: StoreDoor
    cache: LayerCache
    listener: Listener
    sources: Mapping[str, Source]
    given: Mapping[str, Content] = field(default_factory=dict)
    archives: tuple[Callable[[], Iterable[bytes]], ...] = ()
    level: int = LEVEL
    _contents: dict[str, Content] = field(default_factory=dict, init=False)

    def platforms(self) -> dict[str, str]:
        """The platform of each image, by what a person calls it."""
        own = {source.reference: source.platform for source in self.sources.values()}
        return own | {f"{service} of the archive": content.platform for service, content in self.given.items()}

    def recall(self) -> bool:
        """Whether the cache knows all the images already, so that their names are known without an export."""
        self._contents = known(self.cache, self.sources.values())
        return all(source.id in self._contents for source in self.sources.values())

    def complete(self, had: Holdings) -> None:
        """Gets to know all the images; on the way, the layers that a host with these holdings lacks are staged."""
        unknown = [source for source in self.sources.values() if source.id not in self._contents]
        lacking = {source.layers[at] for source in unknown for at in had.lacks(source.layers)}
        self._contents |= stage(
            self.local, self.cache, _distinct(unknown), lacking, level=self.level, listener=self.listener
        )

    def fill(self, wanted: Collection[str]) -> None:
        """Brings layers into the cache that are not in it."""
        absent = {layer for layer in wanted if self.cache.layer(layer) is None}
        holders = [source for source in self.sources.values() if absent.intersection(source.layers)]
        stage(self.local, self.cache, _distinct(holders), absent, level=self.level, listener=self.listener)
        if absent.intersection(layer for content in self.given.values() for layer in content.layers):
            for archive in self.archives:
                unpack(archive(), self.cache, level=self.level)
        self.cache.trim(keep=wanted)

    def parcels(self, project: str) -> tuple[Parcel, ...]:
        """What is to be delivered, one for each image; services that run the same one share it."""
        images: dict[str, tuple[str, Content, list[str]]] = {}
        for service, source in sorted(self.sources.items()):
            content = self._contents[source.id]
            images.setdefault(content.identity.fingerprint(), (source.reference, content, []))[2].append(service)
        for service, content in sorted(self.given.items()):
            images.setdefault(content.identity.fingerprint(), (f"{service} of the archive", content, []))[2].append(
                service
            )
        return tuple(
            Parcel(reference, tuple(services), _names(project, services, content), content)
            for reference, content, services in images.values()
        )


def _names(project: str, services: Iterable[str], content: Content) -> tuple[str, ...]:
    return tuple(delivered_name(project, service, content.identity) for service in services)


def _distinct(images: Iterable[Source]) -> list[Source]:
    return list({image.id: image for image in images}.values())
