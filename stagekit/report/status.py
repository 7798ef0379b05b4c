"""`status --json`: a stable form, with a published JSON Schema (`stagekit schema status`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stagekit.compose import Model
from stagekit.report.text import Person
from stagekit.stage import Address, Observation, ServiceHealth, stage_state, urls


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


def status_of(
    stage: str,
    release: str,
    model: Model,
    observation: Observation,
    states: Mapping[str, ServiceHealth],
    address: Address,
    people: Sequence[Person],
) -> Status:
    """The status of what was observed."""
    return Status(
        stage=stage,
        state=stage_state(states),
        release=release,
        services=[_service(model, observation, health) for health in states.values()],
        urls=urls(model, address),
        users=[User(name=p.name, email=p.email, note=p.note) for p in people],
    )


def _service(model: Model, observation: Observation, health: ServiceHealth) -> ServiceStatus:
    image = model.services[health.service].image
    image_id = health.container.image_id if health.container else observation.images.get(image, "")
    identity = observation.identities.get(image_id)
    return ServiceStatus(
        name=health.service,
        state=health.state,
        health=health.container.health if health.container else "",
        image=image,
        identity=identity.fingerprint() if identity else "",
    )
