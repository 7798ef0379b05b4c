"""What `seed`, `reset`, `snapshot`, `restore` and `snapshots` do to a stage's data, on a real Postgres."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.support.seeded import NAME, SEEDED, USER, Seeded

pytestmark = pytest.mark.engine

# What belongs to the database itself, and neither to its content nor to a clone of it.
OWN = """
select json_build_array(pg_get_userbyid(datdba), datacl::text, datconnlimit, shobj_description(d.oid, 'pg_database'),
    (select array_agg(setrole::regrole || ': ' || setconfig::text order by setrole) from pg_db_role_setting
     where setdatabase = d.oid), encoding, datcollate, datistemplate, datallowconn)::text
from pg_database d where datname = current_database()
"""


def test_a_reset_puts_rows_and_the_state_outside_back_to_the_seed(data: Seeded) -> None:
    data.write("a person's")
    data.rows("delete from notes where id < 50 returning id")
    data.inbox("a mail")
    said = data.done("reset")
    assert (data.notes(), data.inbox()) == (SEEDED, "seed one")
    assert "Lost for good" in said and "`stagekit snapshot` before a reset keeps them" in said
    assert re.search(r"^reset: database \d+\.\d\d s \(\d\.\d MB\), mail \d+\.\d s$", said, re.M), said
    assert not {"new", "old"} & data.databases()


def test_a_reset_keeps_what_belongs_to_the_database_itself(data: Seeded) -> None:
    ours = '"it\'s ""ours""; ü"'
    with data.connect() as connection:
        for statement in (
            "create role reader",
            f"grant connect on database {ours} to reader with grant option",
            f"revoke temporary on database {ours} from public",
            f"alter database {ours} set search_path to \"$user\", 'a b', public",
            f"alter database {ours} set default_transaction_read_only to on",
            f"alter role reader in database {ours} set work_mem to '8MB'",
            f"alter database {ours} connection limit 77",
            f"comment on database {ours} is 'it''s ours, \\ ü'",
        ):
            connection.execute(statement)  # type: ignore[call-overload]
    try:
        before = data.rows(OWN)
        assert "reader" in before[0] and "read_only" in before[0]
        data.done("reset")
        assert data.rows(OWN) == before
        data.done("snapshot", "own")
        data.done("restore", "own", "--confirm", "local")
        assert data.rows(OWN) == before
    finally:
        with data.connect(options="-c default_transaction_read_only=off") as connection:
            connection.execute(f"alter database {ours} reset all")
            connection.execute(f"alter role reader in database {ours} reset all")
            connection.execute(f"alter database {ours} connection limit -1")
            connection.execute(f"grant temporary on database {ours} to public")
            connection.execute(f"revoke all on database {ours} from reader")
            connection.execute("drop role reader")


def test_a_second_seed_changes_nothing_and_says_so(data: Seeded) -> None:
    before = data.rows("select xmin::text from notes order by id")
    assert data.done("seed") == "seed: notes: there already, nothing to do\n"
    assert data.rows("select xmin::text from notes order by id") == before


def test_a_seed_that_would_lose_rows_of_people_asks_and_takes_no_for_no(data: Seeded) -> None:
    data.write("a person's")
    changed = {**os.environ, "SEED_TEXT": "two"}
    for answer in ("n\n", "", "\n"):
        refused = data.stagekit("seed", env=changed, input=answer)
        assert refused.returncode == 1 and "[data-unconfirmed]" in refused.stderr
        assert "1 notes of people would go" in refused.stdout
        assert data.notes() == [*SEEDED, "a person's"]
    assert data.stagekit("seed", env=changed, input="y\n").returncode == 0
    assert data.notes()[0] == "seed two 1" and len(data.notes()) == 100
    data.write("another's")
    data.done("seed", "--yes", "--scale", "3")
    assert len(data.notes()) == 300
    data.done("seed", "--yes", "--scale", "1")


def test_a_seed_that_fails_says_where_and_loads_nothing(data: Seeded) -> None:
    failed = data.stagekit("seed", env={**os.environ, "SEED_TEXT": "wrong"})
    assert failed.returncode == 1 and "[seed-failed]" in failed.stderr
    assert "notes.csv, line 7, column text" in failed.stderr
    assert data.notes() == SEEDED


def test_a_template_that_cannot_be_made_leaves_the_data_and_nothing_else(data: Seeded) -> None:
    data.rows("update stagekit_seed.layers set wanted = 'of a newer seed' returning name")
    data.write("a person's")
    before = data.databases()
    failed = data.stagekit("reset", env={**os.environ, "SEED_TEXT": "wrong"})
    assert failed.returncode == 1 and "[seed-failed]" in failed.stderr
    assert (data.notes()[-1], data.databases()) == ("a person's", before)


def test_the_status_shows_layers_hashes_rows_and_the_template(data: Seeded) -> None:
    said = data.done("seed", "status")
    assert re.search(r"✓ notes  applied  [0-9a-f]{12} +100 rows", said), said
    assert "template ✓  a reset clones" in said and "on the disk" in said
    told = json.loads(data.done("seed", "status", "--json"))
    [layer] = told["layers"]
    assert (layer["name"], layer["rows"], told["scale"], told["instant"]) == ("notes", 100, 1, "2026-05-01")
    assert told["template"]["note"]["revision"] == "0001"
    assert told["template"] in told["templates"]


def test_templates_are_kept_by_seed_and_the_least_recently_used_goes_first(data: Seeded) -> None:
    few = {**os.environ, "STAGEKIT_TEMPLATES": "2"}
    data.done("snapshot", "named")
    for scale in ("2", "3"):
        data.done("seed", "--scale", scale)
        said = data.done("reset", env=few)
        assert len(data.notes()) == 100 * int(scale)
    assert "older" in said
    told = json.loads(data.done("seed", "status", "--json"))
    assert [one["note"]["scale"] for one in told["templates"] if one["note"]["kind"] == "seed"] == [2, 3]
    assert "snap_named" in data.databases()
    data.done("seed", "--scale", "2")
    assert "migrating" not in data.done("reset", env=few)  # its template is kept
    data.done("seed", "--scale", "1")


def test_a_snapshot_comes_back_whole_and_is_removed_by_name(data: Seeded) -> None:
    data.write("kept")
    assert "snapshot demo, " in data.done("snapshot", "demo")
    again = data.stagekit("snapshot", "demo")
    assert again.returncode == 1 and "[snapshot-name]" in again.stderr
    data.write("lost", 1_000_001)
    refused = data.stagekit("restore", "demo", input="no\n")
    assert refused.returncode == 1 and "[restore-unconfirmed]" in refused.stderr
    data.done("restore", "demo", "--confirm", "local")
    assert data.notes() == [*SEEDED, "kept"]
    listed = data.done("snapshots")
    assert re.search(r"demo  template  2026\S+Z  just now +\d\.\d MB  schema at 0001", listed), listed
    assert "template" in listed.splitlines()[-1]
    assert data.done("snapshots", "rm", "demo") == "local: demo removed\n"
    gone = data.stagekit("restore", "demo", "--confirm", "local")
    assert "[snapshot-unknown]" in gone.stderr


def test_a_file_of_an_older_postgres_comes_back_and_that_of_a_newer_one_is_refused(
    data: Seeded, tmp_path: Path
) -> None:
    file, older, newer, unread = (tmp_path / f"{name}.dump" for name in ("a", "older", "newer", "unread"))
    data.write("kept")
    data.done("snapshot", "--to", str(file))
    content = file.read_bytes()
    [version] = set(re.findall(rb"(?<=\0)17\.\d+ \(", content[:200]))
    older.write_bytes(content.replace(version, b"16" + version[2:]))
    newer.write_bytes(content.replace(version, b"18" + version[2:]))
    unread.write_bytes(content[:6] + b"\x63" + content[7:])  # the minor version of the archive's form
    data.write("lost", 1_000_001)
    for wrong in (newer, unread):
        refused = data.stagekit("restore", "--from", str(wrong), "--confirm", "local")
        assert refused.returncode == 1 and "[restore-newer]" in refused.stderr, refused.stderr
        assert "lost" in data.notes()
    assert "it is of Postgres 18; this one is 17" in data.stagekit("restore", "--from", str(newer)).stderr
    for read in (file, older):
        data.write("lost", 1_000_002)
        data.done("restore", "--from", str(read), "--confirm", "local")
        assert data.notes() == [*SEEDED, "kept"]
    assert not {"new", "old"} & data.databases()


def test_a_restore_of_another_schema_says_what_it_does(data: Seeded) -> None:
    data.done("snapshot", "older")
    data.rows("update alembic_version set version_num = '0002' returning 1")
    data.done("snapshot", "newer")
    said = data.stagekit("restore", "older").stdout
    assert "its schema is at 0001; `stagekit up` runs the migrations from there again" in said
    data.rows("update alembic_version set version_num = '0001' returning 1")
    said = data.stagekit("restore", "newer").stdout
    assert "its schema is at 0002, which the code does not know: it is older than the snapshot" in said


def test_names_that_have_to_be_quoted_are_what_all_of_this_ran_with(data: Seeded) -> None:
    assert data.rows("select current_user || current_database()") == [USER + NAME]
