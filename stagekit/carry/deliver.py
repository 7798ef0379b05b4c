"""The course of a delivery: look, stage what is missing, send, compare, write down.

Nothing that runs is touched, and no lock is needed: two deliveries at once only bring the same things twice. Cut off
anywhere, the next one finds what has arrived and goes on from there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from stagekit.carry import ledger
from stagekit.carry.courier import Courier
from stagekit.carry.look import look
from stagekit.carry.result import Delivered, arrived
from stagekit.carry.stock import Stock
from stagekit.carry.times import Times
from stagekit.doors.store import StoreDoor, StoreLost, StoreRefused
from stagekit.execute import Listener
from stagekit.hosts.state import folder_of
from stagekit.images.held import Held
from stagekit.promote.deliver import Parcel, missing
from stagekit.promote.preview import Moving, moving
from stagekit.promote.refusals import cut_off, engine_refuses, not_written_down, refuse_old, refuse_platform

UNKNOWN = 1 << 62  # free bytes, where a host does not tell: then its engine will


@dataclass
class Delivery:
    """Brings the images of one stage to its host.

    run      runs a program at the host
    project  the stage's Compose project, which the names of its images carry
    """

    stock: Stock
    host: StoreDoor
    run: ledger.Run
    project: str
    stage: str
    listener: Listener
    times: Times

    def deliver(self) -> Delivered:
        """All of it; safe to do again at any time. Raises DeliveryError and HostError."""
        courier = Courier(self.host, self.stock.cache, self._fill, self._free, self.listener)
        try:
            return self._deliver(courier)
        except StoreLost:
            raise cut_off(courier.moved) from None
        except StoreRefused as refused:
            raise engine_refuses(refused.text) from None

    def preview(self) -> tuple[Moving, ...]:
        """What `deliver` would bring, as it stands now: nothing is sent, and nothing written at the host.

        Layers that are not in the cache yet are staged: else their bytes on the wire are not known.
        """
        try:
            held, parcels, brought = self._look()
            had = held.holdings()
            lacking = {parcel.content.layers[at] for parcel in brought for at in had.lacks(parcel.content.layers)}
            self._fill(lacking)
            kept = (self.stock.cache.layer(layer) for layer in lacking)
            return moving(parcels, brought, had, {one.layer: one.packed for one in kept if one})
        except StoreLost:
            raise cut_off(0) from None
        except StoreRefused as refused:
            raise engine_refuses(refused.text) from None

    def _deliver(self, courier: Courier) -> Delivered:
        held, parcels, brought = self._look()
        had = held.holdings()
        courier.bring(parcels, held)
        self.times.mark("send")
        self._write_down(parcels)
        self.times.mark("write down")
        return Delivered(
            held.facts.store, arrived(parcels, had, brought), courier.moved, courier.layers, dict(self.times.seconds)
        )

    def _look(self) -> tuple[Held, tuple[Parcel, ...], tuple[Parcel, ...]]:
        """What the host has, what is to be delivered, and what of that the host has not."""
        known = self.stock.recall()
        held = look(self.host, self._names() if known else ())
        refuse_old(held.facts)
        refuse_platform(self.stock.platforms(), held.facts)
        self.times.mark("look")
        self.stock.complete(held.holdings())
        self.times.mark("stage")
        parcels = self.stock.parcels(self.project)
        brought = missing(parcels, held)
        if brought:
            held = self._closely(held, known)
        return held, parcels, brought

    def _names(self) -> list[str]:
        return [name for parcel in self.stock.parcels(self.project) for name in parcel.names]

    def _closely(self, held: Held, known: bool) -> Held:
        """Every image of the host looked at closely: a look that found all the names has left that out."""
        names = {name for image in held.images.values() for name in image.names}
        return look(self.host) if known and names.issuperset(self._names()) else held

    def _fill(self, wanted: Collection[str]) -> None:
        self.times.mark("send")
        self.stock.fill(wanted)
        self.times.mark("stage")

    def _free(self, folder: str) -> int:
        """The free bytes at the host where its engine keeps images: there, or in containerd's own folder."""
        said = self.run(["df", "-Pk", folder, "/var/lib/containerd"]).stdout
        rows = [line.split() for line in said.splitlines()[1:]]
        return min((int(row[3]) * 1024 for row in rows if len(row) > 3 and row[3].isdigit()), default=UNKNOWN)

    def _write_down(self, parcels: Collection[Parcel]) -> None:
        images = {service: name for p in parcels for service, name in zip(p.services, p.names, strict=True)}
        if not ledger.write_down(self.run, self.project, self.stage, images):
            raise not_written_down(folder_of(self.project))
