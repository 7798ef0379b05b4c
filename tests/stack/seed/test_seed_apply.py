"""Layers that are applied, again, changed, at another scale, and not any more."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from stagekit_seed import SeedError
from tests.stack.seed.project import ORDERS, Project
from tests.support.seeding import loader, session

pytestmark = pytest.mark.engine

GROUP = """
def rows(seed):
    for number in range(3 * seed.scale):
        yield {"id": f"p{number}", "name": f"{seed.random(number).random():.6f}", "born": seed.at("-1 2 03:04")}
"""


def test_a_seed_is_applied_with_times_and_empty_fields_as_the_columns_want_them(project: Project) -> None:
    project.shop()
    outcome = project.fill()
    assert outcome.applied == {"base": {"people": 2}, "more": {"orders": 2}}
    assert project.ask("SELECT id, born::text, note FROM people ORDER BY id") == [
        ("ana", "2026-02-14 09:20:00+00", None),
        ("ben", None, None),
    ]


def test_a_second_run_writes_no_row_at_all(project: Project) -> None:
    project.shop().fill()
    before = project.versions()
    assert project.fill().untouched == ["base", "more"]
    assert project.versions() == before


def test_a_changed_file_writes_the_rows_that_differ_and_no_others(project: Project) -> None:
    project.shop().fill()
    before = project.versions()
    project.replace("people.csv", "ben,Ben", "ben,Benedict")
    assert set(project.fill().applied) == {"base", "more"}
    after = project.versions()
    assert after["public.orders"] == before["public.orders"]
    assert len(set(after["public.people"]) & set(before["public.people"])) == 1
    assert project.ask("SELECT name FROM people ORDER BY id") == [("Ana",), ("Benedict",)]


def test_rows_that_are_no_longer_named_go_with_those_that_hang_on_them(project: Project) -> None:
    project.shop().fill()
    project.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\n")
    project.write("orders.csv", "id,person,number,cents\n1,ana,1,100\n")
    project.fill()
    assert project.ask("SELECT id FROM people") == [("ana",)]
    assert project.ask("SELECT id FROM orders") == [(1,)]


def test_a_changed_generator_is_noticed_also_in_a_file_that_it_imports(project: Project) -> None:
    project.shop()
    project.write("names.py", "GREETING = 'hello'\n")
    project.write(
        "more.py", "from names import GREETING\n\n\ndef rows(seed):\n    yield {'id': 'x', 'name': GREETING}\n"
    )
    project.one(["people.csv people", "more.py people"])
    project.fill()
    project.write("names.py", "GREETING = 'goodbye'\n")
    # A process of its own, as a stage has it: an import is read once in one.
    assert "base: 3 people" in loader(project.url, project.folder, "--instant", "2026-05-01").stdout
    assert project.ask("SELECT name FROM people WHERE id = 'x'") == [("goodbye",)]


def test_a_migration_and_another_month_are_noticed(project: Project) -> None:
    project.shop()
    project.run("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('1')")
    project.fill()
    project.run("UPDATE alembic_version SET version_num = '2'; ALTER TABLE people ADD COLUMN age int DEFAULT 7")
    assert set(project.fill().applied) == {"base", "more"}
    assert project.fill().untouched == ["base", "more"]
    loader(project.url, project.folder, "--instant", "2026-06-17")
    assert project.ask("SELECT born::text FROM people WHERE id = 'ana'") == [("2026-03-14 09:20:00+00",)]


def test_scale_goes_up_and_down_and_moves_nobody(project: Project) -> None:
    project.shop()
    project.write("more.py", GROUP)
    project.one(["more.py people"])
    project.fill()
    before = project.ask("SELECT id, name FROM people ORDER BY id")
    project.fill(scale=40)
    assert project.ask("SELECT count(*) FROM people") == [(120,)]
    assert set(before) < set(project.ask("SELECT id, name FROM people"))
    project.fill()
    assert project.ask("SELECT id, name FROM people ORDER BY id") == before


def test_the_scale_stays_until_another_is_named(project: Project) -> None:
    project.shop()
    project.write("more.py", GROUP)
    project.one(["more.py people"])
    assert "3 people" in loader(project.url, project.folder).stdout
    assert "9 people" in loader(project.url, project.folder, "--scale", "3").stdout
    assert "nothing to do" in loader(project.url, project.folder, SEED_SCALE="5").stdout
    assert project.ask("SELECT scale FROM stagekit_seed.layers") == [(3,)]


def test_a_first_run_takes_its_scale_from_the_environment(project: Project) -> None:
    project.shop()
    project.write("more.py", GROUP)
    project.one(["more.py people"])
    assert "15 people" in loader(project.url, project.folder, SEED_SCALE="5").stdout


def test_one_layer_brings_what_it_needs_and_nothing_else(project: Project) -> None:
    project.shop()
    project.manifest(("base", [], ["people.csv people"]), ("other", [], []), ("more", ["base"], ["orders.csv orders"]))
    assert set(project.fill(layers=("more",)).applied) == {"base", "more"}
    with pytest.raises(SeedError, match="there is no layer nonsense"):
        project.fill(layers=("nonsense",))


def test_a_layer_that_left_the_manifest_takes_its_rows_with_it(project: Project) -> None:
    project.shop().fill()
    project.manifest(("base", [], ["people.csv people"]))
    assert project.fill().gone == ["more"]
    assert project.ask("SELECT count(*) FROM orders") == [(0,)]
    assert project.ask("SELECT name FROM stagekit_seed.layers") == [("base",)]


def test_a_row_may_move_from_one_layer_to_another(project: Project) -> None:
    project.shop().fill()
    before = project.versions()["public.people"]
    project.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\n")
    project.write("others.csv", "id,name\nben,Ben\n")
    project.manifest(
        ("base", [], ["people.csv people"]), ("more", ["base"], ["others.csv people", "orders.csv orders"])
    )
    assert not project.fill().left
    assert project.versions()["public.people"] == before


def test_one_row_in_two_layers_is_refused(project: Project) -> None:
    project.shop()
    project.manifest(("base", [], ["people.csv people"]), ("more", [], ["people.csv people"]))
    with pytest.raises(SeedError, match="has a row of this key already: ana"):
        project.fill()
    project.manifest(("base", [], ["people.csv people"]))
    project.fill()
    project.manifest(("base", [], ["people.csv people"]), ("more", [], ["people.csv people"]))
    with pytest.raises(SeedError, match="belongs to the layer base already"):
        project.fill()


def test_status_tells_what_is_missing_applied_and_changed(project: Project) -> None:
    def status() -> dict[str, tuple[str, int | None]]:
        said = json.loads(loader(project.url, project.folder, "--status").stdout)
        assert said["scale"] == 1
        return {layer["name"]: (layer["state"], layer["rows"]) for layer in said["layers"]}

    project.shop()
    assert status() == {"base": ("missing", None), "more": ("missing", None)}
    assert project.ask("SELECT to_regnamespace('stagekit_seed')::text") == [(None,)]
    loader(project.url, project.folder, "--layer", "base")
    assert status() == {"base": ("applied", 2), "more": ("missing", None)}
    loader(project.url, project.folder)
    project.write("orders.csv", ORDERS + "3,ana,3,5\n")
    assert status() == {"base": ("applied", 2), "more": ("changed", 2)}


def test_sql_runs_in_its_place_and_again_when_its_layer_changes(project: Project) -> None:
    project.shop()
    project.write(
        "more.sql", "INSERT INTO people VALUES ('sql', 'SQL; it''s one') ON CONFLICT DO NOTHING;\nANALYZE people;\n"
    )
    project.write("orders.csv", ORDERS + "3,sql,3,1\n")
    project.manifest(("base", [], ["people.csv people", "more.sql"]), ("more", ["base"], ["orders.csv orders"]))
    project.fill()
    project.replace("orders.csv", "sql,3,1", "sql,3,2")
    project.fill()
    assert project.ask("SELECT cents FROM orders WHERE person = 'sql'") == [(2,)]


def test_two_loaders_at_once_wait_for_each_other(project: Project) -> None:
    from concurrent.futures import ThreadPoolExecutor

    project.shop()
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: project.fill(), range(4)))
    assert sorted(len(outcome.applied) for outcome in outcomes) == [0, 0, 0, 2]


def test_two_databases_get_the_same_hashes_and_the_same_rows(project: Project, new_database: Callable[[], str]) -> None:
    project.shop()
    project.write("more.py", GROUP)
    project.one(["more.py people", "people.csv people"])
    found = []
    for hash_seed in ("1", "2"):
        url = new_database()
        other = Project.__new__(Project)
        other.url, other.folder = url, project.folder
        other.run("CREATE TABLE people (id text PRIMARY KEY, name text NOT NULL, born timestamptz, note text)")
        loader(url, project.folder, "--instant", "2026-05-01", PYTHONHASHSEED=hash_seed)
        rows = other.ask("SELECT * FROM people ORDER BY id")
        found.append((rows, other.ask("SELECT hash, wanted FROM stagekit_seed.layers")))
    assert found[0] == found[1]
    assert len(found[0][0]) == 5


def test_a_session_speaks_in_one_way_whatever_the_database_says(project: Project) -> None:
    project.shop().fill()
    name = project.url.rpartition("/")[2]
    project.run(f"ALTER DATABASE {name} SET timezone = 'Asia/Tokyo'")
    project.run(f"ALTER DATABASE {name} SET datestyle = 'German'")
    project.replace("orders.csv", "2,200", "2,300")
    assert project.fill().left == []
    with session(project.url) as db:
        assert db.execute("SHOW timezone").fetchone() == ("UTC",)
