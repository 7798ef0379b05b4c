"""The values that who promotes has at hand: from the environment, a file outside git, or a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from stagekit.errors import SecretError
from stagekit.secret import Secret
from stagekit.secrets.wanted import Wanted

# Characters that an editor leaves at the end of a file, and no secret ends with.
ENDINGS = "\r\n"


@dataclass(frozen=True)
class Held:
    """The values of one person for one stage.

    environ  the variables of their environment
    file     the keys of their file of secrets, and `file_name` what it is called
    read     the text of a file that Compose names for a secret; None where there is none
    run      what a command prints; raises SecretError where it fails
    """

    wanted: tuple[Wanted, ...]
    environ: Mapping[str, str]
    file: Mapping[str, str]
    file_name: str
    read: Callable[[str], str | None]
    run: Callable[[Wanted], str]

    def at_hand(self) -> dict[str, Secret]:
        """Those that are there to be read, without any command."""
        found = ((one.name, self._there(one)) for one in self.wanted)
        return {name: checked(name, value) for name, value in found if value}

    def names(self) -> frozenset[str]:
        """Those that they can give, at hand or by a command."""
        return frozenset(self.at_hand()) | {one.name for one in self.wanted if one.rule.command}

    def value(self, one: Wanted) -> Secret | None:
        """Theirs; None where they have none. Raises SecretError where its command fails."""
        there = self._there(one)
        if there or not one.rule.command:
            return checked(one.name, there) if there else None
        return checked(one.name, self.run(one))

    def where(self, one: Wanted) -> str:
        """Where it is looked for, in words."""
        if one.environment or not one.file:
            places = [f"{one.variable} in the environment", f"in {self.file_name}"]
        else:
            places = [f"the file {one.file}"]
        return ", or ".join([*places, *([f"`{one.rule.command}`"] if one.rule.command else [])])

    def _there(self, one: Wanted) -> str:
        found = self.environ.get(one.variable) or self.file.get(one.variable) or ""
        return (found or (self.read(one.file) if one.file else "") or "").rstrip(ENDINGS)


def checked(name: str, value: str) -> Secret:
    """A value as it is stored. Raises SecretError for one that no program could read as it was meant."""
    value = value.rstrip(ENDINGS)
    if not value or "\0" in value:
        raise SecretError(
            f"the value of {name} is {'empty' if not value else 'no text: it has a zero byte in it'}",
            next="look where it comes from, then type the same again",
            slug="secret-value",
        )
    return Secret(value)


def other_values(
    held: Mapping[str, Secret], newest: Mapping[str, str], of: Callable[[str, Secret], str]
) -> Iterable[str]:
    """The names of those whose value at hand is not the one that the stage has.

    newest  the fingerprint of the newest version, by name
    of      the fingerprint of a value
    """
    return (name for name, value in sorted(held.items()) if name in newest and of(name, value) != newest[name])
