"""How a secret reaches a container at a host: one file of a read-only volume, which holds one version of it.

Compose's own secrets are files of the machine that promotes, which a host does not have, or are copied into the
container, which fails for a read-only one. Docker Engine mounts a single file of a volume since 26.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagekit.errors import HostError
from stagekit.secrets.wanted import target_of

FILE = "value"
OLDEST = 26  # the Docker Engine that mounts one file of a volume


def volume_of(project: str, name: str, number: int) -> str:
    """What the volume of a version is called at the host."""
    return f"{project}-secret-{name}-{number}"


def mounted(raw: Mapping[str, Any], numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    """The mounts that take the place of a service's grants."""
    return [
        {
            "type": "volume",
            "source": key_of(grant["source"], numbers[grant["source"]]),
            "target": target_of(grant),
            "read_only": True,
            "volume": {"nocopy": True, "subpath": FILE},
        }
        for grant in raw.get("secrets") or ()
    ]


def volumes(project: str, numbers: Mapping[str, int]) -> dict[str, Any]:
    """The volumes of these versions, as a definition names them: Compose neither makes nor removes them."""
    return {
        key_of(name, number): {"external": True, "name": volume_of(project, name, number)}
        for name, number in numbers.items()
    }


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
