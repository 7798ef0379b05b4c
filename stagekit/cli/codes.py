"""Where the code of a stage's releases is asked of its migrations: at the host, or here before it is delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stagekit.bootstrap import Engine
from stagekit.cli.place import Place
from stagekit.compose import Model, parse
from stagekit.database import Schema
from stagekit.database.code import Code, Source
from stagekit.database.look import SchemaLook
from stagekit.doors.engine import EngineDoor
from stagekit.doors.helper import HelperDoor
from stagekit.doors.linter import lint
from stagekit.release import Release
from stagekit.switching.releases import Ledger


@dataclass
class Codes:
    """The code of one stage's releases.

    remote      the host's engine
    references  tells what each service's image is called here
    """

    place: Place
    engine: Engine
    remote: EngineDoor
    references: Callable[[], Mapping[str, str]]
    _new: int = field(default=0, init=False)
    _told: dict[tuple[str, str], Schema] = field(default_factory=dict, init=False)

    def head(self, release: Release, ledger: Ledger) -> str:
        """The head of a new release's migrations: as the record of one with the same image says, else its image.

        Empty where it has none, or does not say.
        """
        model = parse(release.model, directory="", files=(), sources={})
        migrations = model.block.migrations
        if migrations is None:
            return ""
        self._new = release.number
        known = (r for r in ledger.newest_first() if _same_image(r, release, migrations.service))
        return next((r.migration for r in known if r.migration), None) or self._code(release, model).head() or ""

    def look(self, release: Release, model: Model) -> SchemaLook:
        """What asks how the stage's database stands to a release."""
        return SchemaLook(model, release.migration, self.remote, self._code(release, model), lint, self._told)

    def _code(self, release: Release, model: Model) -> Code:
        migrations = model.block.migrations
        if migrations is None:
            return Code(model, ())
        service = migrations.service
        there = Source(HelperDoor(self.remote.host), model.services[service].image)
        sources: list[Callable[[], Source]] = [lambda: there]
        if release.number == self._new:  # of an older one, another image has the name here
            sources.append(lambda: self._here(service))
        return Code(model, sources)

    def _here(self, service: str) -> Source:
        return Source(HelperDoor(self.engine.host), self.references()[service])


def _same_image(one: Release, other: Release, service: str) -> bool:
    images = (one.images.get(service), other.images.get(service))
    return images[0] is not None and images[1] is not None and images[0].identity == images[1].identity
