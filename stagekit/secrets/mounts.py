"""How a secret reaches a container at a host: one file of a read-only volume, which holds one version of it.

Compose's own secrets are files of the machine that promotes, which a host does not have, or are copied into the
container, which fails for a read-only one. Docker Engine mounts a single file of a volume since 26.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stagekit.errors import HostError
from stagekit.secrets.numbers import Pick
from stagekit.secrets.wanted import target_of

FILE = "value"
PREVIOUS = ".previous"  # behind the path of a secret: the version before, while it is valid
OLDEST = 26  # the Docker Engine that mounts one file of a volume


def volume_of(project: str, name: str, number: int) -> str:
    """What the volume of a version is called at the host."""
    return f"{project}-secret-{name}-{number}"


def mounted(raw: Mapping[str, Any], picks: Mapping[str, Pick]) -> list[dict[str, Any]]:
    """The mounts that take the place of a service's grants."""
    grants = raw.get("secrets") or ()
    return [mount for grant in grants for mount in _mounts(grant["source"], target_of(grant), picks[grant["source"]])]


def remounted(mounts: Iterable[Mapping[str, Any]], name: str, old: Pick, new: Pick) -> list[Mapping[str, Any]]:
    """A service's mounts with another version of a secret."""
    found: list[Mapping[str, Any]] = []
    for mount in mounts:
        if mount.get("source") == key_of(name, old.number):
            found += _mounts(name, mount["target"], new)
        elif mount.get("source") != key_of(name, old.previous):
            found.append(mount)
    return found


def volumes(project: str, picks: Mapping[str, Pick]) -> dict[str, Any]:
    """The volumes of these versions, as a definition names them: Compose neither makes nor removes them."""
    return {
        key_of(name, number): {"external": True, "name": volume_of(project, name, number)}
        for name, pick in picks.items()
        for number in pick.all()
    }


def _mounts(name: str, target: str, pick: Pick) -> list[dict[str, Any]]:
    places = [target, f"{target}{PREVIOUS}"]
    return [
        {
            "type": "volume",
            "source": key_of(name, number),
            "target": place,
            "read_only": True,
            "volume": {"nocopy": True, "subpath": FILE},
        }
        for number, place in zip(pick.all(), places, strict=False)
    ]


def refuse_old(version: str) -> None:
    """Raises HostError where a host's engine cannot mount one file of a volume.

    version  the engine's
    """
    major = version.partition(".")[0]
    if major.isdigit() and int(major) >= OLDEST:
        return
    raise HostError(
        f"the host's Docker Engine is too old for the secrets of a stage: {version or 'of no known version'}",
        evidence=[("needed", f"{OLDEST} or newer")],
        next="upgrade Docker at the host: https://docs.docker.com/engine/install/",
        slug="host-engine-old",
    )


def key_of(name: str, number: int) -> str:
    """What a definition calls the volume of a version. The number is in it, so that another version is another
    definition of the service: what a volume's own name is, Compose leaves out when it compares."""
    return f"secret-{name}-{number}"
