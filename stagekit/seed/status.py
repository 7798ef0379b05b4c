"""What the project's loader says of its layers with `--status`: parsed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekit.errors import DatabaseError


class Layer(BaseModel):
    """A layer of the seed."""

    model_config = ConfigDict(frozen=True)

    name: str
    about: str = ""
    state: Literal["applied", "changed", "missing"]
    hash: str | None = Field(default=None, description="Of what the database has; none where it has nothing of it.")
    wanted: str = Field(default="", description="Of what the seed says now.")
    rows: int | None = None
    applied_at: str | None = Field(default=None, description="UTC, ISO 8601.")


class SeedStatus(BaseModel):
    """The seed of a stage."""

    model_config = ConfigDict(frozen=True)

    head: str | None = Field(default=None, description="The revision of the schema.")
    scale: int | None = None
    instant: str | None = Field(default=None, description="The day that its times are relative to.")
    layers: tuple[Layer, ...] = ()


def read_status(text: str) -> SeedStatus:
    """The status from the loader's words. Raises DatabaseError where they are none."""
    try:
        return SeedStatus.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors()[0]
        raise DatabaseError(
            "the seed's loader does not say how it is",
            evidence=[(".".join(map(str, first["loc"])) or "its JSON", first["msg"])],
            next="run it by hand, with --status: docs/data.md says what it has to print",
            slug="seed-failed",
        ) from None
