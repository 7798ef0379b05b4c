"""Everything asked of a place at one moment. Plans, status and parity all read it; nothing is asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Identity:
    """What an image is, wherever it is kept: config digest, ordered layers (diff_ids) and platform.

    Never the store's ID, a tag or a repository digest: those differ between stores that hold the same image.
    `config` is empty where the store does not show it.
    """

    config: str
    layers: tuple[str, ...]
    platform: str

    def fingerprint(self) -> str:
        """`sha256:` and 64 digits over the three; empty while the config digest is unknown."""
        if not self.config:
            return ""
        text = json.dumps([self.config, list(self.layers), self.platform])
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Probe:
    """The last run of a health check."""

    exit_code: int
    output: str


@dataclass(frozen=True)
class Container:
    """One container of the stage.

    status     as the engine says: created, running, restarting, exited, paused, dead
    health     starting, healthy, unhealthy, or empty where there is no check
    restarts   how often the engine has started it again by itself
    definition Compose's hash of the service it was made from
    addresses  its addresses on the networks of the project
    memory     the bytes that it may use; 0 where there is no limit
    """

    id: str
    name: str
    service: str
    image: str
    image_id: str
    status: str
    created_at: str = ""
    health: str = ""
    exit_code: int = 0
    restarts: int = 0
    started_at: str = ""
    finished_at: str = ""
    definition: str = ""
    oom_killed: bool = False
    error: str = ""
    probe: Probe | None = None
    ports: tuple[tuple[int, int], ...] = ()
    addresses: tuple[str, ...] = ()
    memory: int = 0


@dataclass(frozen=True)
class Observation:
    """A place at one moment.

    containers   every container of the project, one-offs (`run`) left out
    images       image ID by reference, for every reference that was asked about and is there
    identities   identity by image ID
    """

    containers: tuple[Container, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)
    identities: Mapping[str, Identity] = field(default_factory=dict)

    def of(self, service: str) -> tuple[Container, ...]:
        """The containers of one service."""
        return tuple(c for c in self.containers if c.service == service)
