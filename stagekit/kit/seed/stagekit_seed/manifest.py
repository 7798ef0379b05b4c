"""manifest.toml: which layers there are, their files in order, and the outside parts."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import SeedError

NAME = "manifest.toml"
ROWS, STATEMENTS = (".csv", ".toml", ".py"), (".sql",)
REVISION = "select version_num from alembic_version"


@dataclass(frozen=True)
class File:
    """`path` is as the manifest has it, relative to its folder; `table` is empty for SQL."""

    path: str
    table: str
    folder: Path

    @property
    def kind(self) -> str:
        return Path(self.path).suffix

    def content(self) -> bytes:
        return (self.folder / self.path).read_bytes()


@dataclass(frozen=True)
class Layer:
    """`needs` names layers before this one."""

    name: str
    about: str
    needs: tuple[str, ...]
    files: tuple[File, ...]


@dataclass(frozen=True)
class Outside:
    """A part of the seed that lives in another service: a module with `apply` and `reset`."""

    name: str
    file: File


@dataclass(frozen=True)
class Manifest:
    """`revision` is the query that says which schema the database has."""

    folder: Path
    layers: tuple[Layer, ...]
    outside: tuple[Outside, ...]
    revision: str

    def with_needs(self, names: Iterable[str]) -> list[Layer]:
        """These layers and all that they need, in the manifest's order; all layers for no names. Raises SeedError."""
        known = {layer.name: layer for layer in self.layers}
        wanted: set[str] = set()
        left = list(names) or list(known)
        while left:
            name = left.pop()
            if name not in known:
                raise SeedError(f"there is no layer {name}", where=NAME, next=f"name one of {', '.join(known)}")
            if name not in wanted:
                wanted.add(name)
                left += known[name].needs
        return [layer for layer in self.layers if layer.name in wanted]


def read(folder: Path) -> Manifest:
    """The manifest of a seed's folder. Raises SeedError."""
    try:
        words = tomllib.loads((folder / NAME).read_text(encoding="utf-8"))
    except OSError as error:
        next = "give the seed's folder: python -m stagekit_seed /seed"
        raise SeedError(f"cannot be read: {error.strerror}", where=str(folder / NAME), next=next) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SeedError(f"is no TOML: {error}", where=NAME, next="correct that line") from error
    _only(words, ("layer", "outside", "revision"), "the manifest")
    layers = tuple(_layer(folder, each, position) for position, each in enumerate(_tables(words, "layer"), 1))
    _in_order(layers)
    outside = tuple(_outside(folder, each, position) for position, each in enumerate(_tables(words, "outside"), 1))
    return Manifest(folder, layers, outside, str(words.get("revision", REVISION)))


def _layer(folder: Path, words: dict[str, Any], position: int) -> Layer:
    where = f"[[layer]] {position}"
    _only(words, ("name", "about", "needs", "files"), where)
    name = _text(words, "name", where)
    files = words.get("files")
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        raise _wrong(where, '`files` must be a list such as [{ path = "people.csv", table = "people" }]')
    needs = words.get("needs", [])
    if not isinstance(needs, list) or not all(isinstance(each, str) for each in needs):
        raise _wrong(where, "`needs` must be a list of layers' names")
    return Layer(name, str(words.get("about", "")), tuple(needs), tuple(_file(folder, each, where) for each in files))


def _file(folder: Path, words: dict[str, Any], where: str) -> File:
    _only(words, ("path", "table"), where)
    file = File(_text(words, "path", where), str(words.get("table", "")), folder)
    if file.kind not in (*ROWS, *STATEMENTS):
        raise _wrong(where, f"{file.path}: a file of a layer ends with {', '.join((*ROWS, *STATEMENTS))}")
    if file.kind in ROWS and not file.table:
        raise _wrong(where, f"{file.path}: its rows need a `table`")
    if file.kind in STATEMENTS and file.table:
        raise _wrong(where, f"{file.path}: SQL names its tables itself; leave `table` out")
    return _there(file, where)


def _outside(folder: Path, words: dict[str, Any], position: int) -> Outside:
    where = f"[[outside]] {position}"
    _only(words, ("name", "file"), where)
    return Outside(_text(words, "name", where), _there(File(_text(words, "file", where), "", folder), where))


def _there(file: File, where: str) -> File:
    if not (file.folder / file.path).is_file():
        raise _wrong(where, f"{file.path} is not there")
    return file


def _in_order(layers: Sequence[Layer]) -> None:
    before: set[str] = set()
    for layer in layers:
        if layer.name in before:
            raise _wrong(layer.name, "two layers have this name")
        if missing := [name for name in layer.needs if name not in before]:
            raise _wrong(layer.name, f"needs {', '.join(missing)}, and no layer before it has that name")
        before.add(layer.name)


def _tables(words: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = words.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _wrong(key, f"is written as [[{key}]]")
    return found


def _text(words: dict[str, Any], key: str, where: str) -> str:
    found = words.get(key)
    if not isinstance(found, str) or not found:
        raise _wrong(where, f"`{key}` is missing or no text")
    return found


def _only(words: dict[str, Any], keys: Sequence[str], where: str) -> None:
    if unknown := [key for key in words if key not in keys]:
        raise _wrong(where, f"`{unknown[0]}` means nothing here; there are {', '.join(keys)}")


def _wrong(where: str, what: str) -> SeedError:
    return SeedError(what, where=f"{NAME}, {where}", next=f"correct {NAME}")
