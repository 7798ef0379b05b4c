"""The model as far as it can be read without Compose: for the doctor, on a machine that has none.

`extends`, `include`, `env_file` and profiles are not followed. Every other verb reads what Compose renders.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from stagekit.compose.model import Model
from stagekit.compose.parse import parse
from stagekit.compose.written import merged
from stagekit.errors import ComposeFileError

ESCAPED = "\0"  # stands for a dollar sign that is no variable's
LIMITS = ("deploy", "mem_limit")  # sizes as people write them, which Compose would render as bytes
INNERMOST = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+?])([^{}]*))?\})")


def draft(sources: Mapping[str, str], *, directory: str, variables: Mapping[str, str]) -> Model:
    """The model of these files. Raises ComposeFileError where they do not have the form of Compose files."""
    try:
        document = _filled(merged(sources), variables)
        services = {n: _service(raw or {}, directory, variables) for n, raw in (document.get("services") or {}).items()}
        project = variables.get("COMPOSE_PROJECT_NAME") or document.get("name") or "stage"
        rendered = {**document, "name": project, "services": services}
        return parse(json.dumps(rendered, default=str), directory=directory, files=tuple(sources), sources=sources)
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise ComposeFileError(
            "the Compose files do not have the form that Compose asks for",
            evidence=[(", ".join(sources), str(problem).splitlines()[0])],
            next="`docker compose config` names the mistake, on a machine with Docker",
        ) from None


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`$A`, `${A}`, `${A:-default}`, `${A-default}`, `${A:+other}`, `${A:?why}` and `$$`, nested as in Compose."""
    text = text.replace("$$", ESCAPED)
    while True:
        replaced = INNERMOST.sub(lambda match: _value(match, variables), text)
        if replaced == text:
            return text.replace(ESCAPED, "$")
        text = replaced


def _value(match: re.Match[str], variables: Mapping[str, str]) -> str:
    name, mark, word = match.group(1) or match.group(2), match.group(3) or "", match.group(4) or ""
    value = variables.get(name, "").replace("$", ESCAPED)
    there = bool(value) if mark.startswith(":") else name in variables
    if mark.endswith("+"):
        return word if there else ""
    return value if there or not mark.endswith("-") else word


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, variables) for inner in value]
    return interpolate(value, variables) if isinstance(value, str) else value


def _service(raw: Mapping[str, Any], directory: str, variables: Mapping[str, str]) -> dict[str, Any]:
    return {
        **{key: value for key, value in raw.items() if key not in LIMITS},
        "image": raw.get("image"),
        "container_name": raw.get("container_name"),
        "command": raw.get("command"),
        "entrypoint": raw.get("entrypoint"),
        "healthcheck": raw.get("healthcheck"),
        "environment": {k: variables.get(k) if v is None else v for k, v in _pairs(raw.get("environment")).items()},
        "depends_on": _dependencies(raw.get("depends_on") or {}),
        "ports": [_port(port) for port in raw.get("ports") or ()],
        "volumes": [_mount(mount, directory) for mount in raw.get("volumes") or ()],
        "build": _build(raw.get("build"), directory),
    }


def _pairs(raw: Any) -> dict[str, Any]:
    if isinstance(raw, list):
        split = [str(row).partition("=") for row in raw]
        return {key: value if mark else None for key, mark, value in split}
    return dict(raw or {})


def _dependencies(raw: Any) -> dict[str, Any]:
    named = dict.fromkeys(raw) if isinstance(raw, list) else raw
    return {name: {"condition": (how or {}).get("condition", "service_started")} for name, how in named.items()}


def _port(raw: Any) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    *host, published, target = ["", "", *str(raw).split("/")[0].rsplit(":", 2)]
    return {"target": target.split("-")[0], "published": published, "host_ip": host[-1]}


def _mount(raw: Any, directory: str) -> dict[str, Any]:
    if isinstance(raw, dict):
        return {"type": raw.get("type", "volume"), "source": raw.get("source"), "target": raw.get("target", "")}
    source, _, rest = str(raw).partition(":")
    if not rest:
        return {"type": "volume", "source": "", "target": source}
    is_path = source.startswith((".", "/", "~"))
    return {
        "type": "bind" if is_path else "volume",
        "source": _absolute(source, directory) if is_path else source,
        "target": rest.split(":")[0],
    }


def _build(raw: Any, directory: str) -> dict[str, Any] | None:
    if not raw:
        return None
    build = {"context": raw} if isinstance(raw, str) else dict(raw)
    return build | {
        "context": _absolute(build.get("context") or ".", directory),
        "args": _pairs(build.get("args")),
        "additional_contexts": _pairs(build.get("additional_contexts")),
    }


def _absolute(path: str, directory: str) -> str:
    return os.path.normpath(PurePath(directory, path))
