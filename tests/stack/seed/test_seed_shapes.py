"""Tables and values of every shape."""

from __future__ import annotations

import psycopg
import pytest

from tests.stack.seed.project import Project

pytestmark = pytest.mark.engine

HOSTILE = [
    "it's \"quoted\"", "two\nlines\r\nand a tab\t", "back\\slash \\N \\.", "\\.", "NULL", "чай 🍵 李小龍 \u202egnp.exe",
    "'); DROP TABLE people;--", "{}", "a,b;c", " spaces ", "x" * 1_000_000, "%s %(x)s $1",
]  # fmt: skip


def test_hostile_texts_come_out_as_they_went_in(project: Project) -> None:
    project.shop()
    project.write(
        "more.py",
        f"def rows(seed):\n    for n, text in enumerate({HOSTILE!r}):\n        yield {{'id': str(n), 'name': text}}\n",
    )
    cells = ["{},{}".format(n + 100, '"' + text.replace('"', '""') + '"') for n, text in enumerate(HOSTILE)]
    project.write("people.csv", "id,name\n" + "\n".join(cells) + "\n")
    project.one(["more.py people", "people.csv people"])
    for _ in range(2):  # straight into the empty table, then merged
        project.fill()
        assert [name for (name,) in project.ask("SELECT name FROM people ORDER BY id::int")] == HOSTILE * 2
        project.run("UPDATE people SET note = 'of ours'")
        project.write("more.sql", "SELECT 1")
        project.one(["more.py people", "people.csv people", "more.sql"])


def test_names_of_tables_and_columns_may_be_anything(project: Project) -> None:
    project.run(
        'CREATE SCHEMA "my schema"; CREATE TABLE "my schema"."Order ""5%s" ("a b" int PRIMARY KEY,'
        ' "Größe%" text UNIQUE, "select" text)'
    )
    project.write("rows.csv", '"a b",Größe%,select\n1,x,y\n2,z,\n')
    project.write(
        "manifest.toml",
        '[[layer]]\nname = "it\'s %s"\nfiles = [{ path = "rows.csv", table = \'my schema.Order "5%s\' }]\n',
    )
    project.fill()
    project.write("rows.csv", '"a b",Größe%,select\n1,x,y\n2,z,w\n')
    project.fill()
    assert project.ask('SELECT * FROM "my schema"."Order ""5%s" ORDER BY 1') == [(1, "x", "y"), (2, "z", "w")]


def test_tables_that_refer_to_each_other_load_in_any_order_and_are_looked_at_in_the_end(project: Project) -> None:
    project.run(
        "CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id int PRIMARY KEY,"
        " a int NOT NULL REFERENCES a, up int REFERENCES b);"
        "ALTER TABLE a ADD CONSTRAINT circle FOREIGN KEY (b) REFERENCES b"
    )
    project.write("a.csv", "id,b\n1,1\n2,2\n")
    project.write("b.csv", "id,a,up\n1,2,2\n2,1,1\n")
    project.one(["a.csv a", "b.csv b"])
    query = "SELECT conname, condeferrable, condeferred FROM pg_constraint WHERE contype = 'f' ORDER BY 1"
    before = project.ask(query)
    project.fill()
    project.write("a.csv", "id,b\n3,3\n")
    project.write("b.csv", "id,a,up\n3,3,3\n")
    project.fill()
    assert project.ask("SELECT * FROM b") == [(3, 3, 3)]
    assert project.ask(query) == before
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        project.run("INSERT INTO a VALUES (9, 9)")


def test_sequences_hand_out_no_value_that_the_seed_has(project: Project) -> None:
    project.run(
        "CREATE SEQUENCE shared START 1001; CREATE TABLE t (id serial PRIMARY KEY,"
        " number int DEFAULT nextval('shared'), code bigint GENERATED ALWAYS AS IDENTITY,"
        " twice int GENERATED ALWAYS AS (id * 2) STORED)"
    )
    project.write("t.csv", "id,number,code\n5,1500,40\n6,7,41\n")
    project.one(["t.csv t"])
    project.fill()
    project.run("INSERT INTO t DEFAULT VALUES")
    assert project.ask("SELECT * FROM t ORDER BY id") == [(5, 1500, 40, 10), (6, 7, 41, 12), (7, 1501, 42, 14)]
    project.write("t.csv", "id,number,code\n5,1500,40\n")
    project.fill()
    project.run("INSERT INTO t DEFAULT VALUES")
    assert project.ask("SELECT max(id), max(number) FROM t") == [(8, 1502)]


def test_a_unique_value_may_wander_from_row_to_row(project: Project) -> None:
    project.run(
        "CREATE TABLE t (id int PRIMARY KEY, number int NOT NULL, UNIQUE (number));"
        "CREATE UNIQUE INDEX i ON t (number, id)"
    )
    project.write("t.csv", "id,number\n1,1\n2,2\n3,3\n")
    project.one(["t.csv t"])
    project.fill()
    project.write("t.csv", "id,number\n1,2\n2,3\n3,1\n4,4\n")
    assert project.fill().left == []
    assert project.ask("SELECT number FROM t ORDER BY id") == [(2,), (3,), (1,), (4,)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        project.run("INSERT INTO t VALUES (5, 4)")


def test_unique_values_wander_while_other_rows_come_and_go(project: Project) -> None:
    project.shop().fill()
    project.write("people.csv", "id,name,born\nana,Ana,-3 14 09:20\nzoe,Zoe,\n")
    project.write("orders.csv", "id,person,number,cents\n1,zoe,2,100\n3,ana,1,200\n4,zoe,7,1\n")
    assert project.fill().left == []
    assert project.ask("SELECT id, person, number FROM orders ORDER BY 1") == [
        (1, "zoe", 2),
        (3, "ana", 1),
        (4, "zoe", 7),
    ]


def test_keys_of_several_columns_and_of_other_types(project: Project) -> None:
    project.run("CREATE TABLE t (day date, who uuid, what text, PRIMARY KEY (day, who))")
    who = "7c0e1e6c-2b5f-4a58-9a55-0d4e0b0a9a11"
    project.write("t.csv", f'day,who,what\n-1 2,{who},"a,b"\n2026-01-01,{who.upper()},\n')
    project.one(["t.csv t"])
    project.fill()
    before = project.versions()["public.t"]
    project.write("t.csv", f'day,who,what\n-1 2,{who},"a,b"\n2026-01-01,{who.upper()},\n-2 3,{who},c\n')
    project.fill()
    assert set(before) < set(project.versions()["public.t"])
    assert project.ask("SELECT day::text FROM t ORDER BY 1") == [("2026-01-01",), ("2026-03-03",), ("2026-04-02",)]


def test_values_of_python_and_toml_reach_columns_of_every_type(project: Project) -> None:
    project.run(
        "CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN doc AS jsonb; CREATE TABLE t (id int PRIMARY KEY, j jsonb,"
        " d doc, k json, a text[], b bytea, n numeric, f float8, o boolean, m mood, s interval, w timestamp)"
    )
    project.write(
        "t.py",
        "from datetime import timedelta\nfrom decimal import Decimal\n\n\ndef rows(seed):\n"
        "    yield dict(id=1, j={'a': [1, 'é', None]}, d='text', k=[], a=['x', 'y \"z\"', None, ''], b=b'\\x00\\xff',"
        " n=Decimal('1.50'), f=0.1, o=True, m='good', s=timedelta(days=1, seconds=2), w='-1 2 03:04')\n",
    )
    project.write(
        "t.toml", '[[t]]\nid = 2\nj = ["x"]\no = false\nw = 2026-01-02T03:04:05Z\n\n[[t]]\nid = 3\nm = "good"\n'
    )
    project.one(["t.py t", "t.toml t"])
    project.fill()
    first, second, third = project.ask(
        "SELECT j, d, k, a, b, n::text, f, o, m::text, s::text, w::text FROM t ORDER BY id"
    )
    assert first[:5] == ({"a": [1, "é", None]}, "text", [], ["x", 'y "z"', None, ""], b"\x00\xff")
    assert first[5:] == ("1.50", 0.1, True, "good", "1 day 00:00:02", "2026-04-02 03:04:00")
    assert (second[0], second[7], second[10]) == (["x"], False, "2026-01-02 03:04:05")
    assert third[8] == "good"
    project.write("t.toml", '[[t]]\nid = 2\nj = ["y"]\n')
    project.fill()
    assert project.ask("SELECT id FROM t ORDER BY 1") == [(1,), (2,)]


def test_a_column_with_a_default_that_the_seed_leaves_out_gets_it(project: Project) -> None:
    project.run("CREATE TABLE t (id int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), n int DEFAULT 7)")
    project.write("t.csv", "id\n1\n")
    project.one(["t.csv t"])
    project.fill()
    before = project.ask("SELECT * FROM t")
    project.write("t.csv", "id\n1\n2\n")
    project.fill()
    after = project.ask("SELECT * FROM t ORDER BY id")
    assert after[0] == before[0] and after[1][2] == 7
