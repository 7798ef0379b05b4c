"""What a release's code says of its migrations, asked in its own image. It reaches no database and no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.helper import HelperDoor, Task


@dataclass(frozen=True)
class Code:
    """The service of a model that migrates, at an engine that has its image.

    None as an answer: the project does not say how to ask, or the code refuses.
    """

    model: Model
    helper: HelperDoor

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
        said = self.helper.run(Task(service.image, words, environment=dict(service.environment)))
        return said.out if said.code == 0 else None
