from __future__ import annotations

import io
import tarfile
from datetime import datetime
from typing import Any

import pytest
from test_release import release

from stagekit.database import Ahead, AtHead, Unknown
from stagekit.database.snapshot import Copy, archive_moment, before, is_name, minutes_since, read_kept, way_back
from stagekit.doors.helper import _archive, _Stream
from stagekit.release.record import Kept
from stagekit.report.database import loses_text, minutes_text, restored_text, schema_lines, size_text, snapshots_text

NOON = "2026-11-24T12:00:00Z"


def kept(name: str = "before-2", **more: Any) -> Kept:
    return Kept.model_validate({"name": name, "at": "2026-11-24T11:22:30Z", "size": 18_000_000, "revision": "1"} | more)


def test_copies_are_read_oldest_first_with_what_is_known_of_them() -> None:
    said = "demo\t812\t2026-11-24T07:00:00Z\t0002\nbefore-2\t99\t2026-11-23T07:00:00Z\t\nold\t5\t\n"
    assert read_kept(said) == (
        Kept(name="old", size=5, at=""),
        Kept(name="before-2", size=99, at="2026-11-23T07:00:00Z"),
        Kept(name="demo", size=812, at="2026-11-24T07:00:00Z", revision="0002"),
    )


@pytest.mark.parametrize("name", ["demo", "before-17", "20261124-0724", before(3)])
def test_a_name_may_have_small_letters_digits_and_dashes(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "-x", "../x", "a b", "a/b", "$(x)", "a'b", "A", "x" * 64, "a\n"])
def test_a_name_that_a_shell_or_a_folder_could_take_for_more_is_none(name: str) -> None:
    assert not is_name(name)


def test_writes_are_counted_in_begun_minutes() -> None:
    assert minutes_since("2026-11-24T11:22:30Z", NOON) == 38
    assert minutes_since(NOON, NOON) == 0
    assert minutes_since("2026-11-24T12:00:05Z", NOON) == 0  # the host's clock goes ahead
    assert minutes_since("", NOON) is None
    assert [minutes_text(n) for n in (1, 38, 150, 4320, None)] == [
        "1 minute of writes",
        "38 minutes of writes",
        "150 minutes of writes (2.5 h)",
        "4,320 minutes of writes (3.0 days)",
        "the writes of an unknown time",
    ]


def test_the_moment_of_a_file_is_read_from_what_pg_restore_lists() -> None:
    listed = ";\n; Archive created at 2026-11-24 07:51:59 UTC\n;     dbname: app\n"
    assert archive_moment(listed) == "2026-11-24T07:51:59Z"
    assert archive_moment("; Archive created at 2026-11-24 07:51:59 CET\n") == ""


def test_the_copy_for_older_code_is_the_newest_with_its_schema() -> None:
    older, newer = kept("before-2", at="2026-11-20T00:00:00Z"), kept("before-5")
    assert way_back("1", [newer, older, kept("before-6", revision="2")]) == newer
    assert way_back("0", [older]) is None
    assert way_back("", [kept(revision="")]) is None


def test_a_rollback_says_what_the_schema_does_and_offers_the_copy_with_its_price() -> None:
    old, new = release(1, migration="1"), release(2, migration="2", snapshot=kept())
    assert schema_lines(Ahead("2", "1"), old, [old, new], "staging", NOON) == [
        "the schema stays at 2; the code of a1b2c3d knew 1",
        "its data from 2026-11-24T11:22:30Z is kept: `stagekit restore before-2 --stage staging` would lose "
        "38 minutes of writes",
    ]
    assert schema_lines(Ahead("2", "1"), old, [old], "staging", NOON)[1:] == []
    assert schema_lines(AtHead("2"), new, [old, new], "staging", NOON) == []


def test_an_unknown_schema_is_said_to_stay() -> None:
    told = schema_lines(Unknown("it does not run"), release(1), [], "staging", NOON)
    assert told == ["the schema stays as it is; it does not run"]


def test_a_restore_says_what_it_loses_before_it_begins() -> None:
    assert loses_text("staging", kept(), NOON, source="before-2") == (
        "staging: the database becomes before-2, 2026-11-24T11:22:30Z. Lost for good: 38 minutes of writes."
    )


def test_a_restored_schema_that_the_code_does_not_want_is_said_with_what_to_type() -> None:
    told = restored_text("staging", 1.0, "1", release(2, migration="2"))
    assert "a1b2c3d, which serves, wants 2" in told
    assert "stagekit promote --stage staging" in told
    assert "wants" not in restored_text("staging", 1.0, "2", release(2, migration="2"))
    assert "wants" not in restored_text("local", 1.0, "1", None)


def test_copies_are_listed_newest_first() -> None:
    copies = [Copy("dump", kept("old", size=812_000)), Copy("template", kept("demo"))]
    lines = snapshots_text("staging", copies, datetime.fromisoformat(NOON)).splitlines()
    assert " ".join(lines[0].split()) == "demo template 2026-11-24T11:22:30Z 37 min ago 18.0 MB schema at 1"
    assert " ".join(lines[1].split()) == "old dump 2026-11-24T11:22:30Z 37 min ago 812 kB schema at 1"
    assert snapshots_text("staging", [], datetime.fromisoformat(NOON)).endswith(
        "next: stagekit snapshot --stage staging"
    )
    assert size_text(2110) == "2 kB"


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 10_240, 3_000_000])
def test_a_file_travels_as_an_archive_in_pieces(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    packed = b"".join(_archive("x.dump", io.BytesIO(content[:size]), size))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        [entry] = archive.getmembers()
        found = archive.extractfile(entry)
        assert found and found.read() == content[:size]
    pieces = (packed[at : at + 777] for at in range(0, len(packed), 777))
    with tarfile.open(fileobj=io.BufferedReader(_Stream(pieces)), mode="r|") as archive:
        first = archive.next()
        found = archive.extractfile(first) if first else None
        assert found and found.read() == content[:size]
