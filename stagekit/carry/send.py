"""Sends the archives of a delivery, one after the other, with no pause between them.

While the host takes over what an archive brought, the next one is on the way already; its end, which makes the host
look at it, is held back until the one before has been taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from stagekit.doors.layers import LayerCache
from stagekit.doors.packing import frame
from stagekit.doors.store import StoreDoor
from stagekit.images.archive import ending, layer_head, padding
from stagekit.promote.deliver import Load


class Stopped(Exception):
    """The archive before could not be brought, so this one makes no sense."""


def send(
    host: StoreDoor,
    loads: Sequence[Load],
    cache: LayerCache,
    sizes: Mapping[str, int],
    moved: Callable[[Load, int], None],
) -> None:
    """Brings the archives to the host, in order.

    sizes  the size of each layer, unpacked
    moved  called with each number of bytes that goes out
    Raises StoreRefused, StoreLost or LayerDamaged of the first archive that could not be brought.
    """
    stop = Event()
    turns: list[_Turn] = []
    with ThreadPoolExecutor(2) as pool:
        try:
            for load in loads:
                turn = _Turn(stop, turns[-1] if turns else None)
                turn.taken = pool.submit(_bring, host, load, cache, sizes, moved, turn)
                turns.append(turn)
            for turn in turns:
                turn.taken.result()
        except BaseException:
            stop.set()
            raise


class _Turn:
    """When an archive may go: `out` once all of it is on the way, `taken` once the host has it."""

    def __init__(self, stop: Event, before: _Turn | None) -> None:
        self._stop = stop
        self._before = before
        self.out = Event()
        self.taken: Future[None]

    def begin(self) -> None:
        """Waits until the line is free."""
        if self._before:
            self._before.out.wait()

    def end(self) -> None:
        """Waits until the archive before has been taken over."""
        if self._before and self._before.taken.exception() is not None:
            raise Stopped

    def check(self) -> None:
        """Ends an archive on its way, where the whole delivery ends."""
        if self._stop.is_set():
            raise Stopped


def _bring(
    host: StoreDoor,
    load: Load,
    cache: LayerCache,
    sizes: Mapping[str, int],
    moved: Callable[[Load, int], None],
    turn: _Turn,
) -> None:
    def body() -> Iterator[bytes]:
        for piece in archive(load, cache, sizes, turn.end):
            turn.check()
            yield piece
            moved(load, len(piece))
        turn.out.set()

    try:
        turn.begin()
        host.load(body())
    finally:
        turn.out.set()


def archive(
    load: Load, cache: LayerCache, sizes: Mapping[str, int], before_the_end: Callable[[], None] = lambda: None
) -> Iterator[bytes]:
    """The archive on the wire: zstd frames in a row, those of the layers as the cache has them."""
    for layer in load.layers:
        yield frame(layer_head(layer, sizes[layer]))
        yield from cache.read(layer)
        if rest := padding(sizes[layer]):
            yield frame(rest)
    before_the_end()
    yield frame(ending(load.images))
