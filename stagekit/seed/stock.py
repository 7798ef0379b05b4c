"""The template of a stage's seed: found, or made from nothing beside the stage; and the oldest of too many dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stagekit.database import failure
from stagekit.database.postgres import Seeded
from stagekit.database.shelf import Template, too_many
from stagekit.database.templates import Templates
from stagekit.seed.loader import Loader

GB = 1e9


@dataclass(frozen=True)
class Stock:
    """The templates of one stage's seeds. Raises StagekitError.

    count, size  how many are kept, and the bytes that they may take together
    now          the time: UTC, ISO 8601
    revision     tells the schema's revision in a database
    """

    templates: Templates
    loader: Loader
    count: int
    size: float
    now: Callable[[], str]
    revision: Callable[[str], str]

    def get(self, say: Callable[[str], None]) -> Template:
        """The template of what the database was seeded with; made where it is missing, which takes as long as seeding.

        say  hears why it takes longer
        """
        seeded = self.templates.seeded()
        found = self.templates.of_seed(seeded.key) if seeded else None
        if found:
            return found
        say("no template of this seed is kept: migrating and seeding one, once")
        return self.make(seeded)

    def make(self, like: Seeded | None) -> Template:
        """Makes one from nothing: an empty database, the migrations, the seed. The stage's own database is untouched.

        like  the scale and the day of this seed; those that the loader chooses where it is None
        """
        self.loader.clear()
        name = self.templates.begin()
        words = ("--scale", str(like.scale), "--instant", like.instant) if like else ()
        try:
            self.loader.migrate(name)
            self.loader.seed("--no-outside", *words, database=name, quiet=True)
            made = self.templates.seeded(name)
            if made is None:
                raise failure.no_template("the loader has noted no layers: docs/data.md says which table it keeps")
            return self.templates.freeze(made, self.now(), self.revision(name))
        except BaseException:
            self.templates.tidy()
            raise

    def trim(self, used: Template) -> tuple[Template, ...]:
        """Drops those that are too many; returns them. The one that was just used stays."""
        gone = too_many(self.templates.all(), used.database, count=self.count, size=int(self.size))
        for one in gone:
            self.templates.drop(one)
        return gone
