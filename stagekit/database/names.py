"""What the databases are called that stagekit keeps beside a stage's own, in the same Postgres."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

LIMIT = 63  # bytes; Postgres cuts a longer name off: NAMEDATALEN
OF_KEY = 12  # digits of a seed's key that stand in a name


@dataclass(frozen=True)
class Names:
    """Those beside one database.

    app  its own name
    """

    app: str

    @property
    def new(self) -> str:
        """Where a database is made, before it takes a place."""
        return f"{self.prefix}new"

    @property
    def old(self) -> str:
        """What the app's own was, until it is dropped."""
        return f"{self.prefix}old"

    @property
    def prefix(self) -> str:
        """What all of them begin with."""
        return f"{_short(self.app, LIMIT - len('_stagekit_seed_') - OF_KEY)}_stagekit_"

    def seed(self, key: str) -> str:
        """The template of a seed."""
        return f"{self.prefix}seed_{key[:OF_KEY]}"

    def snapshot(self, name: str) -> str:
        """A copy that a person named."""
        start = f"{self.prefix}snap_"
        return start + _short(name, LIMIT - len(start.encode()))


def _short(name: str, limit: int) -> str:
    """The name, or its beginning with a hash of the whole where it is longer than `limit` bytes."""
    if len(name.encode()) <= limit:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: limit - len(mark) - 1].decode(errors="ignore") + f"_{mark}"
