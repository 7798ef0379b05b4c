"""The images to deliver, as they are here: what they are, and their layers in the cache."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagekit.carry.unpack import Found, unpack
from stagekit.doors.layers import KeptImage, LayerCache
from stagekit.doors.store import StoreDoor, StoreRefused
from stagekit.errors import DeliveryError
from stagekit.execute import Listener
from stagekit.images.content import Content


@dataclass(frozen=True)
class Source:
    """An image here. `id` is what the engine here calls it now: an image built meanwhile is another one."""

    reference: str
    id: str
    layers: tuple[str, ...]
    platform: str


def sources(local: StoreDoor, references: Iterable[str]) -> tuple[Source, ...]:
    """The images that these references name at this moment. Raises DeliveryError for those that are not here."""
    wanted = sorted(set(references))
    raws = local.inspected(wanted)
    missing = [reference for reference in wanted if reference not in raws]
    if missing:
        raise DeliveryError(
            f"{'an image is' if len(missing) == 1 else f'{len(missing)} images are'} not here",
            evidence=[("missing" if n == 0 else "", reference) for n, reference in enumerate(missing[:5])],
            next="`stagekit up` builds or pulls them; deliver itself never builds",
            slug="delivery-image-missing",
        )
    return tuple(_source(reference, raws[reference]) for reference in wanted)


def sources_of(local: StoreDoor, references: Mapping[str, str]) -> dict[str, Source]:
    """The image of each service, by what the model calls it. Raises DeliveryError."""
    found = {source.reference: source for source in sources(local, references.values())}
    return {service: found[reference] for service, reference in references.items()}


def known(cache: LayerCache, images: Iterable[Source]) -> dict[str, Content]:
    """What the cache knows of these images, by ID."""
    return {image.id: content for image in images if (content := _content(cache, image))}


def stage(
    local: StoreDoor,
    cache: LayerCache,
    images: Collection[Source],
    wanted: Collection[str],
    *,
    level: int,
    listener: Listener,
) -> dict[str, Content]:
    """Brings these images' layers, those that are wanted, into the cache; returns the images by ID.

    One export of all, so that what they share is read once. Raises DeliveryError where an image has gone.
    """
    if not images:
        return {}
    listener.begin("stage", ", ".join(image.reference for image in images))
    try:
        stream = _told(local.export([image.id for image in images]), listener)
        found = unpack(stream, cache, level=level, wanted=wanted)
    except (StoreRefused, ValueError) as refused:
        raise _no_export(str(refused)) from None
    contents = {image.id: _match(image, found) for image in images}
    for image, content in contents.items():
        cache.keep_image(image, KeptImage(content.config, content.sizes))
    listener.end(f"{len(contents)} images")
    return contents


def _source(reference: str, raw: Mapping[str, Any]) -> Source:
    platform = "/".join(filter(None, (raw.get("Os"), raw.get("Architecture"), raw.get("Variant"))))
    return Source(reference, str(raw["Id"]), tuple((raw.get("RootFS") or {}).get("Layers") or ()), platform)


def _content(cache: LayerCache, image: Source) -> Content | None:
    kept = cache.image(image.id)
    content = Content(kept.config, kept.sizes) if kept else None
    return content if content and content.layers == image.layers else None


def _told(pieces: Iterable[bytes], listener: Listener) -> Iterator[bytes]:
    read = 0
    for piece in pieces:
        read += len(piece)
        listener.detail(f"{read / 1e6:.0f} MB read")
        yield piece


def _no_export(why: str) -> DeliveryError:
    return DeliveryError(
        "the engine here does not give its images out",
        evidence=[("it says", why[:300])],
        next="run the same command again; an image that was built anew meanwhile is delivered then",
        slug="delivery-export",
    )


def _match(image: Source, found: Iterable[Found]) -> Content:
    for one in found:
        if image.id in one.ids and one.content.layers == image.layers:
            return one.content
    raise DeliveryError(
        f"the engine here gave {image.reference} without all of its layers",
        evidence=[("image", image.id)],
        next="build it again: `stagekit up`; or `docker image rm` it first",
        slug="delivery-export",
    )
