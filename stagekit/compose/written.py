"""The Compose files as they are written, before Compose interpolates and renders them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """YAML 1.2's numbers, as Compose reads them: PyYAML would take the port `22:22` for a number of base 60."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # as PyYAML declares it
        first: [row for row in rows if row[0] not in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")]
        for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^-?(0|[1-9]\d*)$"), list("-0123456789"))


def written(sources: Mapping[str, str], path: tuple[str, ...]) -> Any:
    """The value at a path, variables and all; the last file that has one wins. None where no file has."""
    found = [value for text in sources.values() if (value := _value(_document(text), path)) is not None]
    return found[-1] if found else None


def merged(sources: Mapping[str, str]) -> dict[str, Any]:
    """All files as one document: mappings are merged, lists joined, else the last file wins."""
    document: dict[str, Any] = {}
    for text in sources.values():
        document = _merge(document, _document(text))
    return document


@lru_cache(maxsize=8)  # many values are asked of the same few files; nobody changes what comes back
def _document(text: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _value(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _merge(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {key: _merge(under.get(key), value) for key, value in over.items()}
    if isinstance(under, list) and isinstance(over, list):
        return under + over
    return over
