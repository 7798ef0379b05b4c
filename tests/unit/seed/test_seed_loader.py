"""The loader's pure parts: moments, random numbers, cells, files, hashes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagekit_seed import Seed, SeedError, hashing, moments, values
from stagekit_seed.manifest import read
from stagekit_seed.sources import Sources
from stagekit_seed.values import Column
from tests.support.database import MAY

TEXT = Column("what", "text", True)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("0 1 00:00", MAY),
        ("-5 31 23:59", datetime(2025, 12, 31, 23, 59, tzinfo=UTC)),
        ("8 2 01:00", datetime(2027, 1, 2, 1, tzinfo=UTC)),
        ("-3 30 00:00", datetime(2026, 3, 2, tzinfo=UTC)),  # February has no 30th
        ("-1 7", datetime(2026, 4, 7, tzinfo=UTC)),
    ],
)
def test_times_count_from_the_first_of_the_month(words: str, moment: datetime) -> None:
    assert moments.at(MAY, words) == moment


@pytest.mark.parametrize("words", ["", "tomorrow", "-3 14 9", "-3 32 00:00", "-3 1 24:00", "1 0 00:00"])
def test_other_words_are_no_moments(words: str) -> None:
    with pytest.raises(ValueError, match=r"no moment|names no day"):
        moments.at(MAY, words)


def test_the_instant_is_the_first_of_a_month() -> None:
    assert moments.instant(datetime(2026, 5, 31, 23, 59, tzinfo=UTC)) == MAY
    assert moments.instant(datetime(2031, 1, 1, tzinfo=UTC), "2026-05-17") == MAY


@given(st.lists(st.integers() | st.text(), min_size=1), st.lists(st.integers() | st.text(), min_size=1))
def test_each_key_has_random_numbers_of_its_own(one: list[object], other: list[object]) -> None:
    seed = Seed("a.py", MAY, 1)
    first = seed.random(*one).random()
    assert seed.random(*one).random() == first == Seed("a.py", MAY, 7).random(*one).random()
    assert Seed("b.py", MAY, 1).random(*one).random() != first
    if one != other and "\x1f" not in "".join(map(str, [*one, *other])):
        assert seed.random(*other).random() != first


def test_random_numbers_are_the_same_on_every_machine() -> None:
    assert Seed("a.py", MAY, 1).random("ana", 3).randint(0, 10**9) == 99_300_283


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_text_comes_back_from_copys_form(text: str) -> None:
    line = values.line([values.written(text, TEXT, MAY, typed=True)])
    assert line.endswith("\n") and "\n" not in line[:-1] and "\t" not in line
    back = line[:-1].replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r")
    assert back.replace("\0", "\\") == text


@pytest.mark.parametrize(
    ("cell", "column", "text"),
    [
        ("", TEXT, None),
        ("", Column("what", "text", False), ""),
        ("-1 2 03:04", Column("at", "timestamp with time zone", True), "2026-04-02T03:04:00+00:00"),
        ("-1 2 03:04", TEXT, "-1 2 03:04"),
        ("-1 2", Column("day", "date", True), "2026-04-02"),
        ('{"a": 1}', Column("doc", "jsonb", True), '{"a": 1}'),
    ],
)
def test_a_field_of_csv_means_what_its_column_says(cell: str, column: Column, text: str | None) -> None:
    assert values.written(cell, column, MAY, typed=False) == text


def test_what_postgres_cannot_keep_is_refused_beforehand() -> None:
    for cell, words in (("a\0b", "NUL"), ("\ud800", "half a character"), ({"a": "\ud800"}, "half a character")):
        with pytest.raises(ValueError, match=words):
            values.written(cell, Column("what", "jsonb" if isinstance(cell, dict) else "text", True), MAY, typed=True)


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


MANIFEST = """
[[layer]]
name = "one"
files = [{ path = "a.py", table = "a" }]
[[layer]]
name = "two"
needs = ["one"]
files = [{ path = "b.py", table = "b" }]
[[layer]]
name = "three"
files = [{ path = "c.csv", table = "c" }]
"""
GROUP = "def rows(seed):\n    for n in range(3):\n        yield {'id': n, 'x': seed.random(n).random()}\n"
OTHER = (
    "def rows(seed):\n    for row in seed.rows('a'):\n"
    "        yield {'id': row['id'], 'x': seed.random(row['id']).random()}\n"
)


def rows(folder: Path) -> dict[str, list[object]]:
    layers = list(read(folder).layers)
    sources = Sources(layers, MAY, 1)
    return {file.path: [row.cells for row in sources.rows(file)] for layer in layers for file in layer.files}


def wanted(folder: Path, scale: int = 1, revision: str = "1", at: datetime = MAY) -> dict[str, str]:
    return hashing.wanted(list(read(folder).layers), at, scale, revision)


def test_a_new_row_group_or_row_moves_no_other(tmp_path: Path) -> None:
    folder = write(tmp_path, manifest__toml=MANIFEST, a__py=GROUP, b__py=OTHER, c__csv="id\n1\n")
    before = rows(folder)
    assert before["b.py"] and before["b.py"] != before["a.py"]
    write(folder, a__py=GROUP.replace("range(3)", "range(5)"))
    after = rows(folder)
    assert (after["a.py"][:3], after["b.py"][:3]) == (before["a.py"], before["b.py"])


def test_a_row_group_sees_what_its_layer_needs_and_no_more(tmp_path: Path) -> None:
    folder = write(tmp_path, manifest__toml=MANIFEST, a__py=GROUP, b__py=OTHER.replace("'a'", "'c'"), c__csv="id\n1\n")
    assert rows(folder)["b.py"] == []


def test_the_hash_changes_with_content_needs_scale_instant_and_schema_and_with_nothing_else(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", manifest__toml=MANIFEST, a__py=GROUP, b__py=OTHER, c__csv="id\n1\n")
    elsewhere = write(
        tmp_path / "two", manifest__toml="# a comment\n" + MANIFEST, a__py=GROUP, b__py=OTHER, c__csv="id\n1\n"
    )
    before = wanted(folder)
    assert wanted(elsewhere) == before
    assert not set(before.values()) & set(wanted(folder, scale=2).values())
    assert not set(before.values()) & set(wanted(folder, revision="2").values())
    assert not set(before.values()) & set(wanted(folder, at=datetime(2026, 6, 1, tzinfo=UTC)).values())
    write(folder, a__py=GROUP + "# another\n")
    after = wanted(folder)
    assert {name for name in before if before[name] != after[name]} == {"one", "two"}


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ("[[layer]]\nfiles = []\n", "`name` is missing"),
        ('[[layer]]\nname = "a"\n', "`files` must be a list"),
        ('[[layer]]\nname = "a"\nfiles = [{ path = "x.csv", table = "t" }]\n', "x.csv is not there"),
        ('[[layer]]\nname = "a"\nfiles = [{ path = "c.csv" }]\n', "need a `table`"),
        ('[[layer]]\nname = "a"\nfiles = [{ path = "c.json", table = "t" }]\n', "ends with .csv"),
        ('[[layer]]\nname = "a"\nneeds = ["b"]\nfiles = []\n', "needs b, and no layer before it"),
        ('[[layer]]\nname = "a"\nfiles = []\n[[layer]]\nname = "a"\nfiles = []\n', "two layers have this name"),
        ('[[layer]]\nname = "a"\nfile = []\n', "`file` means nothing here"),
        ("layer = 1\n", r"is written as \[\[layer\]\]"),
        ("[[layer\n", "is no TOML"),
        ("rows = 1\n", "`rows` means nothing here"),
    ],
)
def test_a_wrong_manifest_is_named_with_what_is_wrong(tmp_path: Path, manifest: str, words: str) -> None:
    folder = write(tmp_path, manifest__toml=manifest, c__csv="id\n1\n", c__json="{}")
    with pytest.raises(SeedError, match=words) as refused:
        read(folder)
    assert refused.value.next and "manifest.toml" in str(refused.value)


def test_a_line_of_csv_is_counted_where_its_row_begins(tmp_path: Path) -> None:
    layer = '[[layer]]\nname = "a"\nfiles = [{ path = "c.csv", table = "t" }]\n'
    folder = write(tmp_path, manifest__toml=layer, c__csv='\ufeffid,x\n1,"two\nlines"\n\n2,y\n')
    (only,) = read(folder).layers
    found = [(row.place, row.cells) for row in Sources([only], MAY, 1).rows(only.files[0])]
    assert found == [(2, {"id": "1", "x": "two\nlines"}), (5, {"id": "2", "x": "y"})]


def test_rows_of_toml_have_the_lines_of_their_heads(tmp_path: Path) -> None:
    layer = '[[layer]]\nname = "a"\nfiles = [{ path = "c.toml", table = "t" }]\n'
    folder = write(tmp_path, manifest__toml=layer, c__toml="# head\n[[t]]\nid = 1\n\n[[t]]\nid = 2\n")
    (only,) = read(folder).layers
    assert [row.place for row in Sources([only], MAY, 1).rows(only.files[0])] == [2, 5]
    write(folder, c__toml="[[other]]\nid = 1\n")
    with pytest.raises(SeedError, match=r"may hold \[\[t\]\] and nothing else"):
        list(Sources([only], MAY, 1).rows(only.files[0]))
