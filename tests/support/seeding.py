"""The seed loader in tests: in this process, or as the process that a stage runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from stagekit_seed import database
from stagekit_seed.apply import Outcome, Wish, apply
from stagekit_seed.catalogue import Db
from stagekit_seed.manifest import read
from stagekit_seed.sources import Sources
from tests.support.database import MAY, ROOT, SEED

Rows = list[dict[str, Any]]


def fill(url: str, folder: Path = SEED, *, instant: datetime = MAY, scale: int = 1, **more: Any) -> Outcome:
    """The database only; `more` is of Wish. Raises SeedError."""
    with session(url) as db:
        return apply(db, read(folder), Wish(more.pop("layers", ()), instant, scale, **more))


@contextmanager
def session(url: str) -> Any:
    """The loader's own connection."""
    db: Db = database.connect({"DATABASE_URL": url})
    try:
        yield db
    finally:
        db.close()


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "stagekit_seed", str(folder), *words]


def environment(url: str = "", **more: str) -> Mapping[str, str]:
    paths = [ROOT / "backend", ROOT / "stagekit/kit/seed"]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "DATABASE_URL": url, **more}


def loader(url: str, folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *words), env=environment(url, **more), capture_output=True, text=True, timeout=120, check=False
    )


def seeded(*, instant: datetime = MAY, scale: int = 1, folder: Path = SEED) -> dict[str, Rows]:
    """Every row of a seed by its table, as the files have it, without any database."""
    layers = list(read(folder).layers)
    sources = Sources(layers, instant, scale)
    found: dict[str, Rows] = {}
    for file in (file for layer in layers for file in layer.files if file.table):
        found.setdefault(file.table, []).extend(row.cells for row in sources.rows(file))
    return found
