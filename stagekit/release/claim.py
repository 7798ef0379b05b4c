"""A claim: a person holds a stage for a while, for a reason; others switch it when the claim is over."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stagekit.errors import ReleaseError, UsageError

UNITS = {"m": 60, "h": 3600, "d": 86400}
LONGEST = 14 * 86400  # seconds


class Claim(BaseModel):
    """Who holds a stage, why, and until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str = Field(description="Who holds it.")
    why: str = Field(description="What for.")
    until: int = Field(description="Seconds since 1970, by the host's clock.")

    def is_over(self, now: int) -> bool:
        """Whether it holds nobody up any more. `now` is the host's clock."""
        return now >= self.until

    def end(self) -> str:
        """When it ends, for people."""
        return datetime.fromtimestamp(self.until, UTC).strftime("%Y-%m-%d %H:%M UTC")

    def words(self) -> str:
        """`claimed by ana for demo, until 2026-11-24 09:30 UTC`: printable characters only, for others' terminals."""
        return "".join(c for c in f"claimed by {self.by} for {self.why}, until {self.end()}" if c.isprintable())


def read_claim(text: str, where: str) -> Claim:
    """A claim from its file. Raises ReleaseError for one that cannot be read: it is not guessed that nobody cares.

    where  the file, as a person finds it
    """
    try:
        return Claim.model_validate_json(text)
    except ValidationError as problem:
        raise ReleaseError(
            f"the claim {where} cannot be read",
            evidence=[("", problem.errors()[0]["msg"])],
            next="ask who may have claimed the stage, then take the claim away: stagekit claim --release --force",
            slug="release-record",
        ) from None


def parse_length(text: str) -> int:
    """The seconds of `30m`, `2h` or `1d`. Raises UsageError for anything else, and beyond two weeks."""
    found = re.fullmatch(r"([1-9]\d{0,5})([mhd])", text)
    seconds = int(found.group(1)) * UNITS[found.group(2)] if found else 0
    if 0 < seconds <= LONGEST:
        return seconds
    raise UsageError(
        f"{text!r} is no length of a claim",
        next='say minutes, hours or days, two weeks at most: stagekit claim "demo" 2h',
    )
