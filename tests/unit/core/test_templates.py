from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stagekit.compose import Service
from stagekit.database.names import LIMIT, Names
from stagekit.database.postgres import Seeded, conninfo
from stagekit.database.shelf import Note, Template, read_templates, too_many
from stagekit.database.snapshot import automatic, upgrades
from stagekit.errors import DatabaseError
from stagekit.release.record import Kept
from stagekit.report.data import database_text, goes_back_text, outside_text, seed_text, shelf_line
from stagekit.report.database import schema_text
from stagekit.seed.elsewhere import sent_to
from stagekit.seed.status import read_status

KEY = "0123456789abcdef0123456789abcdef"


def template(database: str, used: int, size: int = 10, **more: Any) -> Template:
    note = Note(kind=more.pop("kind", "seed"), made="2026-11-24T10:00:00Z", used=f"2026-11-24T10:{used:02}:00Z", **more)
    return Template(database=database, size=size, note=note)


def test_names_tell_whose_a_database_is_and_what_it_is_for() -> None:
    names = Names("app")
    assert (names.new, names.old) == ("app_stagekit_new", "app_stagekit_old")
    assert names.seed(KEY) == "app_stagekit_seed_0123456789ab"
    assert names.snapshot("before-demo") == "app_stagekit_snap_before-demo"


@pytest.mark.parametrize("app", ["a" * 63, "ü" * 31, "a" * 200, "a" * 37 + "b"])
def test_no_name_is_longer_than_postgres_keeps_and_no_two_are_one(app: str) -> None:
    names, other = Names(app), Names(app + "x")
    all_of = [names.new, names.old, names.seed(KEY), *(names.snapshot(n) for n in ("a", "x" * 63, "x" * 62 + "y"))]
    assert all(len(name.encode()) <= LIMIT for name in all_of)
    assert len({*all_of, app, other.new, other.old}) == len(all_of) + 3
    assert all(name.startswith(names.prefix) for name in all_of)


@pytest.mark.parametrize(
    ("count", "size", "gone"),
    [
        (4, 100, []),
        (3, 100, ["a"]),
        (2, 100, ["a", "b"]),
        (1, 100, ["a", "b", "c"]),
        (4, 39, ["a"]),
        (4, 1, ["a", "b", "c"]),
    ],
)
def test_the_least_recently_used_goes_first_and_what_is_used_stays(count: int, size: int, gone: list[str]) -> None:
    kept = [template(name, used) for used, name in enumerate("abcd")]
    assert [one.database for one in too_many(kept, "d", count=count, size=size)] == gone


def test_what_is_used_just_now_stays_though_its_note_is_the_oldest() -> None:
    kept = [template(name, used) for used, name in enumerate("abc")]
    assert [one.database for one in too_many(kept, "a", count=1, size=100)] == ["b", "c"]


def test_snapshots_are_neither_counted_nor_dropped() -> None:
    kept = [template("s", 0, 1000, kind="snapshot", name="s"), template("a", 1), template("b", 2)]
    assert too_many(kept, "b", count=2, size=20) == ()
    assert [one.database for one in too_many(kept, "b", count=1, size=20)] == ["a"]


def test_a_template_without_a_note_of_ours_is_none_of_ours() -> None:
    good = {"database": "a", "size": 1, "note": template("a", 1).note.model_dump_json()}
    lines = [json.dumps(row) for row in (good, good | {"note": None}, good | {"note": "mine"}, good | {"note": "{}"})]
    assert read_templates(lines) == (template("a", 1, 1),)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("app", "n'e w"),
        ("postgresql://app@postgres:5432/app", "postgresql://app@postgres:5432/n%27e%20w"),
        ("postgresql+asyncpg://a:p%40ss@db/app?ssl=on", "postgresql+asyncpg://a:p%40ss@db/n%27e%20w?ssl=on"),
        ("postgres://db", "postgres://db/n%27e%20w"),
    ],
)
def test_a_one_shot_is_sent_to_another_database_by_its_variable(value: str, sent: str) -> None:
    service = Service("seed", "i", environment=(("DATABASE_URL", value), ("OTHER", "x")))
    assert sent_to(service, "DATABASE_URL", "n'e w") == {"DATABASE_URL": sent}


def test_a_one_shot_without_the_variable_is_refused_with_the_key_to_set() -> None:
    with pytest.raises(DatabaseError) as refused:
        sent_to(Service("seed", "i"), "DATABASE_URL", "x")
    assert refused.value.slug == "database-variable" and "variable" in refused.value.next


def test_psql_is_given_a_name_that_it_cannot_read_as_more() -> None:
    assert conninfo("a'b\\c=d e") == "dbname='a\\'b\\\\c=d e'"


def test_automatic_copies_go_but_the_newest_five_and_named_ones_stay() -> None:
    made = [Kept(name=f"before-reset-2026-{n}", at=f"2026-11-24T10:0{n}:00Z", size=1) for n in range(8)]
    named = [Kept(name=name, at="2026-01-01", size=1) for name in ("demo", "before-17", "before-the-reset")]
    assert automatic([*made, *named]) == tuple(one.name for one in made[:3])
    assert automatic(made[:5]) == ()


def test_the_migrations_that_run_again_are_read_from_alembics_sql() -> None:
    sql = "BEGIN;\n-- Running upgrade 0001 -> 0002\nALTER TABLE a;\n-- Running upgrade 0002 -> 9f02ab\nCOMMIT;\n"
    assert upgrades(sql) == ("0002", "9f02ab")
    assert upgrades("ALTER TABLE a;") == ()
    assert "`stagekit up` runs 0002, 9f02ab again" in schema_text("local", "0001", upgrades(sql))
    assert "`stagekit promote --stage staging` runs the migrations" in schema_text("staging", "0001", ())
    assert "the code does not know" in schema_text("local", "0003", None)


def test_a_reset_says_what_it_loses_and_what_would_keep_it() -> None:
    seeded = Seeded(KEY, 10, "2026-05-01", "2026-11-24T09:00:00Z")
    said = goes_back_text("local", seeded, template("a", 12), "2026-11-24T10:24:00Z")
    assert "its seed (scale 10, 2026-05-01). Lost for good: 12 minutes of writes" in said
    assert "`stagekit snapshot --stage staging`" in goes_back_text("staging", None, None, "2026-11-24T10:24:00Z")


def test_a_reset_times_the_database_and_what_follows_it_by_themselves() -> None:
    said = "seed: mail: emptied\nseed: payments: 3 products\nseed: flows: 2 runs\nnoise: x\nseed: mail: again\n"
    text = database_text(0.2149, 18_000_000) + outside_text(said, 1.94)
    assert text == "reset: database 0.21 s (18.0 MB), mail, payments, flows 1.9 s"
    assert outside_text("", 0.5) == ", outside state 0.5 s"


def test_the_seeds_status_says_what_is_changed_and_what_to_type() -> None:
    blank = {"hash": KEY, "wanted": KEY, "rows": None, "applied_at": None}
    layers = [
        blank | {"name": "reference", "state": "applied", "rows": 7, "applied_at": "2026-11-24T10:00:00Z"},
        blank | {"name": "scenario", "state": "changed", "wanted": "fedcba987654", "rows": 1234},
        blank | {"name": "more", "state": "missing", "hash": None, "wanted": ""},
    ]
    status = read_status(json.dumps({"head": "0001", "scale": 1, "instant": "2026-05-01", "layers": layers}))
    kept, now = [template("a", 1, 18_000_000)], datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
    lines = seed_text("local", status, kept[0], kept, now).splitlines()
    assert lines[2].split() == ["✓", "reference", "applied", KEY[:12], "7", "rows", "5", "min", "ago"]
    assert "0123456789ab -> fedcba987654" in lines[3] and "1,234 rows" in lines[3]
    assert lines[4].split()[:4] == ["-", "more", "missing", "-"]
    assert lines[-1] == "next: stagekit seed"
    assert "a reset makes one first" in seed_text("local", status, None, [], now)
    assert shelf_line(kept) == "besides, one template of seeds: 18.0 MB"
    assert shelf_line([]) == ""


@pytest.mark.parametrize("text", ["", "no", "[]", '{"layers": [{"name": "a"}]}'])
def test_a_loader_that_does_not_say_how_it_is_is_an_expected_failure(text: str) -> None:
    with pytest.raises(DatabaseError) as refused:
        read_status(text)
    assert refused.value.slug == "seed-failed"
