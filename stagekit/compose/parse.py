"""From what `docker compose config --format json` prints to a `Model`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from stagekit.compose.block import EMPTY, Block
from stagekit.compose.model import Build, Dependency, Model, Mount, Port, Service, Text
from stagekit.compose.place import Place, locate
from stagekit.errors import ComposeFileError


def parse(rendered: str, *, directory: str, files: tuple[str, ...], sources: Mapping[str, str]) -> Model:
    """The model of a rendered definition.

    rendered  the JSON document
    sources   the text of each Compose file, to name file and line of a mistake
    Raises ComposeFileError when the x-stagekit block is not of its form or names a service that is not there.
    """
    document = json.loads(rendered)
    services = {name: _service(name, raw, document["name"]) for name, raw in document.get("services", {}).items()}
    block = _block(document.get("x-stagekit"), sources)
    _check_names(block, services, sources)
    return Model(
        project=document["name"],
        directory=directory,
        files=files,
        services=services,
        block=block,
        texts=tuple(_texts((), document)),
    )


def _texts(path: tuple[str, ...], value: Any) -> Iterator[Text]:
    # Compose keeps what anchors hang on (`x-…`); what is used of it stands where it is used.
    if path == ("x-stagekit", "guards") or (len(path) == 1 and path[0].startswith("x-") and path[0] != "x-stagekit"):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts((*path, str(key)), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts((*path, str(number)), inner)
    elif isinstance(value, str) and value:
        yield Text(path, value)


def _service(name: str, raw: Mapping[str, Any], project: str) -> Service:
    return Service(
        name=name,
        image=raw.get("image") or f"{project}-{name}",
        build=_build(raw["build"]) if raw.get("build") else None,
        depends_on=tuple(Dependency(n, d["condition"]) for n, d in sorted((raw.get("depends_on") or {}).items())),
        probed=bool(raw.get("healthcheck")) and not raw["healthcheck"].get("disable", False),
        ports=tuple(_port(p) for p in raw.get("ports") or ()),
        mounts=tuple(_mount(m) for m in raw.get("volumes") or ()),
        environment=tuple(sorted((k, "" if v is None else str(v)) for k, v in (raw.get("environment") or {}).items())),
        command=_words(raw.get("command")) + _words(raw.get("entrypoint")),
        container_name=raw.get("container_name") or "",
        memory=_memory(raw),
    )


def _build(raw: Mapping[str, Any]) -> Build:
    return Build(
        context=raw["context"],
        dockerfile=raw.get("dockerfile") or "Dockerfile",
        target=raw.get("target") or "",
        args=tuple(sorted((k, "" if v is None else str(v)) for k, v in (raw.get("args") or {}).items())),
        contexts=tuple(sorted((raw.get("additional_contexts") or {}).items())),
    )


def _port(raw: Mapping[str, Any]) -> Port:
    return Port(target=int(raw["target"]), published=str(raw.get("published") or ""), host=raw.get("host_ip") or "")


def _mount(raw: Mapping[str, Any]) -> Mount:
    return Mount(raw["type"], raw.get("source") or "", raw["target"], bool(raw.get("read_only")))


def _words(raw: Any) -> tuple[str, ...]:
    if raw is None:
        return ()
    return (raw,) if isinstance(raw, str) else tuple(str(word) for word in raw)


def _memory(raw: Mapping[str, Any]) -> int:
    limits = ((raw.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    return int(limits.get("memory") or raw.get("mem_limit") or 0)


def _block(raw: Any, sources: Mapping[str, str]) -> Block:
    if raw is None:
        return EMPTY
    try:
        return _in_written_order(Block.model_validate(raw), sources)
    except ValidationError as problem:
        evidence = [_mistake(dict(error), sources) for error in problem.errors()[:5]]
        raise ComposeFileError(
            f"the x-stagekit block has {_count(problem.error_count())}",
            evidence=evidence,
            next="correct it; `stagekit schema x-stagekit` prints its form",
        ) from None


def _in_written_order(block: Block, sources: Mapping[str, str]) -> Block:
    # Compose sorts keys; a person put the most important address first.
    def line(label: str) -> int:
        place = locate(sources, ("x-stagekit", "names", label))
        return place.line if place else 0

    return block.model_copy(update={"names": {label: block.names[label] for label in sorted(block.names, key=line)}})


def _mistake(error: Mapping[str, Any], sources: Mapping[str, str]) -> tuple[str, str]:
    path = ("x-stagekit", *(str(part) for part in error["loc"]))
    place = locate(sources, path)
    return _where(place), f"{'.'.join(path)}: {error['msg']}"


def _check_names(block: Block, services: Mapping[str, Service], sources: Mapping[str, str]) -> None:
    named: dict[tuple[str, ...], str] = {
        ("x-stagekit", "names", label, "service"): name.service for label, name in block.names.items()
    }
    named |= {("x-stagekit", "switch", service): service for service in block.switch}
    for key in ("edge", "database", "migrations", "seed"):
        part = getattr(block, key)
        if part is not None:
            named["x-stagekit", key, "service"] = part.service
    missing = {path: service for path, service in named.items() if service not in services}
    if missing:
        raise ComposeFileError(
            f"the x-stagekit block names {'a service' if len(missing) == 1 else 'services'} that no file defines",
            evidence=[(_where(locate(sources, p)), f"{'.'.join(p)}: {s}") for p, s in list(missing.items())[:5]],
            next=f"name one of: {', '.join(sorted(services))}",
        )


def _where(place: Place | None) -> str:
    return str(place) if place else "x-stagekit"


def _count(number: int) -> str:
    return "one mistake" if number == 1 else f"{number} mistakes"
