"""What a delivery came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stagekit.images.chains import Holdings, Store
from stagekit.promote.deliver import Parcel


@dataclass(frozen=True)
class Arrived:
    """One image at the host, the same as here.

    names  what it is called there, by service
    sent   how many of its layers had to be sent for it; what another image before it brought is not counted again
    """

    reference: str
    names: Mapping[str, str]
    identity: str
    layers: int
    sent: int


@dataclass(frozen=True)
class Delivered:
    """A delivery that succeeded.

    bytes, layers  what was moved
    seconds        by part: connect, look, stage, send, compare
    """

    store: Store
    images: tuple[Arrived, ...]
    bytes: int
    layers: int
    seconds: Mapping[str, float]


def arrived(parcels: Iterable[Parcel], had: Holdings, brought: Iterable[Parcel]) -> tuple[Arrived, ...]:
    """The images of a delivery.

    had      what the host had before
    brought  those that it had not, in the order they were sent
    """
    sent: dict[str, int] = {}
    for parcel in brought:
        sent[parcel.content.digest] = len(had.lacks(parcel.content.layers))
        had = had.having(parcel.content.layers)
    return tuple(
        Arrived(
            reference=parcel.reference,
            names=dict(zip(parcel.services, parcel.names, strict=True)),
            identity=parcel.content.identity.fingerprint(),
            layers=len(parcel.content.layers),
            sent=sent.get(parcel.content.digest, 0),
        )
        for parcel in parcels
    )
