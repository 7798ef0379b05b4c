"""The checks of how services call, migrate and find each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagekit.compose import Model, Service, locate
from stagekit.doctor.facts import ProjectFacts
from stagekit.doctor.finding import Finding
from stagekit.doors.recipe import Recipe

# How the usual tools are told to migrate.
MIGRATES = re.compile(
    r"alembic\b.*\bupgrade|flask\s+db\s+upgrade|manage\.py\s+migrate|django-admin\s+migrate|\bdb:migrate\b"
    r"|prisma\s+(migrate|db\s+push)|knex\b.*\bmigrate|sequelize\b.*\bmigrate|typeorm\b.*\bmigration:run"
    r"|drizzle-kit\s+(migrate|push)|node-pg-migrate\s+up|artisan\s+migrate|doctrine:migrations:migrate"
    r"|ecto\.migrate|flyway\b.*\bmigrate|liquibase\b.*\bupdate|goose\b.*\bup\b|dbmate\b.*\b(up|migrate)\b"
    r"|atlas\s+migrate\s+apply|sqlx\s+migrate\s+run|diesel\s+migration\s+run|npm\s+run\s+\S*migrat"
)
BAKED = re.compile(r"\b(?:VITE|NEXT_PUBLIC|REACT_APP)_\w+")
URL = re.compile(r"https?://[^\s\"'${}]+")


def direct_calls(facts: ProjectFacts) -> Iterator[Finding]:
    """A caller that names a switched service itself: at a switch it reaches the new one before that is ready."""
    switched = _switched(facts.model)
    for service in facts.model.services.values():
        rows = (*service.environment, ("its command", " ".join(service.command)))
        for key, value in rows:
            for called in re.findall(r"https?://(?:[^@/\s]*@)?([\w.-]+)", value):
                if called in switched - {service.name}:
                    yield _direct_call(facts, service, key, called)


def migrations(facts: ProjectFacts) -> Iterator[Finding]:
    """A service that migrates as it starts: two that start at once race, and a bad one never gets ready."""
    one_shots = facts.model.one_shots()
    for service in facts.model.services.values():
        if service.name not in one_shots:
            place = _migrating_place(facts, service)
            if place:
                fix = (
                    "move it to a one-shot service, and wait for that: "
                    "depends_on: {migrate: {condition: service_completed_successfully}}"
                )
                yield Finding("migration", "warn", f"{service.name} migrates the database as it starts", place, fix)


def baked_hosts(facts: ProjectFacts) -> Iterator[Finding]:
    """An address that a bundle is built with: the same image then works at one place only."""
    for service in facts.model.services.values():
        for key, place in (*_baked_arguments(facts, service), *_baked_lines(facts, service)):
            fix = "read it at run time, for example from a /config.json that the image's start writes"
            what = f"{service.name} bakes the address {key} into its bundle"
            yield Finding("baked-host", "warn", what, place, fix)


def _switched(model: Model) -> set[str]:
    """Services that a promotion replaces beside the old ones: built here, stateless, not the edge."""
    kept = model.one_shots() | ({model.block.edge.service} if model.block.edge else set())
    return {s.name for s in model.services.values() if s.build and not _keeps_state(s) and s.name not in kept}


def _keeps_state(service: Service) -> bool:
    return any(mount.kind != "tmpfs" for mount in service.mounts)


def _direct_call(facts: ProjectFacts, service: Service, key: str, called: str) -> Finding:
    labels = [label for label, name in facts.model.block.names.items() if name.service == called]
    through = f"http://{labels[0]}.localhost:PORT" if labels else "a name of its own"
    place = locate(facts.sources, ("services", service.name, "environment", key))
    return Finding(
        "direct-call",
        "warn",
        f"{service.name} calls http://{called} directly ({key})",
        str(place or f"service {service.name}"),
        f"call it through the edge, by its public address ({through})",
    )


def _migrating_place(facts: ProjectFacts, service: Service) -> str:
    words = " ".join(service.command)
    if MIGRATES.search(words):
        return _start_place(facts, service.name)
    recipe = facts.recipes.get(service.name)
    return _recipe_place(recipe, words) if recipe else ""


def _start_place(facts: ProjectFacts, name: str) -> str:
    found = [locate(facts.sources, ("services", name, key)) for key in ("command", "entrypoint")]
    return str(max((place for place in found if place), key=lambda place: place.line, default=f"service {name}"))


def _recipe_place(recipe: Recipe, words: str) -> str:
    starts = [
        (n, line) for n, line in enumerate(recipe.text.splitlines(), 1) if re.match(r"\s*(CMD|ENTRYPOINT)\b", line)
    ]
    for number, line in starts:
        if MIGRATES.search(re.sub(r"[\"',\[\]]+", " ", line)):
            return f"{recipe.dockerfile}:{number}"
    started = f"{words} {' '.join(line for _, line in starts)}"
    for path, text in recipe.scripts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if path.rsplit("/", 1)[-1] in started and not line.lstrip().startswith("#") and MIGRATES.search(line):
                return f"{path}:{number}"
    return ""


def _baked_arguments(facts: ProjectFacts, service: Service) -> Iterator[tuple[str, str]]:
    for key, value in service.build.args if service.build else ():
        if BAKED.match(key) and URL.search(value):
            place = locate(facts.sources, ("services", service.name, "build", "args", key))
            yield key, str(place or f"service {service.name}")


def _baked_lines(facts: ProjectFacts, service: Service) -> Iterator[tuple[str, str]]:
    recipe = facts.recipes.get(service.name)
    for number, line in enumerate(recipe.text.splitlines() if recipe else (), 1):
        key = BAKED.search(line)
        if recipe and key and re.match(r"\s*(ENV|ARG)\b", line) and URL.search(line):
            yield key.group(), f"{recipe.dockerfile}:{number}"
