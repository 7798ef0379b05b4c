"""The rows of a file, with the place of each: a line of CSV or TOML, a number for generated ones."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from . import modules
from .errors import SeedError
from .generate import Cells, Seed
from .manifest import File, Layer

csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Row:
    """`place` is a line, or for generated rows their number from 1."""

    place: int
    cells: Cells


class Sources:
    """Reads the files of a seed at one instant and scale. Raises SeedError with the file and the place."""

    def __init__(self, layers: list[Layer], instant: datetime, scale: int) -> None:
        self._layers, self._instant, self._scale = layers, instant, scale

    def rows(self, file: File) -> Iterator[Row]:
        match file.kind:
            case ".csv":
                return _csv(file)
            case ".toml":
                return _toml(file)
        return self._generated(file)

    def seed(self, file: File) -> Seed:
        """What the file's own code is given; it sees the rows of the files before it, of its layer and those needed."""
        return Seed(file.path, self._instant, self._scale, lambda table: self._earlier(file, table))

    def columns(self, file: File) -> list[str]:
        """The columns that the file's rows name: its header, all keys in TOML, the first row's for generated ones."""
        if file.kind == ".csv":
            return _header(file)
        if file.kind == ".toml":
            return list(dict.fromkeys(key for row in _toml(file) for key in row.cells))
        return list(next((row.cells for row in self._generated(file)), {}))

    def _generated(self, file: File) -> Iterator[Row]:
        module = modules.load(file, "rows")
        number = 0
        try:
            for number, cells in enumerate(module.rows(self.seed(file)), 1):
                if not isinstance(cells, dict):
                    raise SeedError(
                        f"yields a {type(cells).__name__}",
                        where=place(file, number),
                        next="yield a dict of column and value",
                    )
                yield Row(number, cells)
        except SeedError:
            raise
        except Exception as error:  # a seed's code may raise anything
            raise modules.failed(file, error, number) from error

    def _earlier(self, file: File, table: str) -> Iterator[Cells]:
        for other in _files_before(self._layers, file):
            if other.table == table:
                yield from (row.cells for row in self.rows(other))


def _files_before(layers: list[Layer], file: File) -> list[File]:
    """All files for an outside part, which belongs to no layer."""
    owner = next((layer for layer in layers if file in layer.files), None)
    if owner is None:
        return [each for layer in layers for each in layer.files]
    needed, left = set(), [owner.name]
    by_name = {layer.name: layer for layer in layers}
    while left:
        name = left.pop()
        needed.add(name)
        left += by_name[name].needs
    before = [each for layer in layers if layer.name in needed and layer is not owner for each in layer.files]
    return [*before, *owner.files[: owner.files.index(file)]]


def place(file: File, number: int) -> str:
    """ "people.csv, line 3"; generated rows have numbers."""
    return f"{file.path}, {'row' if file.kind == '.py' else 'line'} {number}"


def _text(file: File) -> str:
    try:
        return file.content().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SeedError("is not UTF-8", where=place(file, line), next="save the file as UTF-8") from error


def _header(file: File) -> list[str]:
    with io.StringIO(_text(file), newline="") as text:
        head = next(csv.reader(text, strict=True), [])
    if twice := [name for name in head if head.count(name) > 1]:
        raise SeedError(f"the column {twice[0]} is there twice", where=place(file, 1), next="keep one of them")
    if not head:
        raise SeedError("has no header", where=place(file, 1), next="write the columns' names into its first line")
    return head


def _csv(file: File) -> Iterator[Row]:
    """An empty field stays an empty text; what it means is the column's matter."""
    head = _header(file)
    with io.StringIO(_text(file), newline="") as text:
        reader = csv.reader(text, strict=True)
        next(reader)
        begin = reader.line_num + 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise SeedError(f"is no CSV: {error}", where=place(file, begin), next="correct its quotes") from error
            if cells is None:
                return
            if cells:
                yield Row(begin, _fields(file, begin, head, cells))
            begin = reader.line_num + 1


def _fields(file: File, line: int, head: list[str], cells: list[str]) -> Cells:
    if len(cells) != len(head):
        raise SeedError(
            f"has {len(cells)} fields, and the header names {len(head)} columns",
            where=place(file, line),
            next="a field that holds a comma or a quote stands in quotes",
        )
    return dict(zip(head, cells, strict=True))


def _toml(file: File) -> Iterator[Row]:
    """The tables [[TABLE]] of the file, TABLE being the manifest's word without its schema."""
    text, name = _text(file), file.table.rpartition(".")[2]
    try:
        words = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = place(file, int(line[1])) if line else file.path
        raise SeedError(f"is no TOML: {error}", where=where, next="correct that line") from error
    rows = words.get(name, [])
    if list(words) not in ([], [name]) or not isinstance(rows, list):
        raise SeedError(f"may hold [[{name}]] and nothing else", where=file.path, next="rename it, or `table`")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[\[\s*{name}\s*]]", line)]
    for number, cells in enumerate(rows):
        yield Row(lines[number] if number < len(lines) else number + 1, cells)
