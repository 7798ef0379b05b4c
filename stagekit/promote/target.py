"""What a plan is made for: the release that shall serve, and how the stage stands to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagekit.compose import Model
from stagekit.database.schema import Schema
from stagekit.stage import Container


@dataclass(frozen=True)
class Target:
    """The release that shall serve.

    definitions  Compose's hash of each service
    alone        the hash of those that it starts alone: there Compose leaves out what they depend on
    recorded     whether its record says already that it serves
    back         whether a newer one has been there: what that one has run once, such as migrations, stays done
    schema       how the database stands to it; None where the project has no migrations
    snapshot     what a copy of the database is called, should one be needed
    lacking      the secrets that it names and the stage has no value of yet
    resumed      whether a switch was cut off: what the edge's files say may not be what the running edge has read
    """

    model: Model
    definitions: Mapping[str, str]
    recorded: bool = False
    back: bool = False
    alone: Mapping[str, str] = field(default_factory=dict)
    schema: Schema | None = None
    snapshot: str = ""
    lacking: tuple[str, ...] = ()
    resumed: bool = False

    def defines(self, name: str, container: Container) -> bool:
        """Whether a container was made from this definition of a service."""
        return container.definition in (self.definitions[name], self.alone.get(name))
