"""Which version of each secret a new release gets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from stagekit.errors import SecretError
from stagekit.secrets.versions import Versions
from stagekit.secrets.wanted import Wanted


def numbers(wanted: Sequence[Wanted], versions: Versions, held: Collection[str]) -> dict[str, int]:
    """The newest version of each; where the stage has none, the first, which its promotion then stores.

    held  the names of those whose value who promotes has at hand
    Raises SecretError, which names all that nobody has.
    """
    nobody = [one for one in wanted if not (versions.newest(one.name) or one.rule.generate or one.name in held)]
    if nobody:
        raise missing(nobody)
    newest = {one.name: versions.newest(one.name) for one in wanted}
    return {name: version.number if version else versions.next_number(name) for name, version in newest.items()}


def lacking(named: Mapping[str, int], versions: Versions) -> tuple[str, ...]:
    """The secrets that a release names and the stage has yet to store.

    named  the version of each that the release names
    Raises SecretError for a version whose value is gone.
    """
    found = sorted(name for name, number in named.items() if versions.find(name, number) is None)
    if gone := [name for name in found if named[name] != versions.next_number(name)]:
        raise SecretError(
            f"the release needs a secret whose value is gone: {', '.join(gone)}",
            evidence=[(name, f"version {named[name]} was revoked") for name in gone[:5]],
            next="promote, or go back to a release with a later version: `stagekit releases` lists them",
            slug="secret-revoked",
        )
    return tuple(found)


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
