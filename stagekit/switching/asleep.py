"""A stage that sleeps, as its host keeps it: who stopped it, when, and which containers ran until then."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from stagekit.doors.folder import HostFolder
from stagekit.errors import ReleaseError

ASLEEP = "asleep.json"


class Asleep(BaseModel):
    """Who stopped the stage, when (UTC, ISO 8601), and its containers by name, each with its restart policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    at: str
    containers: Mapping[str, str]


def read(folder: HostFolder) -> Asleep | None:
    """What is written down; None while the stage is awake. Raises ReleaseError for what cannot be read."""
    text = folder.read(ASLEEP).get(ASLEEP)
    if text is None:
        return None
    try:
        return Asleep.model_validate_json(text)
    except ValidationError as problem:
        raise ReleaseError(
            f"{folder.path}/{ASLEEP} cannot be read",
            evidence=[("", problem.errors()[0]["msg"])],
            next="remove the file at the host; `stagekit start` then starts whatever does not run",
            slug="release-record",
        ) from None


def write(folder: HostFolder, asleep: Asleep) -> None:
    """Writes down that the stage goes to sleep."""
    folder.write(ASLEEP, asleep.model_dump_json())


def forget(folder: HostFolder) -> None:
    """The stage is awake."""
    folder.remove(ASLEEP)


def refuse(folder: HostFolder) -> None:
    """Raises ReleaseError where the stage sleeps: a switch needs what serves to serve."""
    asleep = read(folder)
    if asleep is None:
        return
    raise ReleaseError(
        "the stage sleeps",
        evidence=[("stopped", f"by {asleep.by}, {asleep.at}")],
        next="wake it, then type the same again: stagekit start --stage NAME",
        slug="stage-asleep",
    )
