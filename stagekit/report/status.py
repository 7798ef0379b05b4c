"""`status --json`: a stable form, with a published JSON Schema (`stagekit schema status`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stagekit.compose import Model
from stagekit.report.text import Person
from stagekit.stage import Address, Observation, ServiceHealth, stage_state, urls
from stagekit.stage.certificate import CertificateStatus


class ServiceStatus(BaseModel):
    """One service."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="Its name in the Compose files.")
    state: Literal["absent", "waiting", "starting", "healthy", "done", "failed"]
    health: str = Field(description="What the engine says of its health check; empty where it has none.")
    image: str = Field(description="The image reference.")
    identity: str = Field(description="Fingerprint of config digest, layers and platform; empty while unknown.")


class User(BaseModel):
    """One test user."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="The person's name.")
    email: str = Field(description="What to sign in with.")
    note: str = Field(description="What this person is good for; may be empty.")


class SwitchStatus(BaseModel):
    """A switch that was begun and has not ended."""

    model_config = ConfigDict(frozen=True)

    to: str = Field(description="The release that it leads to.")
    step: str = Field(description="The step that it had come to.")
    by: str = Field(description="Who switches.")
    at: str = Field(description="When that step began: UTC, ISO 8601.")
    cut_off: bool = Field(description="Whether nobody is at it any more; the next promotion or rollback heals it.")


class ClaimStatus(BaseModel):
    """Somebody holds the stage."""

    model_config = ConfigDict(frozen=True)

    by: str = Field(description="Who.")
    why: str = Field(description="What for.")
    until: int = Field(description="Seconds since 1970, by the host's clock.")


class AsleepStatus(BaseModel):
    """The stage was stopped, and keeps its data."""

    model_config = ConfigDict(frozen=True)

    by: str = Field(description="Who stopped it.")
    at: str = Field(description="When: UTC, ISO 8601.")


class HostedStatus(BaseModel):
    """What is known of a stage at a host beyond its services."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(description="The number of the release that serves; 0 while none does.")
    by: str = Field(description="Who promoted it.")
    at: str = Field(description="When: UTC, ISO 8601.")
    behind: int | None = Field(description="Commits that `branch` has and the release has not; null where unknown.")
    branch: str = Field(description="The branch that work goes to, as this checkout knows it; empty where unknown.")
    switch: SwitchStatus | None = Field(description="A switch under way, or cut off; null where there is none.")
    claim: ClaimStatus | None = Field(description="Who holds the stage; null where nobody does.")
    asleep: AsleepStatus | None = Field(default=None, description="Who stopped it; null while it is awake.")
    certificate: CertificateStatus | None = Field(
        default=None, description="The certificate of its edge; null where that speaks http."
    )


class Status(BaseModel):
    """A stage at one moment."""

    model_config = ConfigDict(frozen=True)

    stage: str = Field(description="The stage's name, such as local.")
    state: Literal["healthy", "starting", "degraded", "stopped"] = Field(
        description="healthy when every service is ready or done; degraded when one failed or is missing."
    )
    release: str = Field(description="Short git revision, with `+ changes` where there are some; empty outside git.")
    services: list[ServiceStatus] = Field(description="Every service of the Compose files, in their order.")
    urls: dict[str, str] = Field(description="Address by name: app, api, auth, mail, prefect, stripe.")
    users: list[User] = Field(description="The test users of the sign-in.")
    hosted: HostedStatus | None = Field(default=None, description="Of a stage at a host; null for one of this machine.")


def status_of(
    stage: str,
    release: str,
    model: Model,
    observation: Observation,
    states: Mapping[str, ServiceHealth],
    address: Address,
    people: Sequence[Person],
    *,
    hosted: HostedStatus | None = None,
    identities: Mapping[str, str] | None = None,
) -> Status:
    """The status of what was observed.

    hosted      what is known of a stage at a host
    identities  fingerprints by image name, of images whose store hides what they are
    """
    return Status(
        stage=stage,
        state=stage_state(states),
        release=release,
        services=[_service(model, observation, health, identities or {}) for health in states.values()],
        urls=urls(model, address),
        users=[User(name=p.name, email=p.email, note=p.note) for p in people],
        hosted=hosted,
    )


def _service(model: Model, observation: Observation, health: ServiceHealth, known: Mapping[str, str]) -> ServiceStatus:
    image = model.services[health.service].image
    image_id = health.container.image_id if health.container else observation.images.get(image, "")
    identity = observation.identities.get(image_id)
    return ServiceStatus(
        name=health.service,
        state=health.state,
        health=health.container.health if health.container else "",
        image=image,
        identity=(identity.fingerprint() if identity else "") or known.get(image, ""),
    )
