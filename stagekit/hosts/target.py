"""The address of a host: `ssh://user@name:port`, as a setting or an argument has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stagekit.errors import UsageError

ADDRESS = re.compile(r"ssh://(?:([A-Za-z_][\w.-]*)@)?(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9][\w.-]*)(?::(\d{1,5}))?/?")


@dataclass(frozen=True)
class Target:
    """Whom to connect to. `user` and `port` are empty and 0 where the person's SSH configuration decides."""

    name: str
    user: str = ""
    port: int = 0

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"ssh://{user}{f'[{self.name}]' if ':' in self.name else self.name}{port}"

    def words(self) -> list[str]:
        """The words that OpenSSH's client takes for it."""
        user = ["-l", self.user] if self.user else []
        return [*user, *(["-p", str(self.port)] if self.port else []), "--", self.name]

    def login(self) -> list[str]:
        """The command with which a person logs in by hand."""
        port = ["-p", str(self.port)] if self.port else []
        return ["ssh", *port, f"{self.user}@{self.name}" if self.user else self.name]


def parse_target(text: str) -> Target:
    """The target of an address. Raises UsageError for anything that is not one, a password in it included."""
    match = ADDRESS.fullmatch(text.strip())
    if match is None or int(match.group(3) or 1) not in range(1, 65536):
        raise UsageError(
            f"{_without_password(text)!r} is no address of a host",
            next="write it as ssh://user@host or ssh://user@host:port; keys come from your SSH agent or configuration",
        )
    user, name, port = match.groups()
    return Target(name.strip("[]"), user or "", int(port or 0))


def _without_password(text: str) -> str:
    return re.sub(r":[^@/]*@", ":***@", text)
