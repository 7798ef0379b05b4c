"""Which secrets a rendered definition grants to its services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stagekit.compose import Block
from stagekit.compose.block import StageSecret

DIRECTORY = "/run/secrets"
BY_COMPOSE = ("file", "environment")


@dataclass(frozen=True)
class Wanted:
    """A secret that services are granted.

    rule         what the x-stagekit block says of it
    file         where Compose's `secrets` say that its value is, at who promotes; empty where they do not
    environment  the variable that holds it there; likewise
    """

    name: str
    services: tuple[str, ...]
    rule: StageSecret = field(default_factory=StageSecret)
    file: str = ""
    environment: str = ""

    @property
    def variable(self) -> str:
        """The variable of an environment, or key of a file, that gives its value: STRIPE_KEY for `stripe-key`."""
        return self.environment or self.name.upper().replace("-", "_").replace(".", "_")


def wanted(rendered: str) -> tuple[Wanted, ...]:
    """The secrets of a definition, in name order; those of builds are none of a stage.

    rendered  what `docker compose config --format json` printed
    """
    document = json.loads(rendered)
    rules = Block.model_validate(document["x-stagekit"]).secrets if document.get("x-stagekit") else {}
    granted: dict[str, list[str]] = {}
    for service, raw in document["services"].items():
        for grant in raw.get("secrets") or ():
            granted.setdefault(grant["source"], []).append(service)
    sources = document.get("secrets") or {}
    return tuple(
        Wanted(name, tuple(sorted(granted[name])), rules.get(name, StageSecret()), **_source(sources[name]))
        for name in sorted(granted)
    )


def target_of(grant: Mapping[str, Any]) -> str:
    """Where a container finds a secret that it is granted."""
    target = grant.get("target") or grant["source"]
    return target if target.startswith("/") else f"{DIRECTORY}/{target}"


def _source(raw: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(raw[key]) for key in BY_COMPOSE if raw.get(key)}
