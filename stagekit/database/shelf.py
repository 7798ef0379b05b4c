"""The databases that are kept beside the app's own: what is noted of each, and which go when there are too many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stagekit.release.record import Kept


class Note(BaseModel):
    """What is noted of one, as JSON in its comment.

    kind      `seed`: of a seed, made anew whenever it is missing; `snapshot`: a person's
    name      the snapshot's; empty for a seed
    key       the seed's
    made      the moment that it shows: UTC, ISO 8601
    used      when the app's database was last made from it
    revision  of the schema; empty where that is not known
    scale     the seed's
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["seed", "snapshot"]
    name: str = ""
    key: str = ""
    made: str
    used: str
    revision: str = ""
    scale: int | None = None


class Template(BaseModel):
    """A database that is kept. `size` is in bytes."""

    model_config = ConfigDict(frozen=True)

    database: str
    size: int
    note: Note

    @property
    def kept(self) -> Kept:
        """A snapshot, as what all kinds of copies have in common."""
        return Kept(name=self.note.name, at=self.note.made, size=self.size, revision=self.note.revision)


def read_templates(lines: Sequence[str]) -> tuple[Template, ...]:
    """Those that Postgres lists, a line of JSON each, oldest use first; what has no note of ours is none of ours."""
    found = [template for line in lines if (template := _read(json.loads(line))) is not None]
    return tuple(sorted(found, key=lambda one: (one.note.used, one.database)))


def too_many(templates: Sequence[Template], keep: str, *, count: int, size: int) -> tuple[Template, ...]:
    """Which templates of seeds have to go, the least recently used first.

    keep   the database that stays whatever it takes: it was used just now
    count  how many may stay
    size   bytes that they may take together
    """
    seeds = [one for one in templates if one.note.kind == "seed"]
    gone: list[Template] = []
    for one in seeds:
        left = [other for other in seeds if other not in gone]
        if len(left) <= count and sum(other.size for other in left) <= size:
            break
        if one.database != keep:
            gone.append(one)
    return tuple(gone)


def _read(row: dict[str, Any]) -> Template | None:
    try:
        note = Note.model_validate_json(row["note"] or "")
    except ValidationError:
        return None
    return Template(database=row["database"], size=row["size"], note=note)
