"""Read seed/manifest.toml and the files it names, and fingerprint each layer."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

TABLES = ("plans", "people", "subscriptions", "payments", "reports")
Row = dict[str, Any]


class SeedError(Exception):
    """The seed cannot be used; the words name the file and what is wrong."""


@dataclass(frozen=True)
class File:
    path: str
    table: str
    content: bytes

    def rows(self) -> list[Row]:
        text = self.content.decode("utf-8")
        if self.path.endswith(".toml"):
            return list(tomllib.loads(text)[self.table])
        return list(csv.DictReader(io.StringIO(text), strict=True))


@dataclass(frozen=True)
class Layer:
    name: str
    files: tuple[File, ...]


def read(folder: Path) -> list[Layer]:
    """The layers in the manifest's order. Raises SeedError."""
    try:
        manifest = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
        return [_layer(folder, each) for each in manifest["layer"]]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SeedError(f"{folder}/manifest.toml: {error!r}") from error


def fingerprint(layer: Layer, first: datetime, schema: str) -> str:
    """The same only while files, instant and schema are the same."""
    digest = sha256(f"{layer.name}\n{first.isoformat()}\n{schema}\n".encode())
    for file in layer.files:
        digest.update(f"{file.path} {file.table} {len(file.content)}\n".encode() + file.content)
    return digest.hexdigest()


def _layer(folder: Path, words: dict[str, Any]) -> Layer:
    return Layer(words["name"], tuple(_file(folder, each) for each in words["files"]))


def _file(folder: Path, words: dict[str, str]) -> File:
    if words["table"] not in TABLES:
        raise ValueError(f"{words['path']}: no table {words['table']}; there are {', '.join(TABLES)}")
    return File(words["path"], words["table"], (folder / words["path"]).read_bytes())
