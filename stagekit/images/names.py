"""What images are called at a host: names that carry what the image is, so that they never come to mean another."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from stagekit.images.content import Content
from stagekit.stage.observation import Identity

OURS = "stagekit/"
PARTIAL = "stagekit/partial"
LEGAL = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*")


def delivered_name(project: str, service: str, identity: Identity) -> str:
    """`stagekit/<project>/<service>:<first 16 digits of the identity's fingerprint>`."""
    digits = identity.fingerprint().removeprefix("sha256:")[:16]
    return f"{OURS}{_component(project)}/{_component(service)}:{digits}"


def repository_of(project: str) -> str:
    """What the names of a project's delivered images begin with."""
    return f"{OURS}{_component(project)}/"


def partial_name(content: Content, at: float) -> str:
    """The name of the lowest layers of an image while the rest is on its way. `at` is the host's time."""
    return f"{PARTIAL}:{partial_digits(content)}-{int(at)}"


def partial_digits(content: Content) -> str:
    """What such a name has for these layers, whoever delivers them, and when."""
    return content.digest.removeprefix("sha256:")[:16]


@dataclass(frozen=True)
class Partial:
    """What such a name says. `at` is in seconds since 1970."""

    digits: str
    at: int


def parse_partial(name: str) -> Partial | None:
    """The parts of such a name; None for any other."""
    found = re.fullmatch(rf"{PARTIAL}:([0-9a-f]{{16}})-(\d+)", name)
    return Partial(found.group(1), int(found.group(2))) if found else None


def _component(name: str) -> str:
    if LEGAL.fullmatch(name):
        return name
    # Compose allows what a repository does not: capitals, three separators in a row, one at an end.
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "x"
    return f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
