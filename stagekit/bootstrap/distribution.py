"""Which packages make an engine on this distribution, and where they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stagekit.errors import EngineError

OS_RELEASE = Path("/etc/os-release")
# What dockerd runs besides itself.
SUPPORT = ("runc", "iptables")
DEBIAN_ENGINE = ("docker.io", "docker-cli", "containerd", "docker-compose", "docker-buildx", "tini")
UBUNTU_ENGINE = ("docker.io", "containerd", "docker-compose-v2", "docker-buildx", "tini")
SUPPORTED = "Debian 12, Debian 13, and Ubuntu 24.04 or newer"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Packages from one release of a distribution, with the libraries they need unless it is another's release."""

    codename: str
    packages: tuple[str, ...]
    libraries: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the engine is put together here. `family` is debian or ubuntu; `codename` is the machine's own release."""

    family: str
    name: str
    codename: str
    fetches: tuple[Fetch, ...]


def parse_os_release(text: str) -> dict[str, str]:
    """The fields of /etc/os-release."""
    found = re.findall(r"^([A-Z_][A-Z0-9_]*)=(.*)$", text, re.MULTILINE)
    return {key: value.strip().strip("\"'") for key, value in found}


def os_release_here() -> dict[str, str]:
    """The fields of this machine's /etc/os-release; nothing on a system without one."""
    return parse_os_release(OS_RELEASE.read_text(encoding="utf-8")) if OS_RELEASE.is_file() else {}


def recipe_for(system: Mapping[str, str]) -> Recipe:
    """The recipe for this distribution. Raises EngineError where there is none."""
    distribution, version = system.get("ID", ""), system.get("VERSION_ID", "")
    name = f"{distribution.capitalize()} {version}".strip()
    if distribution == "debian" and version == "12":
        # Debian 12's engine is too old; Debian 13's runs there, but its runc needs a newer C library.
        engine = Fetch("trixie", DEBIAN_ENGINE, libraries=False)
        return Recipe("debian", name, "bookworm", (Fetch("bookworm", SUPPORT), engine))
    if distribution == "debian" and version == "13":
        return Recipe("debian", name, "trixie", (Fetch("trixie", SUPPORT + DEBIAN_ENGINE),))
    if distribution == "ubuntu" and _number(version) >= (24, 4) and (codename := system.get("VERSION_CODENAME")):
        return Recipe("ubuntu", name, codename, (Fetch(codename, SUPPORT + UBUNTU_ENGINE),))
    raise unsupported(system.get("PRETTY_NAME") or name or "this system")


def unsupported(name: str) -> EngineError:
    """There is no Docker, and stagekit has no engine of its own for this system."""
    return EngineError(
        f"there is no Docker on this machine, and stagekit's own engine runs on {SUPPORTED} only",
        evidence=[("this is", name)],
        next="install Docker Engine 25 or newer with its compose and buildx plugins "
        "(https://docs.docker.com/engine/install/), then run the same command again",
        slug="engine-unsupported-system",
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
