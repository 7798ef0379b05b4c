"""The checks of what the Compose files say: ports, names, mounts, versions, health checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagekit.compose import Service, locate
from stagekit.compose.written import written
from stagekit.doctor.facts import ProjectFacts
from stagekit.doctor.finding import Finding


def fixed_ports(facts: ProjectFacts) -> Iterator[Finding]:
    """A published port that is written as a number: a second checkout cannot run beside this one."""
    for name in facts.model.services:
        ports = written(facts.sources, ("services", name, "ports"))
        for number, port in enumerate(ports if isinstance(ports, list) else []):
            published = _published(port)
            if published and "$" not in published:
                fix = f'write "${{{_variable(name)}:-{published}}}" for {published}, or leave it out'
                place = _place(facts, name, "ports", str(number))
                yield Finding("fixed-port", "warn", f"{name} publishes port {published}, always", place, fix)


def container_names(facts: ProjectFacts) -> Iterator[Finding]:
    """A container's fixed name: no second stage, and no second container beside the first at a switch."""
    for service in facts.model.services.values():
        if service.container_name:
            what = f"{service.name} is always called {service.container_name}"
            place = _place(facts, service.name, "container_name")
            yield Finding("container-name", "warn", what, place, "remove container_name; Compose finds a name")


def bind_mounts(facts: ProjectFacts) -> Iterator[Finding]:
    """A mount from the deployer's disk: another host does not have it."""
    for service in facts.model.services.values():
        for mount in service.mounts:
            if mount.kind == "bind":
                what = f"{service.name} mounts {_short(mount.source, facts)} at {mount.target}"
                fix = f"COPY it into {service.name}'s image, or keep data in a named volume"
                yield Finding("bind-mount", "warn", what, _place(facts, service.name, "volumes"), fix)


def versions(facts: ProjectFacts) -> Iterator[Finding]:
    """A third-party image without a version: tomorrow's is another one."""
    for service in facts.model.services.values():
        if not service.build and _is_floating(service.image):
            fix = f"name the full version: {service.image.split(':')[0]}:X.Y.Z"
            what = f"{service.name} runs whatever {service.image} is that day"
            yield Finding("latest", "warn", what, _place(facts, service.name, "image"), fix)


def health_checks(facts: ProjectFacts) -> Iterator[Finding]:
    """A service that stays and cannot say when it is ready: what waits for it starts too early."""
    one_shots = facts.model.one_shots()
    for service in facts.model.services.values():
        if service.name not in one_shots and not _is_probed(service, facts):
            fix = "add a healthcheck that means ready, with start_period and start_interval: 1s"
            yield Finding(
                "health-check", "warn", f"{service.name} has no health check", _place(facts, service.name), fix
            )


def _published(port: Any) -> str:
    if isinstance(port, dict):
        return str(port.get("published") or "")
    parts = str(port).split("/")[0]
    if "$" in parts:
        return parts
    return parts.split(":")[-2] if ":" in parts else ""


def _variable(service: str) -> str:
    return f"{service.upper().replace('-', '_').replace('.', '_')}_PORT"


def _is_floating(image: str) -> bool:
    if "@" in image:
        return False
    _, colon, tag = image.rsplit("/", 1)[-1].partition(":")
    return not colon or tag == "latest"


def _is_probed(service: Service, facts: ProjectFacts) -> bool:
    recipe = facts.recipes.get(service.name)
    in_recipe = recipe is not None and any(line.startswith("HEALTHCHECK ") for line in recipe.text.splitlines())
    return service.probed or in_recipe or service.name in facts.probed


def _place(facts: ProjectFacts, service: str, *path: str) -> str:
    return str(locate(facts.sources, ("services", service, *path)) or f"service {service}")


def _short(source: str, facts: ProjectFacts) -> str:
    return source.replace(facts.model.directory.rstrip("/"), ".", 1) if source else "a folder"
