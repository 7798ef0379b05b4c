"""What differs between two releases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagekit.release.record import Release


@dataclass(frozen=True)
class Difference:
    """One thing that differs: images, env keys, secrets, definition, migrations. Values of settings are never shown."""

    kind: str
    subject: str
    what: str


def differences(old: Release, new: Release) -> tuple[Difference, ...]:
    """All of them, services in name order."""
    return tuple(_differences(old, new))


def _differences(old: Release, new: Release) -> Iterator[Difference]:
    services = sorted({*old.images, *new.images})
    for name in services:
        yield from _images(name, old, new)
    before, after = old.env_keys(), new.env_keys()
    for name in services:
        yield from _keys(name, set(before.get(name, ())), set(after.get(name, ())))
    yield from _definitions(_services(old), _services(new))
    yield from _secrets(old, new)
    if old.migration != new.migration:
        yield Difference("migrations", "", f"{old.migration or 'none'} -> {new.migration or 'none'}")


def _images(name: str, old: Release, new: Release) -> Iterator[Difference]:
    before, after = old.images.get(name), new.images.get(name)
    if before is None or after is None:
        yield Difference("service", name, "is new" if before is None else "is gone")
    elif before.identity != after.identity:
        yield Difference("image", name, f"{before.identity[7:19]} -> {after.identity[7:19]}")


def _keys(name: str, before: set[str], after: set[str]) -> Iterator[Difference]:
    for key in sorted(before ^ after):
        yield Difference("env key", name, f"{key} is {'new' if key in after else 'gone'}")


def _secrets(old: Release, new: Release) -> Iterator[Difference]:
    for name in sorted({*old.secrets, *new.secrets}):
        before, after = old.secrets.get(name), new.secrets.get(name)
        if before is None or after is None:
            yield Difference("secret", name, "is new" if before is None else "is gone")
        elif before.number != after.number:
            yield Difference("secret", name, f"version {before.number} -> {after.number}")


def _definitions(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Difference]:
    for name in sorted(before.keys() & after.keys()):
        keys = sorted(
            key
            for key in before[name].keys() | after[name].keys()
            if key != "image" and before[name].get(key) != after[name].get(key)
        )
        if keys:
            yield Difference("definition", name, f"{', '.join(keys)} differ{'s' if len(keys) == 1 else ''}")


def _services(release: Release) -> dict[str, Any]:
    return dict(json.loads(release.model).get("services", {}))
