"""The images of a stage as a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stagekit.compose import Model
from stagekit.stage.observe import parse_identity


@dataclass
class ImageRow:
    """One image. `size` is in bytes; `identity` is empty where the image is not here or its config is unknown.

    shared  how many of its layers another image of the stage has too
    """

    image: str
    services: list[str]
    built: bool
    size: int
    layers: int
    shared: int
    platform: str
    identity: str


def image_rows(model: Model, raws: Mapping[str, Mapping[str, Any] | None]) -> list[ImageRow]:
    """One row an image reference, in the order of the services."""
    layers = {reference: parse_identity(raw).layers if raw else () for reference, raw in raws.items()}
    return [_row(model, reference, raw, _others(layers, reference)) for reference, raw in raws.items()]


def images_text(rows: Sequence[ImageRow], source: str) -> str:
    """The table; its last line says where third-party images come from."""
    wide = max((len(row.image) for row in rows), default=0)
    lines = [f"{row.image:<{wide}}  {_size(row):>9}  {_what(row):<32}  {', '.join(row.services)}" for row in rows]
    return "\n".join([*lines, "", f"third-party images: {source}"])


def _others(layers: Mapping[str, Sequence[str]], reference: str) -> frozenset[str]:
    return frozenset(layer for other, found in layers.items() if other != reference for layer in found)


def _row(model: Model, reference: str, raw: Mapping[str, Any] | None, others: Collection[str]) -> ImageRow:
    users = [service for service in model.services.values() if service.image == reference]
    found = parse_identity(raw) if raw else None
    return ImageRow(
        image=reference,
        services=[service.name for service in users],
        built=any(service.build for service in users),
        size=int(raw["Size"]) if raw else 0,
        layers=len(found.layers) if found else 0,
        shared=sum(layer in others for layer in found.layers) if found else 0,
        platform=found.platform if found else "",
        identity=found.fingerprint() if found else "",
    )


def _size(row: ImageRow) -> str:
    return f"{row.size / 1e6:.1f} MB" if row.size else "not here"


def _what(row: ImageRow) -> str:
    if not row.layers:
        return ""
    return f"{row.identity.removeprefix('sha256:')[:12]:<12} {row.layers} layers, {row.shared} shared"
