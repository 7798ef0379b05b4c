"""What `--from` names, and which image of it is which service's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from stagekit.errors import DeliveryError
from stagekit.images.content import Content


@dataclass(frozen=True)
class Origin:
    """One `--from`. `service` is empty where none was named: the images' names tell."""

    service: str
    where: str


@dataclass(frozen=True)
class Offer:
    """An image that an origin has, with its tags."""

    content: Content
    names: tuple[str, ...]


def parse_origin(text: str, services: Collection[str]) -> Origin:
    """`[SERVICE=]ARCHIVE|REF`."""
    service, mark, where = text.partition("=")
    return Origin(service, where) if mark and service in services else Origin("", text)


def choose(origin: Origin, offers: Sequence[Offer], references: Mapping[str, str], platform: str) -> dict[str, Content]:
    """The image of each service that the origin has one for.

    references  the model's image of each service
    platform    the host's. Of the same image for several platforms that one is taken
    Raises DeliveryError where it has none, or where it cannot be told which.
    """
    fitting = [offer for offer in offers if _same_platform(offer, platform)] or list(offers)
    if origin.service:
        return {origin.service: _the_one(origin, _named(references[origin.service], fitting) or fitting)}
    found = {
        service: _the_one(origin, matches)
        for service, reference in references.items()
        if (matches := _named(reference, fitting))
    }
    if not found and len(fitting) == 1 and len(set(references.values())) == 1:
        return dict.fromkeys(references, fitting[0].content)
    if not found:
        raise _unclear(origin, fitting, "holds no image that is named like one of this project's")
    return found


def services_of(reference: str, references: Mapping[str, str]) -> tuple[str, ...]:
    """The services whose image a registry's reference names."""
    exact = [service for service, own in references.items() if own == reference]
    return tuple(exact or (service for service, own in references.items() if last_word(own) == last_word(reference)))


def last_word(reference: str) -> str:
    """`backend`, of `registry.example.test:5000/shop/backend:1.2@sha256:…`: projects and tags differ between places."""
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _named(reference: str, offers: Sequence[Offer]) -> list[Offer]:
    full = reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"
    exact = [offer for offer in offers if full in offer.names]
    return exact or [o for o in offers if last_word(reference) in {last_word(name) for name in o.names}]


def _the_one(origin: Origin, offers: Sequence[Offer]) -> Content:
    distinct = {offer.content.digest: offer.content for offer in offers}
    if len(distinct) != 1:
        raise _unclear(origin, offers, "holds several images" if distinct else "holds no image")
    return next(iter(distinct.values()))


def _unclear(origin: Origin, offers: Sequence[Offer], what: str) -> DeliveryError:
    rows = [", ".join(offer.names) or offer.content.digest[:19] for offer in offers[:4]]
    return DeliveryError(
        f"{origin.where} {what}",
        evidence=[("" if n else "it holds", row) for n, row in enumerate(rows)],
        next=f"say whose image it is: --from SERVICE={origin.where}, with an archive of that one image",
        slug="delivery-origin",
    )


def _same_platform(offer: Offer, platform: str) -> bool:
    return offer.content.platform.split("/")[:2] == platform.split("/")[:2]
