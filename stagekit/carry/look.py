"""Looks at an engine's images, in as few questions as possible."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from stagekit.doors.store import StoreDoor, StoreRefused
from stagekit.images.held import Facts, Held, HeldImage, is_ours, parse_facts, parse_images
from stagekit.images.names import PARTIAL
from stagekit.promote.refusals import is_old

# A containerd store refuses to list its images while one of them is being removed, by another delivery for example.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)


def look(
    store: StoreDoor,
    names: Collection[str] = (),
    *,
    only: Collection[str] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> Held:
    """The engine and its images at this moment.

    names  where the engine has all of these, only they are looked at closely: that is all a delivery with nothing to
           do needs
    only   asks for nothing but these names, and what deliveries under way keep
    """
    for pause in PAUSES:
        try:
            return _look(store, names, only)
        except StoreRefused:
            sleep(pause)
    return _look(store, names, only)


def _look(store: StoreDoor, names: Collection[str], only: Collection[str]) -> Held:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: parse_facts(store.facts()))
        try:
            listed = store.listed([*only, PARTIAL] if only else ())
        except StoreRefused:
            # An engine that is too old refuses everything but to tell its version.
            if is_old(facts := asked.result()):
                return Held(facts)
            raise
        facts = asked.result()
    images = parse_images(listed, {})
    found = {name for image in images.values() for name in image.names}
    close = _close(facts, images, names if names and found.issuperset(names) else ())
    return Held(facts, parse_images(listed, store.inspected(close)))


def _close(facts: Facts, images: Mapping[str, HeldImage], names: Collection[str]) -> list[str]:
    if names:
        return [image.id for image in images.values() if set(image.names) & set(names)]
    return [image.id for image in images.values() if facts.store == "classic" or is_ours(image)]
