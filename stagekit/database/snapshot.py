"""Kept copies of a database: what they are called, and what is known of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from stagekit.release.record import Kept

AUTOMATIC = re.compile(r"before-(reset|restore|seed)-.*")
FEW = 5  # automatic copies that stay
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def before(release: int) -> str:
    """The copy from before the migrations of a release."""
    return f"before-{release}"


def is_name(name: str) -> bool:
    """Whether a copy may be called this."""
    return NAME.fullmatch(name) is not None


def read_kept(said: str) -> tuple[Kept, ...]:
    """The copies that a volume holds, oldest first: a line each, name, bytes, moment and revision between tabs."""
    rows = [(line.split("\t") + [""] * 4)[:4] for line in said.splitlines() if line.strip()]
    found = [Kept(name=name, size=int(size), at=at, revision=revision) for name, size, at, revision in rows]
    return tuple(sorted(found, key=lambda kept: (kept.at, kept.name)))


@dataclass(frozen=True)
class Copy:
    """A kept copy, and how it is kept: `dump`, a file; `template`, a database beside the app's."""

    kind: Literal["dump", "template"]
    kept: Kept


def automatic(kept: Sequence[Kept]) -> tuple[str, ...]:
    """The copies that a verb made before it lost data, and that go: all but the newest few. Named ones stay."""
    made = [one.name for one in sorted(kept, key=lambda one: one.at) if AUTOMATIC.fullmatch(one.name)]
    return tuple(made[:-FEW])


def upgrades(sql: str) -> tuple[str, ...]:
    """The revisions that Alembic's SQL goes to, in order; none where it is not Alembic's."""
    return tuple(re.findall(r"^-- Running upgrade .*-> (\S+)\s*$", sql, re.M))


def minutes_since(at: str, now: str) -> int | None:
    """Whole minutes between two moments, UTC and ISO 8601, begun ones counted; None where one is none."""
    try:
        passed = datetime.fromisoformat(now) - datetime.fromisoformat(at)
    except (ValueError, TypeError):
        return None
    return max(-(-int(passed.total_seconds()) // 60), 0)


def way_back(revision: str, copies: Sequence[Kept]) -> Kept | None:
    """The newest copy with the schema that older code knew."""
    fitting = [kept for kept in copies if revision and kept.revision == revision]
    return max(fitting, key=lambda kept: kept.at, default=None)


def archive_moment(listed: str) -> str:
    """When a dump was begun, as the first lines of `pg_restore --list` tell it in UTC; empty where they do not."""
    found = re.search(r"^; Archive created at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC", listed, re.M)
    return f"{found.group(1)}T{found.group(2)}Z" if found else ""
