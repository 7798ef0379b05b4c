"""Where the images of a delivery come from: this machine's engine, or what `--from` names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from stagekit.carry.sources import Source, sources, sources_of
from stagekit.carry.stock import LEVEL, Stock
from stagekit.carry.unpack import unpack
from stagekit.doors.archives import is_archive, open_archive
from stagekit.doors.layers import LayerCache
from stagekit.doors.store import StoreDoor, StoreRefused
from stagekit.errors import DeliveryError
from stagekit.execute import Listener
from stagekit.images.content import Content
from stagekit.images.origins import Offer, choose, parse_origin, services_of


@dataclass
class Origins:
    """Gathers the images of services, origin by origin; a later one wins."""

    references: Mapping[str, str]
    local: StoreDoor
    cache: LayerCache
    listener: Listener
    platform: str
    pulled: dict[str, Source] = field(default_factory=dict)
    given: dict[str, Content] = field(default_factory=dict)
    archives: list[Callable[[], Iterable[bytes]]] = field(default_factory=list)

    def add(self, text: str) -> None:
        """One `--from`. Raises DeliveryError."""
        origin = parse_origin(text, self.references)
        if is_archive(origin.where):
            self.given |= choose(origin, self._read(origin.where), self.references, self.platform)
            self.archives.append(partial(open_archive, origin.where))
        else:
            self._pull(origin.where, [origin.service] if origin.service else services_of(origin.where, self.references))

    def _read(self, where: str) -> list[Offer]:
        self.listener.begin("stage", where)
        try:
            found = unpack(open_archive(where), self.cache, level=LEVEL)
        except (OSError, ValueError) as problem:
            raise DeliveryError(
                f"{where} cannot be read as an image archive",
                evidence=[("because", str(problem)[:300])],
                next="make it anew: docker save IMAGE … >ARCHIVE",
                slug="delivery-origin",
            ) from None
        self.listener.end(f"{where}, {len(found)} images")
        return [Offer(one.content, one.names) for one in found]

    def _pull(self, reference: str, services: Sequence[str]) -> None:
        if not services:
            raise DeliveryError(
                f"{reference} is no file here, and named like no image of this project",
                next=f"say whose image it is: --from SERVICE={reference}",
                slug="delivery-origin",
            )
        self.listener.begin("pull", reference)
        try:
            for line in self.local.pull(reference, self.platform):
                self.listener.detail(line)
        except StoreRefused as refused:
            raise DeliveryError(
                f"{reference} cannot be pulled",
                evidence=[("it says", refused.text[:300])],
                next="check the reference, and `docker login` where the registry asks for it",
                slug="delivery-origin",
            ) from None
        (found,) = sources(self.local, [reference])
        self.listener.end(reference)
        self.pulled |= dict.fromkeys(services, found)


def stock_of(
    references: Mapping[str, str],
    local: StoreDoor,
    cache: LayerCache,
    listener: Listener,
    origins: Sequence[str],
    platform: Callable[[], str],
) -> Stock:
    """The images of the services, by what the model calls them and what `--from` says.

    platform  asks the host for its platform
    """
    from_elsewhere = Origins(references, local, cache, listener, platform() if origins else "")
    for text in origins:
        from_elsewhere.add(text)
    named = {*from_elsewhere.given, *from_elsewhere.pulled}
    here = {service: reference for service, reference in references.items() if service not in named}
    own = sources_of(local, here)
    return Stock(
        local, cache, listener, own | from_elsewhere.pulled, from_elsewhere.given, tuple(from_elsewhere.archives)
    )
