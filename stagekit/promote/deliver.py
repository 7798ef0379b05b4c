"""The plan of a delivery: which layers go in which archive, so that each is moved once and a cut loses little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stagekit.images.archive import Named
from stagekit.images.chains import Holdings, Store
from stagekit.images.content import Content
from stagekit.images.held import Held
from stagekit.images.names import parse_partial, partial_digits, partial_name

# An archive is closed once it holds this many bytes on the wire: what a cut connection has to send again.
CLOSE_AT = 4_000_000
ABANDONED = 24 * 3600  # seconds


@dataclass(frozen=True)
class Parcel:
    """One image to deliver.

    reference  what it is called here
    services   the services that run it
    names      what it is called at the host, a name for each service
    """

    reference: str
    services: tuple[str, ...]
    names: tuple[str, ...]
    content: Content


@dataclass(frozen=True)
class Load:
    """One archive: the layers in it, and the images that it completes at the host.

    images  whole ones in the last archive; before it, the lowest layers of one, which keep what has arrived
    """

    layers: tuple[str, ...]
    images: tuple[Named, ...]
    last: bool = False


def plan_loads(
    parcels: Sequence[Parcel], had: Holdings, packed: Mapping[str, int], *, now: float = 0.0, close_at: float = CLOSE_AT
) -> tuple[Load, ...]:
    """The archives that bring these images to a host, in order; none where there is nothing to bring.

    packed  the bytes of each layer on the wire
    now     the host's time
    """
    loads: list[Load] = []
    waiting: dict[str, str] = {}  # what goes with a later archive, by what the host's store will know it by
    for parcel in parcels:
        layers = parcel.content.layers
        keys = had.keys(layers)
        for at in had.lacks(layers):
            if keys[at] in had.known:
                continue  # the same layer lower down has been sent meanwhile
            waiting[keys[at]] = layers[at]
            below = {key: waiting[key] for key in keys[: at + 1] if key in waiting}
            if sum(packed[layer] for layer in below.values()) >= close_at:
                loads.append(Load(_once(below.values()), (_lowest(parcel.content, at + 1, now),)))
                waiting = {key: layer for key, layer in waiting.items() if key not in below}
                had = had.having(layers[: at + 1])
        had = had.having(layers)
    if parcels:
        whole = tuple(Named(parcel.content, parcel.names) for parcel in parcels)
        loads.append(Load(_once(waiting.values()), whole, last=True))
    return tuple(loads)


def missing(parcels: Iterable[Parcel], held: Held) -> tuple[Parcel, ...]:
    """The images that the host has not, or not as they are here."""
    return tuple(p for p in parcels if not all(held.has(name, p.content) for name in p.names))


def layers_of(parcels: Iterable[Parcel]) -> frozenset[str]:
    """Every layer of these images."""
    return frozenset(layer for parcel in parcels for layer in parcel.content.layers)


def leftovers(parcels: Iterable[Parcel], held: Held) -> tuple[str, ...]:
    """The names at the host of what a delivery needs only while it is under way.

    Those of these images are done with. Those of others may be on their way just now, unless they began more than a
    day ago, by the host's own clock.
    """
    ours = partial_digits_of(parcels)
    names = (name for image in held.images.values() for name in image.names)
    return tuple(
        name
        for name in names
        if (partial := parse_partial(name)) and (partial.digits in ours or held.facts.now - partial.at > ABANDONED)
    )


def partial_digits_of(parcels: Iterable[Parcel]) -> frozenset[str]:
    """What the names have that an earlier delivery of these images, cut off anywhere, may have left at the host."""
    return frozenset(
        partial_digits(parcel.content.lowest(count))
        for parcel in parcels
        for count in range(1, len(parcel.content.layers) + 1)
    )


def disk_need(loads: Iterable[Load], sizes: Mapping[str, int], store: Store) -> int:
    """The free bytes that a host needs for these archives.

    An engine unpacks an archive before it takes the layers over. The classic store forgets the archive then; the
    containerd store keeps every layer twice, as content and as a snapshot.
    """
    each = [sum(sizes[layer] for layer in load.layers) for load in loads]
    total = sum(each)
    return 2 * total if store == "containerd" else total + max(each, default=0)


def _lowest(content: Content, count: int, now: float) -> Named:
    kept = content.lowest(count)
    return Named(kept, (partial_name(kept, now),))


def _once(layers: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(layers))
