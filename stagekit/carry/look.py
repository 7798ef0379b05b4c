"""Looks at an engine's images, in as few questions as possible."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

from stagekit.doors.store import StoreDoor
from stagekit.images.held import Facts, Held, is_ours, parse_facts, parse_images


def look(store: StoreDoor, names: Collection[str] = ()) -> Held:
    """The engine and its images at this moment.

    names  where the engine has all of these, only they are looked at closely: that is all a delivery with nothing to
           do needs
    """
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: parse_facts(store.facts()))
        listed = store.listed()
        facts = asked.result()
    images = parse_images(listed, {})
    found = {name for image in images.values() for name in image.names}
    close = _close(facts, images, names if names and found.issuperset(names) else ())
    return Held(facts, parse_images(listed, store.inspected(close)))


def _close(facts: Facts, images: dict, names: Collection[str]) -> list[str]:  # type: ignore[type-arg]
    if names:
        return [image.id for image in images.values() if set(image.names) & set(names)]
    return [image.id for image in images.values() if facts.store == "classic" or is_ours(image)]
