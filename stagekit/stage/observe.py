"""Looking at a place: the engine's answers, parsed into an observation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from stagekit.doors.engine import SERVICE, EngineDoor
from stagekit.stage.observation import Container, Identity, Observation, Probe

DEFINITION = "com.docker.compose.config-hash"
SNAPSHOTTERS = ("overlayfs", "native", "stargz")


def observe(
    engine: EngineDoor, project: str, references: Iterable[str] = (), *, only: Collection[str] = ()
) -> Observation:
    """The containers of a Compose project, and which of the image references are there, with their identities.

    only  looks at the containers of these services alone
    """
    containers = tuple(parse_container(raw) for raw in engine.containers(project, only))
    images = {ref: raw for ref in set(references) if (raw := engine.image(ref))}
    identities = {str(raw["Id"]): parse_identity(raw) for raw in images.values()}
    if images:
        identities |= {i: parse_identity(raw) for i in _others(containers, identities) if (raw := engine.image(i))}
    return Observation(containers, {ref: str(raw["Id"]) for ref, raw in images.items()}, identities)


def parse_container(raw: Mapping[str, Any]) -> Container:
    """One container, from `docker inspect`."""
    state, labels = raw["State"], raw["Config"]["Labels"] or {}
    health = state.get("Health") or {}
    return Container(
        id=raw["Id"],
        name=raw["Name"].lstrip("/"),
        service=labels.get(SERVICE, ""),
        image=raw["Config"]["Image"],
        image_id=raw["Image"],
        status=state["Status"],
        created_at=raw.get("Created", ""),
        health="" if health.get("Status") in (None, "none") else health["Status"],
        exit_code=state.get("ExitCode", 0),
        restarts=raw.get("RestartCount", 0),
        started_at=state.get("StartedAt", ""),
        finished_at=state.get("FinishedAt", ""),
        definition=labels.get(DEFINITION, ""),
        oom_killed=bool(state.get("OOMKilled")),
        error=state.get("Error") or "",
        probe=_probe(health.get("Log") or []),
        ports=tuple(_ports(raw["NetworkSettings"].get("Ports") or {})),
        addresses=tuple(_addresses(raw["NetworkSettings"].get("Networks") or {})),
        memory=(raw.get("HostConfig") or {}).get("Memory") or 0,
    )


def parse_identity(raw: Mapping[str, Any]) -> Identity:
    """What an image is, from `docker image inspect`. With the containerd store its ID is not its config digest."""
    platform = "/".join(filter(None, (raw.get("Os"), raw.get("Architecture"), raw.get("Variant"))))
    # Engine 26 tells of the containerd store only by the name of what unpacks its layers.
    hidden = raw.get("Descriptor") or (raw.get("GraphDriver") or {}).get("Name") in SNAPSHOTTERS
    config = "" if hidden else str(raw["Id"])
    return Identity(config, tuple((raw.get("RootFS") or {}).get("Layers") or ()), platform)


def _others(containers: Iterable[Container], known: Mapping[str, Identity]) -> set[str]:
    return {container.image_id for container in containers} - set(known)


def _probe(log: list[Mapping[str, Any]]) -> Probe | None:
    if not log:
        return None
    return Probe(int(log[-1]["ExitCode"]), str(log[-1]["Output"]).strip())


def _addresses(networks: Mapping[str, Any]) -> Iterator[str]:
    return (str(network["IPAddress"]) for network in networks.values() if network.get("IPAddress"))


def _ports(raw: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for inside, bindings in raw.items():
        for binding in bindings or ():
            yield int(inside.split("/")[0]), int(binding["HostPort"])
