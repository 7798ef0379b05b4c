"""The images of a stage at its host: looked at, and removed where they could go."""

from __future__ import annotations

import json

from stagekit.carry import ledger
from stagekit.carry.look import look
from stagekit.cli.delivering import connecting, model_here
from stagekit.cli.engines import engine_here
from stagekit.cli.layers import layer_cache
from stagekit.cli.place import Place
from stagekit.doors.store import StoreDoor, StoreLost, StoreRefused
from stagekit.images.content import Content
from stagekit.images.names import delivered_name
from stagekit.promote.keep import Stored, removable, stored
from stagekit.promote.refusals import cut_off, engine_refuses, refuse_old
from stagekit.report.stored import stored_json, stored_text


def show_stored(place: Place, *, prune: bool, keep: int, as_json: bool) -> str:
    """The words about a stage's images at its host; with `prune`, those that could go are removed first."""
    try:
        with connecting(place) as connection:
            here = _names_here(place)
            door = connection()
            host = StoreDoor(door.engine_host)
            needed = ledger.kept(ledger.read(door.run, place.project), keep)
            rows = _rows(host, place.project, needed)
            if not prune:
                return _words(place, rows, here, as_json)
            host.forget(removable(rows))
            left = _rows(host, place.project, needed)
    except StoreLost:
        raise cut_off(0) from None
    except StoreRefused as refused:
        raise engine_refuses(refused.text) from None
    if as_json:
        return _words(place, left, here, as_json)
    return f"{place.settings.stage}: {len(rows) - len(left)} images removed, {len(left)} kept"


def _rows(host: StoreDoor, project: str, needed: frozenset[str]) -> tuple[Stored, ...]:
    held = look(host)
    refuse_old(held.facts)
    return stored(held, project, needed, {str(row["ImageID"]) for row in host.containers()})


def _words(place: Place, rows: tuple[Stored, ...], here: frozenset[str], as_json: bool) -> str:
    if as_json:
        return json.dumps(stored_json(rows, here), indent=2)
    return stored_text(place.settings.stage, rows, here)


def _names_here(place: Place) -> frozenset[str]:
    """What this machine's images are called at the host, as far as the layer cache knows them."""
    engine = engine_here(place)
    model = model_here(place, engine)
    raws = StoreDoor(engine.host).inspected({service.image for service in model.services.values()})
    cache = layer_cache(place)
    names = set()
    for service in model.services.values():
        kept = cache.image(str(raws[service.image]["Id"])) if service.image in raws else None
        if kept:
            names.add(delivered_name(place.project, service.name, Content(kept.config, kept.sizes).identity))
    return frozenset(names)
