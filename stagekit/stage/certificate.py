"""The certificate of a stage, as the service that keeps it tells of it (stagekit/kit/certificates)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekit.compose import Model
from stagekit.stage.observation import Observation

AUTHORITY, STATUS = "/trust/ca.pem", "/data/status.json"


class CertificateStatus(BaseModel):
    """How it stands with the certificate."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    mode: str = Field(description="Where it comes from: own, files or acme.")
    names: tuple[str, ...] = Field(default=(), description="The host names that it shall be for.")
    issuer: str = Field(default="", description="Who signed the one that serves; empty while there is none.")
    begins: str = Field(default="", description="When it begins: UTC, ISO 8601.")
    ends: str = Field(default="", description="When it ends: UTC, ISO 8601.")
    problem: str = Field(default="", description="What is wrong; empty where nothing is.")
    again: str = Field(default="", description="When it is tried again: UTC, ISO 8601.")


def keeper_of(model: Model, seen: Observation) -> str:
    """The container that keeps it, while it runs; empty where there is none."""
    service = model.block.certificates.service if model.block.certificates else ""
    return next((c.name for c in seen.of(service) if c.status == "running"), "") if service else ""


def read_status(text: str) -> CertificateStatus | None:
    """What the keeper has written; None where it cannot be read."""
    try:
        return CertificateStatus.model_validate_json(text)
    except ValidationError:
        return None
