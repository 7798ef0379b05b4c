"""What people made or changed: never lost without a word."""

from __future__ import annotations

import pytest

from stagekit_seed import SeedError
from tests.stack.seed.project import PEOPLE, Project
from tests.support.seeding import loader

pytestmark = pytest.mark.engine
CHANGED = "id,name,born\nana,Ana Maria,-3 14 09:20\nben,Ben,\n"
PINNED = ("--instant", "2026-05-01", "--no-outside")


@pytest.fixture
def shop(project: Project) -> Project:
    project.shop().fill()
    return project


def names(shop: Project) -> list[str]:
    return [name for (name,) in shop.ask("SELECT name FROM people ORDER BY id")]


def test_peoples_own_rows_stay_whatever_the_seed_does(shop: Project) -> None:
    shop.run("INSERT INTO people VALUES ('zoe', 'Zoe'); INSERT INTO orders VALUES (9, 'ana', 9, 900)")
    shop.write("people.csv", CHANGED)
    assert shop.fill().left == []
    assert names(shop) == ["Ana Maria", "Ben", "Zoe"]
    assert shop.ask("SELECT id FROM orders ORDER BY 1") == [(1,), (2,), (9,)]


def test_a_changed_row_is_left_and_that_is_said(shop: Project) -> None:
    shop.run("UPDATE people SET name = 'Ana of ours' WHERE id = 'ana'")
    shop.write("people.csv", CHANGED)
    done = loader(shop.url, shop.folder, *PINNED)
    assert done.returncode == 0
    assert "base: left as it is; 1 row of people edited since it was seeded" in done.stdout, done.stdout + done.stderr
    assert "ana" in done.stdout
    assert "more: left as it is; it needs a layer that is" in done.stdout
    assert names(shop) == ["Ana of ours", "Ben"]
    wanted = shop.ask("SELECT hash <> wanted FROM stagekit_seed.layers")
    assert wanted == [(True,), (True,)]


def test_asked_nothing_is_applied_and_the_code_says_so(shop: Project) -> None:
    shop.run("UPDATE people SET name = 'Ana of ours' WHERE id = 'ana'")
    shop.write("people.csv", CHANGED)
    before = shop.versions()
    done = loader(shop.url, shop.folder, *PINNED, "--ask")
    assert done.returncode == 3
    assert "people edited since it was seeded and would be lost as it is now: ana" in done.stdout
    assert shop.versions() == before


def test_yes_applies_it(shop: Project) -> None:
    shop.run("UPDATE people SET name = 'Ana of ours' WHERE id = 'ana'")
    shop.write("people.csv", CHANGED)
    assert loader(shop.url, shop.folder, *PINNED, "--yes").returncode == 0
    assert names(shop) == ["Ana Maria", "Ben"]
    assert "nothing to do" in loader(shop.url, shop.folder, *PINNED).stdout


def test_asking_where_nothing_would_go_applies(shop: Project) -> None:
    shop.write("people.csv", CHANGED)
    assert loader(shop.url, shop.folder, *PINNED, "--ask").returncode == 0
    assert names(shop) == ["Ana Maria", "Ben"]


def test_a_row_edited_to_what_the_seed_says_is_no_loss(shop: Project) -> None:
    shop.run("UPDATE people SET name = 'Ana Maria' WHERE id = 'ana'")
    shop.write("people.csv", CHANGED)
    assert shop.fill().left == []


def test_a_column_that_the_seed_does_not_name_keeps_what_people_wrote(shop: Project) -> None:
    shop.run("UPDATE people SET note = 'of ours' WHERE id = 'ben'")
    shop.write("people.csv", CHANGED)
    shop.fill()
    assert shop.ask("SELECT note FROM people WHERE id = 'ben'") == [("of ours",)]


def test_a_deleted_row_comes_back_with_the_next_change(shop: Project) -> None:
    shop.run("DELETE FROM orders WHERE id = 2; DELETE FROM people WHERE id = 'ben'")
    shop.write("people.csv", CHANGED)
    assert shop.fill().left == []
    assert names(shop) == ["Ana Maria", "Ben"]


def test_a_row_that_people_made_first_is_theirs(shop: Project) -> None:
    shop.run("INSERT INTO people VALUES ('zoe', 'Zoe of ours')")
    shop.write("people.csv", PEOPLE + "zoe,Zoe,\n")
    (loss,) = shop.fill().left
    assert (loss.table, loss.count) == ("people", 1)
    assert "made by somebody" in loss.words()
    shop.fill(yes=True)
    assert names(shop) == ["Ana", "Ben", "Zoe"]


def test_an_unnamed_row_that_was_edited_is_asked_for(shop: Project) -> None:
    shop.run("UPDATE people SET note = 'of ours' WHERE id = 'ben'")
    shop.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\n")
    shop.write("orders.csv", "id,person,number,cents\n1,ana,1,100\n")
    assert [loss.table for loss in shop.fill().left] == ["people"]
    assert names(shop) == ["Ana", "Ben"]


def test_rows_of_people_that_hang_on_an_unnamed_row_are_asked_for_at_any_depth(shop: Project) -> None:
    shop.run("INSERT INTO orders VALUES (9, 'ben', 9, 900); INSERT INTO lines VALUES (1, 9, 'tea'), (2, 9, 'pot')")
    shop.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\n")
    shop.write("orders.csv", "id,person,number,cents\n1,ana,1,100\n")
    left = {(loss.table, loss.count) for loss in shop.fill().left}
    assert left == {("orders", 1), ("lines", 2)}
    assert shop.ask("SELECT count(*) FROM lines") == [(2,)]
    shop.fill(yes=True)
    assert shop.ask("SELECT count(*) FROM lines") == [(0,)]
    assert names(shop) == ["Ana"]


def test_a_row_of_people_that_would_lose_what_it_refers_to_is_asked_for(shop: Project) -> None:
    shop.run("CREATE TABLE letters (id int PRIMARY KEY, person text REFERENCES people ON DELETE SET NULL)")
    shop.run("INSERT INTO letters VALUES (1, 'ben'), (2, 'ana')")
    shop.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\n")
    shop.write("orders.csv", "id,person,number,cents\n1,ana,1,100\n")
    (loss,) = shop.fill().left
    assert (loss.table, loss.count) == ("letters", 1)
    assert "refers to" in loss.words()


def test_a_row_of_people_with_a_unique_value_that_the_seed_needs_is_asked_for(shop: Project) -> None:
    shop.run("INSERT INTO orders VALUES (9, 'ana', 3, 900)")
    shop.write("orders.csv", "id,person,number,cents\n1,ana,1,100\n2,ben,2,200\n3,ben,3,300\n")
    (loss,) = shop.fill().left
    assert (loss.layer, loss.table) == ("more", "orders")
    shop.fill(yes=True)
    assert shop.ask("SELECT id FROM orders ORDER BY 1") == [(1,), (2,), (3,)]


def test_other_layers_are_applied_while_one_is_left(shop: Project) -> None:
    shop.run("UPDATE orders SET cents = 5 WHERE id = 1")
    shop.write("people.csv", CHANGED)
    outcome = shop.fill()
    assert (set(outcome.applied), {loss.layer for loss in outcome.left}) == ({"base"}, {"more"})
    assert names(shop) == ["Ana Maria", "Ben"]
    assert shop.ask("SELECT cents FROM orders WHERE id = 1") == [(5,)]


def test_a_layer_that_is_left_keeps_what_others_may_not_take_from_it(shop: Project) -> None:
    shop.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\n")
    with pytest.raises(SeedError, match="layer more hangs on one that is no longer named"):
        shop.fill(layers=("base",))
    assert names(shop) == ["Ana", "Ben"]
