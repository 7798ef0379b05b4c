"""Sends what a host lacks, compares, and leaves nothing half there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from stagekit.carry.look import look
from stagekit.carry.send import send
from stagekit.doors.layers import LayerCache, LayerDamaged
from stagekit.doors.store import StoreDoor, StoreRefused
from stagekit.execute import Listener
from stagekit.images.chains import Holdings
from stagekit.images.held import Facts, Held
from stagekit.promote.deliver import CLOSE_AT, Load, Parcel, disk_need, layers_of, leftovers, missing, plan_loads
from stagekit.promote.refusals import disk_filled, disk_full, not_identical, refuse_disk

WHOLE = float("inf")
ATTEMPTS = 3  # with a layer of the cache found damaged each time


@dataclass
class Courier:
    """Brings images to one host.

    stage  called with diff_ids: brings those into the cache that are not in it
    free   called with a folder of the host: the free bytes there

    moved, layers  what has been sent so far, in bytes and in layers
    """

    host: StoreDoor
    cache: LayerCache
    stage: Callable[[Collection[str]], None]
    free: Callable[[str], int]
    listener: Listener
    moved: int = field(default=0, init=False)
    layers: int = field(default=0, init=False)

    def bring(self, parcels: Sequence[Parcel], held: Held) -> Held:
        """Brings the images that the host lacks; returns what it has of them then.

        held  what the host has now, all its images looked at closely
        Raises DeliveryError and StoreLost. What had arrived whole by then is kept for the next time.
        """
        held = self._bring(parcels, held)
        self.host.forget(leftovers(parcels, held))
        return held

    def _bring(self, parcels: Sequence[Parcel], held: Held) -> Held:
        wrong, why = missing(parcels, held), ""
        if wrong:
            why = self._attempt(wrong, held, whole=False)
            held = self._look_again(parcels)
            wrong = missing(wrong, held)
        if wrong:
            # What the host has may not be what it seems. Once more with nothing taken for granted, here neither.
            self._undo(wrong)
            self._forget_layers(wrong)
            why = self._attempt(wrong, held, whole=True) or why
            held = self._look_again(parcels)
            wrong = missing(wrong, held)
        if wrong:
            self._undo(wrong)
            raise not_identical([parcel.reference for parcel in wrong], why)
        return held

    def _attempt(self, parcels: Sequence[Parcel], held: Held, *, whole: bool) -> str:
        """Sends the images, all of them or what the host lacks; returns what its engine had against it."""
        for _ in range(ATTEMPTS):
            had = Holdings(held.facts.store) if whole else held.holdings()
            try:
                self._send(parcels, had, held.facts, WHOLE if whole else CLOSE_AT)
                return ""
            except LayerDamaged as damaged:
                self.listener.detail(f"layer {damaged.layer[7:19]} was damaged in the cache; staging it again")
                held = look(self.host)
            except StoreRefused as refused:
                if disk_filled(refused.text):
                    self._undo(parcels)
                    raise disk_full(refused.text) from None
                return refused.text
        return "the layer cache here damages what is put into it"

    def _send(self, parcels: Sequence[Parcel], had: Holdings, facts: Facts, close_at: float) -> None:
        lacking = {parcel.content.layers[at] for parcel in parcels for at in had.lacks(parcel.content.layers)}
        self.stage(lacking)
        packed = {layer: self._packed(layer) for layer in lacking}
        sizes = {layer: size for parcel in parcels for layer, size in parcel.content.sized()}
        loads = plan_loads(parcels, had, packed, now=facts.now, close_at=close_at)
        if need := disk_need(loads, sizes, had.store):
            refuse_disk(need, self.free(facts.root), facts.root)
        total = sum(packed[layer] for load in loads for layer in load.layers)
        names = ", ".join(service for parcel in parcels for service in parcel.services)
        self.listener.begin("deliver", f"{names}: {_layers(len(lacking))}, {total / 1e6:.1f} MB")
        send(self.host, loads, self.cache, sizes, self._count(total))
        self.layers += sum(len(load.layers) for load in loads)
        self.listener.end(f"{_layers(len(lacking))}, {total / 1e6:.1f} MB")

    def _packed(self, layer: str) -> int:
        kept = self.cache.layer(layer)
        if kept is None:
            raise LayerDamaged(layer)
        return kept.packed

    def _count(self, total: int) -> Callable[[Load, int], None]:
        before = self.moved

        def count(_: Load, size: int) -> None:
            self.moved += size
            self.listener.detail(f"{(self.moved - before) / 1e6:.1f} of {total / 1e6:.1f} MB")

        return count

    def _undo(self, parcels: Sequence[Parcel]) -> None:
        """Removes what came of these images, whole or not."""
        held = look(self.host)
        self.host.forget([name for parcel in parcels for name in parcel.names])
        self.host.forget(leftovers(parcels, held))

    def _look_again(self, parcels: Iterable[Parcel]) -> Held:
        return look(self.host, only=[name for parcel in parcels for name in parcel.names])

    def _forget_layers(self, parcels: Iterable[Parcel]) -> None:
        for layer in layers_of(parcels):
            self.cache.drop(layer)


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
