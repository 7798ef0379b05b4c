"""What guards judge: values with their names and places, wherever they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stagekit.compose import Model, Text, exact, locate
from stagekit.secret import Secret
from stagekit.settings import Source


@dataclass(frozen=True)
class Named:
    """One value.

    name   of a setting, a variable, a secret, or a part of a service such as `command`
    where  `.env.staging:3`, `compose.yaml:97`, `environment`, or words for where a secret is from
    of     the services that have it, in name order; none for a setting or a secret
    """

    name: str
    value: Secret
    where: str
    of: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`DATABASE_URL of backend and worker`."""
        if not self.of:
            return self.name
        *others, last = self.of
        return f"{self.name} of {', '.join(others)} and {last}" if others else f"{self.name} of {last}"


@dataclass(frozen=True)
class Given:
    """What a stage is given besides its definition.

    values       settings of its files, and secrets
    environment  every variable of the environment: judged as `values` are where the Compose files mention it
    variables    what Compose interpolates, all of it
    sources      text of each Compose file, by name
    file         where a setting of this stage is written, such as `.env.staging`
    """

    values: Sequence[Named] = ()
    environment: Sequence[Named] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    file: str = ".env.local"

    def mentioned(self) -> list[Named]:
        """Of the environment's, those that a Compose file names."""
        words = {word for text in self.sources.values() for word in re.findall(r"[A-Za-z_]\w*", text)}
        return [named for named in self.environment if named.name in words]


def from_settings(source: Source) -> list[Named]:
    """Every setting of a file, or of the environment."""
    return [Named(key, Secret(value), source.where(key)) for key, value in source.values.items() if value]


def from_model(model: Model, sources: Mapping[str, str]) -> list[Named]:
    """Every text of the definition; what several services have from one place is one value."""
    found: dict[tuple[str, Secret, str], Named] = {}
    for text in model.texts:
        named = _named(text, sources)
        key = (named.name, named.value, named.where)
        found[key] = replace(named, of=tuple(sorted({*found[key].of, *named.of}))) if key in found else named
    return list(found.values())


def _named(text: Text, sources: Mapping[str, str]) -> Named:
    match text.path:
        case ("services", service, "environment", key):
            name = key
        case ("services", service, "build", "args", key):
            name = f"the build argument {key}"
        case ("services", service, *rest):
            name = ".".join(part for part in rest if not part.isdigit())
        case _:
            return Named(".".join(text.path), Secret(text.value), _where(text.path, sources) or "the definition")
    return Named(name, Secret(text.value), _where(text.path, sources) or f"service {service}", (service,))


def _where(path: tuple[str, ...], sources: Mapping[str, str]) -> str:
    """The line that has the key, or, where it came from elsewhere, as by `extends`, the one above it."""
    place = exact(sources, path) or locate(sources, path)
    return str(place) if place else ""
