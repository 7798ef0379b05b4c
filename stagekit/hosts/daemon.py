"""The settings of the host's Docker engine: what a stage wants, laid under what is there."""

from __future__ import annotations

import json
from typing import Any

from stagekit.errors import HostError

# A stage runs for months, and a full disk stops every service.
LOGS = {"max-size": "10m", "max-file": "3"}
USUAL_MTU = 1500
NESTED = ("log-opts", "default-network-opts")


def merged(text: str, *, mtu: int = 0) -> str:
    """The settings' text with what a stage wants added; what somebody has set stays as it is.

    mtu  the largest packet that leaves the machine whole, in bytes; 0 where it is not known
    Raises HostError where the text is no JSON object.
    """
    settings = parse_settings(text)
    wanted: dict[str, Any] = {"live-restore": True}
    if settings.get("log-driver", "json-file") == "json-file":
        wanted |= {"log-driver": "json-file", "log-opts": {**LOGS, **settings.get("log-opts", {})}}
    if 0 < mtu < USUAL_MTU and "mtu" not in settings:
        # Containers would send packets that the machine's link drops: large answers stall.
        options: dict[str, Any] = settings.get("default-network-opts", {})
        bridge: dict[str, Any] = {"com.docker.network.driver.mtu": str(mtu)}
        wanted |= {"mtu": mtu, "default-network-opts": options | {"bridge": bridge | options.get("bridge", {})}}
    nested: dict[str, Any] = {key: wanted[key] for key in NESTED if key in wanted}
    result: dict[str, Any] = {**wanted, **settings, **nested}
    return text if result == settings else json.dumps(result, indent=2)


def parse_settings(text: str) -> dict[str, Any]:
    """The settings. Raises HostError where the text is no JSON object."""
    try:
        found = json.loads(text or "{}")
    except ValueError as problem:
        raise _unreadable(str(problem)) from None
    if not isinstance(found, dict):
        raise _unreadable("it is no JSON object")
    return found


def _unreadable(why: str) -> HostError:
    return HostError(
        "the host's /etc/docker/daemon.json cannot be read",
        evidence=[("daemon.json", why)],
        next="mend it on the host, as root: dockerd --validate --config-file /etc/docker/daemon.json",
        slug="host-daemon-json",
    )
