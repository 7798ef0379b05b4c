"""The record of one release: what serves, or served, and how it came there. Written once and never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekit.errors import ReleaseError
from stagekit.secrets.numbers import Pick

SCHEMA = 1


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReleasedImage(_Value):
    """An image of a release."""

    name: str = Field(description="What it is called at the host.")
    identity: str = Field(description="Fingerprint of config digest, layers and platform: the same everywhere.")


class ReleasedSecret(_Value):
    """A version of a secret; never its value."""

    number: int = Field(ge=1, description="Which version.")
    previous: int = Field(default=0, description="The one that stays valid beside it; 0 where none does.")
    fingerprint: str = Field(
        default="", description="Equal for equal values of one stage; keyed with what stays there."
    )


class Tested(_Value):
    """Tests that passed on exactly these images."""

    stage: str = Field(description="Where they ran.")
    when: str = Field(description="UTC, ISO 8601.")
    passed: int = Field(description="How many passed.")


class Kept(_Value):
    """A kept copy of the database."""

    name: str = Field(description="What it is called.")
    at: str = Field(description="The moment that it shows: UTC, ISO 8601.")
    size: int = Field(description="Its bytes.")
    seconds: float = Field(default=0, description="What making it took.")
    revision: str = Field(default="", description="The revision of the schema in it; empty where that is not known.")


class Course(_Value):
    """How the switch to a release went."""

    bytes: int = Field(default=0, description="Moved to the host for it.")
    seconds: Mapping[str, float] = Field(default_factory=dict, description="Of each step, by its name.")
    requests: int = Field(default=0, description="Answered at the edge meanwhile.")
    failed: int = Field(default=0, description="Of those, answered with a status of 5xx.")
    closed: int = Field(default=0, description="Connections that were open beyond the drain limit, and were closed.")


class Release(_Value):
    """A release of a stage."""

    schema_version: int = Field(default=SCHEMA, description="The version of this record's form.")
    number: int = Field(ge=1, description="Counted up by each promotion of the stage.")
    stage: str = Field(description="The stage's name.")
    project: str = Field(description="The Compose project.")
    revision: str = Field(description="Short git revision; empty outside git.")
    clean: bool = Field(description="Whether the tree had no changes beside that revision.")
    by: str = Field(description="Who promoted it.")
    at: str = Field(description="When: UTC, ISO 8601.")
    images: Mapping[str, ReleasedImage] = Field(description="By service.")
    model: str = Field(description="What Compose is given at the host: JSON.")
    secrets: Mapping[str, ReleasedSecret] = Field(default_factory=dict, description="By name.")
    edge: str = Field(default="", description="What the edge reads at its start while this release serves.")
    migration: str = Field(default="", description="The head of the migrations; empty where there are none.")
    snapshot: Kept | None = Field(default=None, description="The copy of the database from before its migrations.")
    tests: tuple[Tested, ...] = Field(default=(), description="Evidence for these images.")
    course: Course = Field(default_factory=Course)
    tool: str = Field(default="", description="The version of stagekit.")

    @property
    def name(self) -> str:
        """What people call it: its revision, and `+ changes` where there were some; else its number."""
        if not self.revision:
            return f"release {self.number}"
        return self.revision if self.clean else f"{self.revision} + changes"

    def picks(self) -> dict[str, Pick]:
        """The versions of its secrets, by name."""
        return {name: Pick(secret.number, secret.previous) for name, secret in self.secrets.items()}

    def env_keys(self) -> dict[str, tuple[str, ...]]:
        """The environment's keys of each service; never a value."""
        services = json.loads(self.model).get("services", {})
        return {name: tuple(sorted(service.get("environment") or {})) for name, service in services.items()}


def read_release(text: str, where: str) -> Release:
    """A release from its record. Raises ReleaseError for one that is cut off, changed, or of a newer stagekit.

    where  the file, as a person finds it
    """
    try:
        document = json.loads(text)
        version = document.get("schema_version")
    except (ValueError, AttributeError):
        raise _unreadable(where, "it is no JSON document: cut off, perhaps") from None
    if isinstance(version, int) and version > SCHEMA:
        raise ReleaseError(
            f"the record {where} was written by a newer stagekit",
            evidence=[("its form", f"version {version}; this stagekit reads up to {SCHEMA}")],
            next="use the stagekit that promoted it, or a newer one",
            slug="release-newer",
        )
    try:
        return Release.model_validate(document)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise _unreadable(where, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _unreadable(where: str, why: str) -> ReleaseError:
    return ReleaseError(
        f"the record {where} cannot be read",
        evidence=[("", why)],
        next="move the file away: the release can no longer be rolled back to, and nothing that runs changes",
        slug="release-record",
    )
