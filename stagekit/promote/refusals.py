"""What is refused before anything is sent, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stagekit.errors import DeliveryError, HostError
from stagekit.images.held import Facts

OLDEST = 25
SPARE = 100_000_000  # bytes that a host keeps free for what runs there


def refuse_old(facts: Facts) -> None:
    """Raises HostError where the host's engine is older than 25."""
    if not is_old(facts):
        return
    raise HostError(
        f"the host's Docker Engine is too old: {facts.version or 'of no known version'}",
        evidence=[("needed", f"{OLDEST} or newer")],
        next="upgrade Docker at the host: https://docs.docker.com/engine/install/",
        slug="host-engine-old",
    )


def is_old(facts: Facts) -> bool:
    """Whether the engine is older than 25, or of no known version."""
    major = facts.version.partition(".")[0]
    return not (major.isdigit() and int(major) >= OLDEST)


def refuse_platform(platforms: Mapping[str, str], facts: Facts) -> None:
    """Raises DeliveryError where an image is for another platform than the host's.

    platforms  by image reference
    """
    wrong = {reference: platform for reference, platform in platforms.items() if not _runs(platform, facts.platform)}
    if not wrong:
        return
    rows = [(platform, reference) for reference, platform in sorted(wrong.items())]
    raise DeliveryError(
        f"the host is {facts.platform}, and {_count(len(wrong), 'image is', 'images are')} for another platform",
        evidence=rows[:5],
        next=f"build for it: `platform: {facts.platform}` in x-stagekit, then `stagekit up`; or deliver what CI built: "
        "`stagekit deliver --from ARCHIVE`",
        slug="delivery-platform",
    )


def refuse_disk(need: int, free: int, root: str) -> None:
    """Raises DeliveryError where the host has too little free disk."""
    missing = need + SPARE - free
    if missing <= 0:
        return
    raise DeliveryError(
        f"the host's disk is {_mb(missing)} too small for these images",
        evidence=[("needed", _mb(need + SPARE)), ("free", f"{_mb(free)} in {root}")],
        next="make room there: `stagekit images prune --stage STAGE`, or a larger disk",
        slug="delivery-disk",
    )


def disk_full(text: str) -> DeliveryError:
    """The error for a disk that filled up while images arrived."""
    return DeliveryError(
        "the host's disk is full; what had arrived of these images is removed again",
        evidence=[("the engine", text[:300])],
        next="make room there: `stagekit images prune --stage STAGE`, or a larger disk",
        slug="delivery-disk",
    )


def cut_off(moved: int) -> DeliveryError:
    """The error for a connection, or an engine at its other end, that went away."""
    return DeliveryError(
        "the connection to the host broke off, or its engine was stopped",
        evidence=[("sent", f"{_mb(moved)}; what arrived whole is kept there")],
        next="run the same command again: it goes on where it was",
        slug="delivery-cut",
    )


def engine_refuses(text: str) -> DeliveryError:
    """The error for an engine at the host that answers a question with a refusal."""
    return DeliveryError(
        "the host's engine refuses",
        evidence=[("it says", text[:300])],
        next="look at its log there (journalctl -u docker), then run the same command again",
        slug="delivery",
    )


def not_written_down(folder: str) -> DeliveryError:
    """The error for a host that keeps no note of what was delivered: `images prune` would know nothing of it."""
    return DeliveryError(
        "the images are at the host, and it cannot be written down there that they are needed",
        evidence=[("folder", f"~/{folder}")],
        next="see that the user you deploy as owns its home there and has disk left, then run the same command again",
        slug="delivery",
    )


def not_identical(references: Sequence[str], why: str) -> DeliveryError:
    """The error for images that are not the same at the host, also after they were sent whole."""
    return DeliveryError(
        f"{_count(len(references), 'image is', 'images are')} not the same at the host, and removed there again",
        evidence=[("" if n else "image", reference) for n, reference in enumerate(references[:4])]
        + ([("the engine", why[:300])] if why else []),
        next="look at the engine's log there (journalctl -u docker), then run the same command again",
        slug="delivery-mismatch",
    )


def disk_filled(text: str) -> bool:
    """Whether an engine's words tell of a full disk: there is no code for it."""
    return any(sign in text.lower() for sign in ("no space left on device", "disk quota exceeded"))


def _runs(platform: str, host: str) -> bool:
    # An architecture's variants are left to the engine: arm64 is arm64/v8.
    return platform.split("/")[:2] == host.split("/")[:2]


def _count(number: int, one: str, many: str) -> str:
    return f"an {one}" if number == 1 else f"{number} {many}"


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
