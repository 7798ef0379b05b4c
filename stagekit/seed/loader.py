"""The project's own programs, run once more as a container of their own: the seed's loader, the migrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stagekit.compose import Model
from stagekit.doors.compose import ComposeDoor, ComposeFailed
from stagekit.doors.helper import HelperDoor, HelperFailed, Said
from stagekit.errors import ComposeFileError, DatabaseError
from stagekit.seed.elsewhere import sent_to
from stagekit.stage.failure import compose_error

ASKS = 3  # the exit code of a loader that was told to ask, and has something to ask


@dataclass(frozen=True)
class Loader:
    """Runs them as they are on the stage: the same image, environment, secrets and network. Raises StagekitError.

    hear  gets each line that they write, at once
    """

    model: Model
    compose: ComposeDoor
    helper: HelperDoor
    hear: Callable[[str], None] = lambda line: None

    def require(self) -> None:
        """Raises ComposeFileError where the project does not say how its seed is spoken to."""
        block = self.model.block.seed
        if block is None or not block.command:
            raise no_command(block is not None)

    def seed(self, *words: str, database: str = "", quiet: bool = False) -> Said:
        """Runs the seed's command with these words of stagekit's. Its exit code is 0, or ASKS.

        database  another than the app's own
        quiet     nobody hears it
        """
        self.require()
        block = self.model.block.seed
        assert block
        said = self._run(block.service, [*block.command, *words], database, (lambda line: None) if quiet else self.hear)
        if said.code not in (0, ASKS):
            raise _failed(block.service, said)
        return said

    def migrate(self, database: str) -> None:
        """Brings another database to the head of the migrations; nothing where the project has none."""
        migrations = self.model.block.migrations
        if migrations:
            said = self._run(migrations.service, (), database, lambda line: None)
            if said.code:
                raise _failed(migrations.service, said)

    def clear(self) -> None:
        """Ends what a deployer that was killed has left running."""
        for name in one_offs(self.model):
            self.helper.remove(name)

    def _run(self, service: str, words: Sequence[str], database: str, hear: Callable[[str], None]) -> Said:
        name, variables = one_off(self.model, service), {}
        if database:
            assert self.model.block.database
            variables = dict(sent_to(self.model.services[service], self.model.block.database.variable, database))
        self.helper.remove(name)
        try:
            self.compose.begin_once(service, words, name=name, variables=variables)
            return self.helper.finish(name, hear)
        except ComposeFailed as failed:
            raise compose_error(failed.text) from None
        except HelperFailed as refused:
            raise _failed(service, Said(1, "", refused.text)) from None
        finally:
            self.helper.remove(name)


def one_off(model: Model, service: str) -> str:
    """The container that runs a service's program once more: its name is fixed, so that the next one finds it."""
    return f"{model.project}-stagekit-{service}"


def one_offs(model: Model) -> tuple[str, ...]:
    """All that a deployer which was killed may have left running."""
    return tuple(one_off(model, block.service) for block in (model.block.migrations, model.block.seed) if block)


def no_command(named: bool) -> ComposeFileError:
    """The project does not say how its seed is spoken to.

    named  whether it names a one-shot at all
    """
    return ComposeFileError(
        "the x-stagekit block says no command for the seed" if named else "the x-stagekit block names no seed",
        next="add `seed: {service: …, command: […]}`; docs/data.md says what the command has to understand",
        slug="seed-command",
    )


def _failed(service: str, said: Said) -> DatabaseError:
    lines = [line.strip()[:300] for line in (said.err.strip() or said.out.strip()).splitlines() if line.strip()]
    return DatabaseError(
        f"{service} ended with exit code {said.code}",
        evidence=[("it says" if n == 0 else "", line) for n, line in enumerate(lines[-5:])],
        next="correct what it names, build (`stagekit build`), then type the same again",
        slug="seed-failed",
    )
