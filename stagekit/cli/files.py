"""What a checkout's files say of a hosted stage: its definition, and the secrets that it grants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property

from stagekit.cli.guarding import guard
from stagekit.cli.held import held_for
from stagekit.cli.place import Place
from stagekit.compose import Model
from stagekit.compose.block import StageSecret
from stagekit.release import ReleasedSecret
from stagekit.secret import Secret
from stagekit.secrets import Versions, Wanted
from stagekit.secrets.exposed import refuse_exposed
from stagekit.secrets.held import Held, other_values
from stagekit.secrets.mounts import refuse_old
from stagekit.secrets.numbers import Pick, numbers
from stagekit.secrets.store import SecretStore
from stagekit.switching.releases import Ledger


@dataclass
class Files:
    """The files of one stage. Raises ComposeFileError once it is asked for them.

    rendering  what Compose makes of them, and its model
    given      values of secrets that win over what is held; None: a new one is generated, whatever is held
    """

    place: Place
    rendering: Future[tuple[str, Model]]
    given: dict[str, Secret | None] = field(default_factory=dict)

    @property
    def rendered(self) -> tuple[str, Model]:
        """What Compose makes of them, and its model."""
        return self.rendering.result()

    @cached_property
    def held(self) -> Held:
        """The secrets that they grant, and what who promotes has of them."""
        return held_for(self.place, self.rendered[0])

    def secrets(self, ledger: Ledger, engine: Callable[[], str]) -> dict[str, ReleasedSecret]:
        """The version of each secret that a release of these files gets.

        engine  the version of the host's engine
        Raises SecretError for one that nobody has, or that stands where everybody sees it; HostError for an old engine.
        """
        rendered, model = self.rendered
        refuse_exposed(rendered, public=model.block.public, held=self.held.at_hand())
        current = ledger.current.picks() if ledger.current else {}
        found = numbers(self.held.wanted, ledger.secrets, self.held.names(), current)
        if found:
            refuse_old(engine())
        return {name: _released(ledger, name, pick) for name, pick in found.items()}

    def other_values(self, ledger: Ledger, store: SecretStore) -> list[str]:
        """A line for each secret of which who promotes holds another value than the stage."""
        at_hand = self.held.at_hand()
        newest = {name: version for name in at_hand if (version := ledger.secrets.newest(name))}
        if not newest:
            return []
        prints = {name: version.fingerprint for name, version in newest.items()}
        return [
            f"you hold another value of {name} than version {newest[name].number}, which the stage keeps; "
            f"`stagekit secrets set {name} --stage {self.place.settings.stage}` makes yours the next one"
            for name in other_values(at_hand, prints, store.fingerprint)
        ]

    def store(self, store: SecretStore, model: Model, names: Sequence[str]) -> Versions:
        """Stores the next version of secrets of a release, by what its own definition tells of them."""
        rules = model.block.secrets
        known = {} if self.given.keys() >= set(names) else {one.name: one for one in self.held.wanted}
        needed = [known.get(name) or Wanted(name, (), rules.get(name, StageSecret())) for name in names]
        return store.make(needed, self.value)

    def value(self, one: Wanted) -> Secret | None:
        """What a new version of a secret shall be; None where it is to be generated.

        Raises GuardError for what must not reach a stage, such as a live key, wherever it comes from.
        """
        return self.guarded(one.name, self.given[one.name] if one.name in self.given else self.held.value(one))

    def guarded(self, name: str, value: Secret | None) -> Secret | None:
        """A value that may reach the stage. Raises GuardError."""
        if value is not None:
            guard(self.place, self.rendered[1], {name: value})
        return value


def _released(ledger: Ledger, name: str, pick: Pick) -> ReleasedSecret:
    version = ledger.secrets.find(name, pick.number)
    print_ = version.fingerprint if version else ""
    return ReleasedSecret(number=pick.number, previous=pick.previous, fingerprint=print_)
