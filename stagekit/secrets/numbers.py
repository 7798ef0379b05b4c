"""Which version of each secret a new release gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from stagekit.errors import SecretError
from stagekit.secrets.versions import Versions
from stagekit.secrets.wanted import Wanted


@dataclass(frozen=True)
class Pick:
    """The version of a secret that a release gets.

    previous  the one that stays valid beside it; 0 where none does
    """

    number: int
    previous: int = 0

    def all(self) -> tuple[int, ...]:
        """Every version that the release needs."""
        return (self.number, self.previous) if self.previous else (self.number,)


def numbers(
    wanted: Sequence[Wanted], versions: Versions, held: Collection[str], current: Mapping[str, Pick]
) -> dict[str, Pick]:
    """The newest version of each; where the stage has none, the first, which its promotion then stores.

    held     the names of those whose value who promotes has at hand
    current  those of the release that serves
    Raises SecretError, which names all that nobody has.
    """
    nobody = [one for one in wanted if not (versions.newest(one.name) or one.rule.generate or one.name in held)]
    if nobody:
        raise missing(nobody)
    return {one.name: pick(one, _next(one.name, versions), versions, current.get(one.name)) for one in wanted}


def pick(one: Wanted, number: int, versions: Versions, current: Pick | None) -> Pick:
    """This version of a secret, with the one that stays valid beside it.

    current  what the release that serves has of it
    """
    if not one.rule.overlap or current is None:
        return Pick(number)
    before = current.previous if current.number == number else current.number
    return Pick(number, before if versions.find(one.name, before) else 0)


def lacking(named: Mapping[str, Pick], versions: Versions) -> tuple[str, ...]:
    """The secrets that a release names and the stage has yet to store.

    Raises SecretError for a version whose value is gone.
    """
    needed = [(name, number) for name, pick in sorted(named.items()) for number in pick.all()]
    absent = [(name, number) for name, number in needed if versions.find(name, number) is None]
    if gone := [(name, number) for name, number in absent if number != versions.next_number(name)]:
        raise SecretError(
            f"the release needs a secret whose value is gone: {', '.join(dict.fromkeys(name for name, _ in gone))}",
            evidence=[(name, f"version {number} was revoked") for name, number in gone[:5]],
            next="promote, or go back to a release with a later version: `stagekit releases` lists them",
            slug="secret-revoked",
        )
    return tuple(name for name, _ in absent)


def missing(nobody: Sequence[Wanted]) -> SecretError:
    """Secrets that neither the stage nor who promotes has."""
    return SecretError(
        f"the stage has no value for {_named(nobody)} yet, and neither do you",
        evidence=[(one.name, _about(one)) for one in nobody[:5]],
        next=f"stagekit secrets set {nobody[0].name} --stage STAGE",
        slug="secret-missing",
    )


def _named(missing: Sequence[Wanted]) -> str:
    return missing[0].name if len(missing) == 1 else f"{len(missing)} secrets"


def _about(one: Wanted) -> str:
    whom = f"for {', '.join(one.services)}"
    return f"{whom}: {one.rule.about}" if one.rule.about else whom


def _next(name: str, versions: Versions) -> int:
    newest = versions.newest(name)
    return newest.number if newest else versions.next_number(name)
