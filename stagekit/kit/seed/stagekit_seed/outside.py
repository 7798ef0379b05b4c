"""The seed's parts in other services: `apply` makes what is missing, `reset` leaves exactly the seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from . import modules
from .errors import SeedError
from .manifest import Manifest, Outside
from .sources import Sources


def run(manifest: Manifest, instant: datetime, scale: int, *, reset: bool) -> Iterator[str]:
    """Yields what each part says it did. Raises SeedError, after the other parts, when one fails."""
    sources = Sources(list(manifest.layers), instant, scale)
    failures: list[SeedError] = []
    for part in manifest.outside:
        try:
            yield f"{part.name}: {_part(part, sources, reset=reset)}"
        except SeedError as error:
            failures.append(error)
    if failures:
        raise SeedError("; ".join(str(each) for each in failures), next=failures[0].next)


def _part(part: Outside, sources: Sources, *, reset: bool) -> str:
    module = modules.load(part.file, "apply", "reset")
    try:
        return str((module.reset if reset else module.apply)(sources.seed(part.file)))
    except SeedError as error:
        raise SeedError(error.what, where=error.where or part.file.path, next=error.next) from error
    except Exception as error:  # a part may raise anything its service's client does
        failed = modules.failed(part.file, error)
        raise SeedError(failed.what, where=failed.where, next=f"see that {part.name} is up, then seed again") from error
