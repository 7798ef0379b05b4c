"""What a delivery would move, image by image."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from stagekit.images.chains import Holdings
from stagekit.images.content import Content
from stagekit.promote.deliver import Parcel

NOTHING = 1536  # bytes of a layer that holds a folder at most: what WORKDIR leaves


@dataclass(frozen=True)
class Moving:
    """One image, and what of it the host lacks.

    names    what it is called there, by service
    layers   how many it has
    lacking  the positions of those that have to be sent for it; what another image brings is not counted again
    bytes    what those are on the wire
    there    whether the host has the image already, whole
    code     whether of the layers that hold anything only the uppermost is new: the product's own, as images are built
    """

    reference: str
    names: Mapping[str, str]
    identity: str
    layers: int
    lacking: tuple[int, ...] = ()
    bytes: int = 0
    there: bool = True
    code: bool = False

    def amount(self) -> str:
        """What has to be sent: `2 of 9 layers, 12.0 MB`."""
        layers = f"{len(self.lacking)} of {self.layers} layers"
        return f"{layers}, {_size(self.bytes)}" if self.lacking else layers

    def change(self) -> str:
        """What is new of an image that changed: `code layer only, 0.1 MB`; empty where the host has it already."""
        if self.there or not self.lacking:
            return "" if self.there else "its settings only"
        return f"code layer only, {_size(self.bytes)}" if self.code else self.amount()


def moving(
    parcels: Sequence[Parcel], brought: Collection[Parcel], had: Holdings, packed: Mapping[str, int]
) -> tuple[Moving, ...]:
    """Every image of a delivery.

    brought  those that the host has not, or not as they are here
    had      what the host has
    packed   the bytes of each lacking layer on the wire
    """
    found = []
    for parcel in parcels:
        content = parcel.content
        lacking = had.lacks(content.layers) if parcel in brought else ()
        if parcel in brought:
            had = had.having(content.layers)
        found.append(
            Moving(
                reference=parcel.reference,
                names=dict(zip(parcel.services, parcel.names, strict=True)),
                identity=content.identity.fingerprint(),
                layers=len(content.layers),
                lacking=lacking,
                bytes=sum(packed[layer] for layer in dict.fromkeys(content.layers[at] for at in lacking)),
                there=parcel not in brought,
                code=_code(content, lacking),
            )
        )
    return tuple(found)


def _code(content: Content, lacking: tuple[int, ...]) -> bool:
    filled = [at for at, size in enumerate(content.sizes) if size > NOTHING]
    return len(filled) > 1 and [at for at in filled if at in lacking] == filled[-1:]


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 50_000 else f"{max(count / 1e3, 0.1):.1f} kB"
