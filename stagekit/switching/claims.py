"""The claim on a stage, as its host keeps it. It ends by the host's clock: the only one that all deployers share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stagekit.doors.folder import HostFolder, LockHeld
from stagekit.errors import ReleaseError
from stagekit.release.claim import Claim, read_claim

CLAIM = "claim.json"
LOCK = "claim.lock"  # not that of a switch: a stage can be claimed while one is under way
PATIENCE = 20  # seconds; a claim is read and written in one


def read(folder: HostFolder) -> Claim | None:
    """The claim, while it lasts. Raises ReleaseError for one that cannot be read."""
    text = folder.read(CLAIM).get(CLAIM)
    if text is None:
        return None
    claim = read_claim(text, f"{folder.path}/{CLAIM}")
    return None if claim.is_over(folder.now()) else claim


def take(folder: HostFolder, who: str, why: str, seconds: int) -> Claim:
    """Claims the stage from now on; one's own claim is replaced. Raises ReleaseError where somebody else holds it."""
    with _alone(folder):
        refuse_others(folder, who)
        claim = Claim(by=who, why=why, until=folder.now() + seconds)
        folder.write(CLAIM, claim.model_dump_json())
    return claim


def release(folder: HostFolder, who: str, *, force: bool = False) -> None:
    """Ends the claim. Raises ReleaseError where it is somebody else's, unless forced."""
    with _alone(folder):
        if not force:
            refuse_others(folder, who)
        folder.remove(CLAIM)


@contextmanager
def _alone(folder: HostFolder) -> Iterator[None]:
    """Of those who claim in the same instant, one after the other: the second finds the claim of the first."""
    try:
        with folder.locked(LOCK, wait=PATIENCE):
            yield
    except LockHeld:
        raise ReleaseError(
            "somebody else is claiming the stage, and does not come to an end",
            next="the same again in a minute; `stagekit claim` shows who has it",
            slug="stage-claimed",
        ) from None


def refuse_others(folder: HostFolder, who: str) -> None:
    """Raises ReleaseError where somebody else holds the stage."""
    claim = read(folder)
    if claim is None or claim.by == who:
        return
    raise ReleaseError(
        f"the stage is {claim.words()}",
        evidence=[("you are", who)],
        next=f"wait, or ask {claim.by}, who ends it with: stagekit claim --release",
        slug="stage-claimed",
    )
