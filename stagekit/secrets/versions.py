"""The versions of a stage's secrets: numbers, ages and fingerprints, never a value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekit.errors import SecretError
from stagekit.secret import Secret

SCHEMA = 1


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Version(_Value):
    """One version of a secret."""

    number: int = Field(ge=1, description="Counted up for each secret by itself.")
    fingerprint: str = Field(description="Equal for equal values of one stage; keyed, so it tells nothing else.")
    at: str = Field(description="When it was stored: UTC, ISO 8601.")
    by: str = Field(description="Who stored it.")
    made: Literal["generated", "given"] = Field(description="By the stage itself, or by a person.")
    revoked: bool = Field(default=False, description="Whether its value is gone: no release that names it can serve.")


class Versions(_Value):
    """All of them, by the name of the secret, oldest first."""

    schema_version: int = Field(default=SCHEMA, description="The version of this record's form.")
    secrets: Mapping[str, tuple[Version, ...]] = Field(default_factory=dict)

    def newest(self, name: str) -> Version | None:
        """The version that the next release gets."""
        return next((version for version in reversed(self.secrets.get(name, ())) if not version.revoked), None)

    def find(self, name: str, number: int) -> Version | None:
        """One version; None where there never was one, or it was revoked."""
        return next((v for v in self.secrets.get(name, ()) if v.number == number and not v.revoked), None)

    def next_number(self, name: str) -> int:
        """The number of the next version; none is used twice."""
        return max((version.number for version in self.secrets.get(name, ())), default=0) + 1

    def adding(self, name: str, version: Version) -> Versions:
        """With one more."""
        return self._having(name, (*self.secrets.get(name, ()), version))

    def revoking(self, name: str, numbers: frozenset[int]) -> Versions:
        """With the values of these gone."""
        kept = (v.model_copy(update={"revoked": True}) if v.number in numbers else v for v in self.secrets[name])
        return self._having(name, tuple(kept))

    def _having(self, name: str, versions: tuple[Version, ...]) -> Versions:
        return self.model_copy(update={"secrets": {**self.secrets, name: versions}})


def fingerprint(key: bytes, name: str, value: Secret) -> str:
    """Twelve digits that are the same for the same value of one stage, and tell nothing without the stage's key.

    HMAC-SHA256, RFC 2104. A list of likely values cannot be tried against it.
    """
    text = f"{name}\0{value.reveal()}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:12]


def read_versions(text: str, where: str) -> Versions:
    """The versions as a host keeps them. Raises SecretError for a record that is cut off or of a newer stagekit.

    where  the file, as a person finds it
    """
    try:
        return Versions.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise SecretError(
            f"{where} cannot be read: it says which versions of the stage's secrets there are",
            evidence=[(".".join(map(str, first["loc"])), first["msg"])],
            next="use the stagekit that wrote it, or a newer one; if it was cut off, bring it back from a copy",
            slug="secret-record",
        ) from None
