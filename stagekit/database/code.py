"""What a release's code says of its migrations, asked in its own image. It reaches no database and no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.helper import HelperDoor, HelperFailed, NoImage, Task


@dataclass(frozen=True)
class Source:
    """An engine that may have the image, and what it calls it."""

    helper: HelperDoor
    image: str


@dataclass(frozen=True)
class Code:
    """The service of a model that migrates.

    sources  where its image may be: the first that has it is asked
    None as an answer: the project does not say how to ask, or the code refuses.
    """

    model: Model
    sources: Sequence[Callable[[], Source]]

    def head(self) -> str | None:
        """The newest revision that it knows."""
        migrations = self.model.block.migrations
        said = self._ask(migrations.head) if migrations and migrations.head else None
        return said.strip() or None if said is not None else None

    def sql(self, start: str) -> str | None:
        """The SQL from a revision to the head; from the beginning where `start` is empty."""
        migrations = self.model.block.migrations
        if migrations is None or not migrations.sql:
            return None
        return self._ask([*migrations.sql, *([start] if start else [])])

    def _ask(self, words: Sequence[str]) -> str | None:
        assert self.model.block.migrations
        service = self.model.services[self.model.block.migrations.service]
        for source in self.sources:
            found = source()
            try:
                said = found.helper.run(Task(found.image, words, environment=dict(service.environment)))
            except NoImage:
                continue
            except HelperFailed:
                return None
            return said.out if said.code == 0 else None
        return None
