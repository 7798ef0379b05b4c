"""A seed that is wrong: the file, the line and the column are named, and nothing is loaded."""

from __future__ import annotations

import pytest

from stagekit_seed import SeedError
from tests.stack.seed.project import ORDERS, PEOPLE, Project
from tests.support.seeding import loader

pytestmark = pytest.mark.engine
HEAD = "id,name,born\n"


@pytest.mark.parametrize("again", [False, True], ids=["empty table", "filled table"])
@pytest.mark.parametrize(
    ("people", "orders", "words"),
    [
        (PEOPLE, ORDERS + "3,ana,3,many\n", 'orders.csv, line 4, column cents: invalid input syntax .* "many"'),
        (PEOPLE, ORDERS + "3,nobody,3,1\n", 'orders.csv, line 4, column person: .*"orders_person_fkey".*nobody'),
        (PEOPLE, ORDERS + "3,ana,3,-1\n", 'orders.csv, line 4: .*"orders_cents_check"'),
        (PEOPLE, ORDERS + "3,ana,2,1\n", 'orders.csv, line 4.*"orders_number_key".*=\\(2\\)'),
        (PEOPLE, ORDERS + "2,ana,3,1\n", "orders.csv, .* 4|orders.csv, row 3"),
        (PEOPLE, ORDERS + "3,ana,3\n", "orders.csv, line 4: has 3 fields, and the header names 4 columns"),
        (PEOPLE, ORDERS + '3,"ana,3,1\n', "orders.csv, line 4: is no CSV"),
        (PEOPLE, ORDERS.replace("cents", "sents"), "orders.csv, line 1: the table orders has no column sents"),
        (PEOPLE, "id,person,number\n1,ana,1\n", "orders.csv, line 1: no value for the column cents"),
        (PEOPLE, "person,number,cents\nana,1,1\n", "orders.csv, line 1: no value for the column id of orders, its key"),
        (PEOPLE, "id,id,cents\n1,1,1\n", "orders.csv, line 1: the column id is there twice"),
        (HEAD + 'ana,"two\nlines",\nben,"a\0b",\n', ORDERS, "people.csv, line 4, column name: holds a NUL"),
        (HEAD + "ana,Ana,-3 14 25:20\n", ORDERS, "people.csv, line 2, column born: .*names no day from 1 to 31"),
        (HEAD + "ana,Ana,yesterday-ish\n", ORDERS, "people.csv, line 2, column born: invalid input syntax"),
        (HEAD + "ana,\udce4,\n", ORDERS, "people.csv, line 2: is not UTF-8"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_nothing_is_loaded(
    project: Project, people: str, orders: str, words: str, again: bool
) -> None:
    project.shop()
    if again:
        project.fill()
    before = project.versions() if again else {}
    project.write("people.csv", people.encode("utf-8", "surrogateescape" if "\udce4" in people else "strict"))
    project.write("orders.csv", orders)
    with pytest.raises(SeedError, match=words) as refused:
        project.fill()
    assert refused.value.next
    if again:
        assert project.versions() == before
    else:
        assert project.ask("SELECT count(*) FROM people") == [(0,)]
        assert project.ask("SELECT to_regnamespace('stagekit_seed')::text") == [(None,)]


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("def rows(seed):\n    yield {'id': 'a', 'name': 'A'}\n    yield {'id': 'b'}\n", "more.py, row 2, column name"),
        ("def rows(seed):\n    yield {'id': 'a', 'name': 'A'}\n    raise KeyError\n", "more.py, line 3, after row 1"),
        ("def rows(seed):\n    yield ['a']\n", "more.py, row 1: yields a list"),
        ("def rows(seed):\n    yield {'id': 'a', 'name': object()}\n", "more.py, row 1, column name: is a object"),
        ("def rows(seed)\n", "more.py, line 1: SyntaxError"),
        ("def lines(seed):\n    yield {}\n", "more.py: has no function rows"),
        ("def rows(seed):\n    yield {'id': 'a', 'name': 'A'}\n    yield {'id': 'b', 'name': 'B', 'note': 'x'}\n",
         "more.py, row 2: names the column note, which the first row does not"),
    ],
)  # fmt: skip
def test_a_bad_row_group_is_named_with_its_line(project: Project, group: str, words: str) -> None:
    project.shop()
    project.write("more.py", group)
    project.one(["people.csv people", "more.py people"])
    with pytest.raises(SeedError, match=words):
        project.fill()
    assert project.ask("SELECT count(*) FROM people") == [(0,)]


def test_bad_sql_is_named_with_its_line(project: Project) -> None:
    project.shop()
    project.one(["people.csv people", "more.sql"])
    project.write("more.sql", "SELECT 1;\nSELECT nonsense FROM people;\n")
    with pytest.raises(SeedError, match=r"more\.sql, line 2: column \"nonsense\" does not exist"):
        project.fill()
    project.write("more.sql", "SELECT 1;\ncommit;\n")
    with pytest.raises(SeedError, match=r"more\.sql, line 2: `commit` has no place in a seed"):
        project.fill()
    assert project.ask("SELECT count(*) FROM people") == [(0,)]


def test_a_table_that_cannot_be_seeded_says_why(project: Project) -> None:
    project.shop()
    project.run("CREATE TABLE plain (id int)")
    project.write("plain.csv", "id\n1\n")
    project.one(["plain.csv plain"])
    with pytest.raises(SeedError, match="the table plain has no primary key"):
        project.fill()
    project.one(["plain.csv nowhere"])
    with pytest.raises(SeedError, match="the database has no table nowhere"):
        project.fill()


def test_the_process_says_what_where_and_next_and_ends_with_one(project: Project) -> None:
    project.shop()
    project.write("orders.csv", ORDERS + "3,ana,3,many\n")
    done = loader(project.url, project.folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        'seed: orders.csv, line 4, column cents: invalid input syntax for type integer: "many"',
        "next: correct the row; nothing was loaded",
    ]
    assert loader("", project.folder).stderr.startswith("seed: DATABASE_URL is missing")
    assert loader(project.url, project.folder / "none").returncode == 1
    assert "--scale is a number" in loader(project.url, project.folder, "--scale", "none").stderr
