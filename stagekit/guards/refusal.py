"""What a guard answers: the place, the key and the fix, never the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stagekit.errors import GuardError
from stagekit.guards.named import Named


@dataclass(frozen=True)
class Refusal:
    """One thing that must not reach a stage.

    slug   of the guard, a section of docs/errors.md
    about  the value that is refused
    says   what is wrong with it, after its name
    fix    what to write instead
    """

    slug: str
    about: Named
    says: str
    fix: str

    @property
    def what(self) -> str:
        """One line without the value."""
        return f"{self.about.words} {self.says}"


def refuse(refusals: Sequence[Refusal]) -> None:
    """Raises GuardError that names every refusal, where there are any."""
    if not refusals:
        return
    slugs = sorted({refusal.slug for refusal in refusals})
    fixes = list(dict.fromkeys(refusal.fix for refusal in refusals))
    one = len(fixes) == 1
    error = GuardError(
        f"{_headline(len(refusals), slugs)}; nothing was started",
        evidence=[(r.about.where, r.what if one else f"{r.what}: {r.fix}") for r in refusals],
        next=fixes[0] if one else "correct each, then run the same command again",
    )
    error.slug = slugs[0] if len(slugs) == 1 else GuardError.slug
    raise error


def _headline(number: int, slugs: Sequence[str]) -> str:
    if list(slugs) == ["missing-variable"]:
        return "one required variable has no value" if number == 1 else f"{number} required variables have no value"
    return "one setting must not reach a stage" if number == 1 else f"{number} settings are refused"
