"""Names and addresses of a stage, derived from where the checkout lies: two checkouts never share one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from stagekit.compose import Model

FIRST_PORT = 8600
PORTS = 1000
STANDARD = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where a stage answers: every public address is `scheme://name.domain[:port]`."""

    scheme: str
    domain: str
    port: int

    @property
    def authority(self) -> str:
        """The domain, with the port where it is not the scheme's own."""
        return self.domain if STANDARD[self.scheme] == self.port else f"{self.domain}:{self.port}"

    def url(self, name: str, path: str = "") -> str:
        """The address of one name; `path` begins with a slash or is empty."""
        return f"{self.scheme}://{name}.{self.authority}{path}"


def project_name(directory: str) -> str:
    """A Compose project name for the checkout at this absolute path: its folder's name and four hash digits."""
    folder = re.sub(r"[^a-z0-9]+", "-", directory.rstrip("/").rsplit("/", 1)[-1].lower()).strip("-")
    return f"{folder or 'stage'}-{_digest(directory)[:4]}"


def hosted_project(origin: str, stage: str) -> str:
    """A Compose project name for a hosted stage: the repository's name, from its address or folder, and the stage's."""
    name = origin.rstrip("/").removesuffix(".git").replace(":", "/").rsplit("/", 1)[-1]
    return f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-') or 'stage'}-{stage}"


def preferred_port(directory: str) -> int:
    """The port a checkout asks for first, from 8600 to 9599."""
    return FIRST_PORT + int(_digest(directory)[:8], 16) % PORTS


def choose_port(directory: str, is_free: Callable[[int], bool]) -> int:
    """The preferred port or the next free one after it, wrapping round; the preferred one if none is free."""
    first = preferred_port(directory)
    candidates = (FIRST_PORT + (first - FIRST_PORT + step) % PORTS for step in range(PORTS))
    return next((port for port in candidates if is_free(port)), first)


def urls(model: Model, address: Address) -> dict[str, str]:
    """Every address of the stage by name: the block's names, or the published ports where there is no block."""
    if model.block.names:
        return {label: address.url(label) for label in model.block.names}
    return {
        service.name: f"http://localhost:{port.published}"
        for service in model.services.values()
        for port in service.ports[:1]
        if port.published
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
