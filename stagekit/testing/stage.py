"""The stage that tests run against, observed once."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagekit.cli.layers import layer_cache
from stagekit.cli.look import Look
from stagekit.cli.looking import looking
from stagekit.cli.people import people_of
from stagekit.cli.place import Place
from stagekit.compose.block import People
from stagekit.doors.helper import HelperDoor
from stagekit.doors.http import client
from stagekit.doors.terminal import capture
from stagekit.images.content import Content
from stagekit.report.status import status_of
from stagekit.secret import Secret
from stagekit.secrets.store import value_at
from stagekit.stage import ServiceHealth, judge, observe
from stagekit.stage.gate import SECRET, cookie_of, has_password
from stagekit.switching.certificate import authority_of

if TYPE_CHECKING:
    import subprocess

    import httpx


@dataclass(frozen=True)
class Stage:
    """A stage that is up.

    name          local, staging …
    directory     the project it was brought up from
    urls          address by name: app, api, auth, mail, prefect, stripe
    users         e-mail addresses of the test users
    people        how tests sign them in; None where the x-stagekit block has no people
    identities    fingerprint of each service's image, by service
    capabilities  what may be asked of it
    password      that of a shared stage; None where it has none
    authority     the certificate of its own authority, as PEM; empty where it has none
    """

    name: str
    directory: Path
    release: str
    urls: Mapping[str, str]
    users: tuple[str, ...]
    people: People | None
    identities: Mapping[str, str]
    capabilities: frozenset[str]
    password: Secret | None = None
    authority: str = ""

    def http(self, name: str, **options: Any) -> httpx.Client:
        """An HTTP client whose base address is one of the stage's; it resolves `*.localhost` itself, and is let in
        where the stage has a password."""
        headers = {**(cookie_of(self.password) if self.password else {}), **options.pop("headers", {})}
        return client(self.urls[name], trust=self.authority, headers=headers, **options)

    def stagekit(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs `stagekit` on this stage's project; output is captured."""
        return run_stagekit(self.directory, *words, **options)


def run_stagekit(directory: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs `stagekit` in a project folder; output is captured, the exit code is the caller's to read."""
    command = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(directory), *words]
    return capture(command, **options)


def read_stage(directory: Path, stage: str | None = None) -> Stage:
    """The stage of a project folder, here or at its host. Raises AssertionError, with each service's state, when it is
    not healthy.

    stage  the one that `--stage` names, as the verbs take it
    """
    with looking(Namespace(project_directory=directory, stage=stage)) as looked:
        return _read(looked)


def _read(looked: Look) -> Stage:
    place, model = looked.place, looked.model
    observation = observe(looked.door, model.project, {service.image for service in model.services.values()})
    states = judge(model, observation, {c.id: c.restarts for c in observation.containers})
    people = people_of(place, model)
    release, identities = place.release(), {}
    if looked.release:
        release = looked.release.name
        identities = {image.name: image.identity for image in looked.release.images.values()}
    status = status_of(
        place.settings.stage, release, model, observation, states, place.address, people, identities=identities
    )
    assert status.state == "healthy", f"the stage is {status.state}: {status.model_dump_json(indent=1)}"
    return Stage(
        name=status.stage,
        directory=place.checkout.directory,
        release=status.release,
        urls=status.urls,
        users=tuple(user.email for user in status.users),
        people=model.block.people,
        identities={
            service.name: service.identity or _cached(place, states, service.name) for service in status.services
        },
        capabilities=frozenset(model.block.capabilities),
        password=_password(looked),
        authority=authority_of(looked.door, model, observation),
    )


def _password(looked: Look) -> Secret | None:
    """The password that the edge asks for, read at the stage's host."""
    secret = looked.release.secrets.get(SECRET) if looked.release else None
    if secret is None or not has_password(looked.model):
        return None
    return value_at(HelperDoor(looked.door.host), looked.model.project, SECRET, secret.number)


def _cached(place: Place, states: Mapping[str, ServiceHealth], service: str) -> str:
    """The fingerprint of a service's image, where the store hides it and a delivery has had to find out."""
    container = states[service].container
    kept = layer_cache(place).image(container.image_id) if container else None
    return Content(kept.config, kept.sizes).identity.fingerprint() if kept else ""
