"""What the database has of the seed, as JSON."""

from __future__ import annotations

from typing import Any

from . import books, database, hashing
from .apply import Wish
from .catalogue import Db
from .manifest import Manifest


def status(db: Db, manifest: Manifest, wish: Wish) -> dict[str, Any]:
    """Reads only. `head` is the schema's revision."""
    head = database.revision(db, manifest.revision)
    wanted = hashing.wanted(list(manifest.layers), wish.instant, wish.scale, head)
    present = books.layers(db)
    layers = [_layer(each.name, each.about, wanted[each.name], present.get(each.name)) for each in manifest.layers]
    return {"head": head, "scale": wish.scale, "instant": f"{wish.instant:%Y-%m-%d}", "layers": layers}


def _layer(name: str, about: str, wanted: str, found: books.Applied | None) -> dict[str, Any]:
    digest = found.hash if found else None
    state = "missing" if digest is None else "applied" if digest == wanted else "changed"
    return {
        "name": name,
        "about": about,
        "state": state,
        "hash": digest,
        "wanted": wanted,
        "rows": found.rows if found else None,
        "applied_at": found.applied_at.isoformat() if found and found.applied_at else None,
    }
