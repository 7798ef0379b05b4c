"""The database of a stage at its host: migrations in a switch, copies before them, and the way back to a copy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_place
from stagekit.doors.ssh import SshDoor
from tests.remote.promote_fixtures import SmallStage, standing
from tests.support.drop_ins import wait_until
from tests.support.load import Load

MIGRATIONS = "migrations"
ROOM = "/mnt/small"
STANDING: dict[Path, SshDoor] = {}


@pytest.fixture(scope="module")
def stage(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStage]:
    """The small product with a database, promoted once."""
    with standing(engine, tmp_path_factory.mktemp("database") / "small", "promote", "database") as found:
        done = found.promote()
        assert done.returncode == 0, done.stdout + done.stderr
        with found.host.connect() as STANDING[found.folder]:
            yield found


def sql(stage: SmallStage, statement: str) -> list[str]:
    """What a statement answers, a line a row. Asked at the host, over a connection that stays: it is asked often."""
    found = 'docker exec "$(docker ps -q --filter name=-postgres-1)" psql -U app -Atc "$1"'
    done = STANDING[stage.folder].run(["sh", "-c", found, "sql", statement])
    assert done.ok, done.stderr
    return done.stdout.split()


def revision(stage: SmallStage) -> str:
    [found] = sql(stage, "select version_num from alembic_version")
    return found


def migration(stage: SmallStage, statement: str) -> str:
    """Commits a migration that is the newest; returns its revision."""
    folder = stage.folder / MIGRATIONS
    name = f"{max(int(path.stem) for path in folder.iterdir()) + 1:04}"
    (folder / f"{name}.sql").write_text(f"{statement}\n")
    stage.commit(f"migration {name}")
    return name


def forget(stage: SmallStage, name: str) -> None:
    """Takes a migration out again."""
    (stage.folder / MIGRATIONS / f"{name}.sql").unlink()
    stage.commit(f"without {name}")


def serving(stage: SmallStage) -> dict[str, object]:
    """The record of the release that serves."""
    told = json.loads(stage.there("releases", "--json").stdout)
    [found] = [release for release in told["releases"] if release["number"] == told["serving"]]
    return dict(found)


def kept(stage: SmallStage) -> list[str]:
    """The names of the copies that are kept."""
    return [one["name"] for one in json.loads(stage.there("snapshots", "--json").stdout)]


def test_a_full_disk_ends_a_promotion_before_anything_is_done(stage: SmallStage) -> None:
    volume = f"{serving(stage)['project']}_stagekit-snapshots"
    binds = f"docker volume create --opt type=none --opt o=bind --opt device={ROOM} {volume}"
    # 100 MB stay free for the database; what is left holds less than the copy.
    room = f"mkdir -p {ROOM} && mount -t tmpfs -o size=99m none {ROOM} && {binds}"
    assert stage.host.run("sh", "-c", room).ok
    sql(stage, "insert into notes select n, sha512(random()::text::bytea)::text from generate_series(1000, 40000) n")
    name = migration(stage, "ALTER TABLE notes ADD COLUMN never text;")
    try:
        done = stage.promote()
        assert done.returncode == 4, done.stdout + done.stderr
        assert "the disk has no room for the snapshot" in done.stderr
        assert stage.host.run("ls", ROOM).stdout == ""
        assert revision(stage) == "0001"
        assert (stage.page(), serving(stage)["number"]) == ("one small", 1)
    finally:
        forget(stage, name)
        sql(stage, "truncate notes")
        assert stage.host.run("sh", "-c", f"docker volume rm {volume} && umount {ROOM}").ok


def test_what_running_code_cannot_live_with_is_refused(stage: SmallStage) -> None:
    before = revision(stage)
    name = migration(stage, "ALTER TABLE notes DROP COLUMN at;")
    refused = stage.promote()
    assert refused.returncode == 1
    assert "ban-drop-column" in refused.stderr
    assert "[migration-breaking]" in refused.stderr
    assert revision(stage) == before
    forget(stage, name)


def test_a_failing_migration_stops_before_traffic_moves_and_nothing_is_lost(stage: SmallStage) -> None:
    before, number = revision(stage), serving(stage)["number"]
    name = migration(stage, "DROP TABLE notes;\nSELECT 1 / 0;")
    stage.edit('VERSION = "one"', 'VERSION = "two"')
    stage.commit()
    with Load(stage.port, stage.authority, ["/", "/ready"]) as load:
        done = stage.promote("--allow-breaking-migration")
    assert done.returncode == 4, done.stdout + done.stderr
    assert "division by zero" in done.stderr
    assert (load.tally.failed, load.tally.failures) == (0, {})
    assert (revision(stage), serving(stage)["number"], stage.page()) == (before, number, "one small")
    assert sql(stage, "select count(*) from notes") == ["0"]
    forget(stage, name)


def test_code_that_fails_after_its_migration_goes_and_the_schema_stays(stage: SmallStage) -> None:
    name = migration(stage, "ALTER TABLE notes ADD COLUMN later text;")
    stage.edit('WRONG = ""', 'WRONG = "smoke"')
    stage.commit()
    done = stage.promote()
    assert done.returncode == 4, done.stdout + done.stderr
    # The migrations of what serves do not know this revision, and would fail if they were run.
    assert (revision(stage), stage.page()) == (name, "one small")
    stage.edit('WRONG = "smoke"', 'WRONG = ""')
    stage.commit()
    done = stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "snapshot" not in done.stdout  # nothing is pending any more
    assert (revision(stage), stage.page(), serving(stage)["snapshot"]) == (name, "two small", None)


def test_the_way_back_is_older_code_and_then_the_copy_from_before(stage: SmallStage) -> None:
    before = revision(stage)
    name = migration(stage, "CREATE TABLE more (id int PRIMARY KEY);")
    stage.edit('VERSION = "two"', 'VERSION = "three"')
    stage.commit()
    done = stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"migrate   {before} -> {name}, old code can live with it" in done.stdout
    record = serving(stage)
    assert (record["migration"], revision(stage), stage.page()) == (name, name, "three small")
    copy = record["snapshot"]
    assert isinstance(copy, dict)
    assert (copy["name"], copy["revision"]) == (f"before-{record['number']}", before)
    back = stage.there("rollback", "--yes")
    assert back.returncode == 0, back.stdout + back.stderr
    assert f"the schema stays at {name}; the code of " in back.stdout
    assert f"knew {before}" in back.stdout
    assert f"stagekit restore {copy['name']} --stage {stage.name}` would lose " in back.stdout
    assert (revision(stage), stage.page()) == (name, "two small")
    restored = stage.there("restore", copy["name"], "--confirm", stage.name)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "wants" not in restored.stdout
    assert revision(stage) == before
    # The newer code again: it finds the schema older than it left it.
    assert stage.promote().returncode == 0
    assert (revision(stage), stage.page()) == (name, "three small")


def test_a_restored_copy_takes_the_place_of_the_database_under_its_clients(stage: SmallStage) -> None:
    sql(stage, "insert into notes (id, text) values (1, 'kept')")
    assert stage.there("snapshot", "demo").returncode == 0
    assert stage.there("snapshot", "demo").returncode == 1  # the name is taken
    sql(stage, "insert into notes (id, text) values (2, 'lost')")
    words = ["psql", "--stage", stage.name, "-c", "select pg_sleep(120)"]
    call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(stage.folder), *words]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as client:
        asked = "select count(*) from pg_stat_activity where query = 'select pg_sleep(120)'"
        wait_until(lambda: sql(stage, asked) == ["1"], "a client waits")
        refused = stage.there("restore", "demo", input="local\n")
        assert refused.returncode == 1
        assert "[restore-unconfirmed]" in refused.stderr
        bea = {**os.environ, "LOGNAME": "bea"}
        assert stage.there("claim", "a demo", "1h", env=bea).returncode == 0
        refused = stage.there("restore", "demo", "--confirm", stage.name)
        assert "[stage-claimed]" in refused.stderr
        assert stage.there("claim", "--release", env=bea).returncode == 0
        assert client.poll() is None
        done = stage.there("restore", "demo", input=f"{stage.name}\n")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "minute of writes" in done.stdout
        assert client.wait(30) != 0
    assert stage.there("psql", "-Atc", "select text from notes order by id").stdout == "kept\n"
    assert stage.there("snapshots", "remove", "demo").returncode == 0
    assert "demo" not in kept(stage)
    assert sql(stage, "select datname from pg_database where datname like 'app%'") == ["app"]


def test_what_cannot_be_restored_leaves_the_data(stage: SmallStage, tmp_path: Path) -> None:
    sql(stage, "insert into notes select n, n::text from generate_series(100, 5000) n")
    whole, cut, noise = (tmp_path / name for name in ("whole.dump", "cut.dump", "noise.dump"))
    done = stage.there("snapshot", "--to", str(whole))
    assert done.returncode == 0, done.stdout + done.stderr
    cut.write_bytes(whole.read_bytes()[:-2000])
    noise.write_bytes(b"no archive of anything\n" * 1000)
    for file in (cut, noise):
        done = stage.there("restore", "--from", str(file), "--confirm", stage.name)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "[restore-failed]" in done.stderr
    assert sql(stage, "select count(*) from notes where id >= 100") == ["4901"]
    assert sql(stage, "select datname from pg_database where datname like 'app%'") == ["app"]
    assert not [name for name in kept(stage) if name.startswith("from-file")]


def test_a_copy_of_one_stage_can_become_the_database_of_another(
    stage: SmallStage, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "there.dump"
    assert stage.there("snapshot", "--to", str(file)).returncode == 0
    try:
        assert stage.stagekit("up").returncode == 0
        done = stage.stagekit("restore", "--from", str(file), "--confirm", "local")
        assert done.returncode == 0, done.stdout + done.stderr
        rows = "select count(*) from notes"
        assert stage.stagekit("psql", "-Atc", rows).stdout.split() == sql(stage, rows)
        assert stage.stagekit("snapshot", "here", "--to", str(tmp_path / "here.dump")).returncode == 0
    finally:
        stage.stagekit("down", "--volumes")
        volume = f"{open_place(stage.folder).project}_stagekit-snapshots"
        done = subprocess.run([engine.docker, "volume", "rm", volume], env=engine.env, capture_output=True, check=False)
    assert done.returncode == 0, "a copy outlives the stage's own volumes"


def test_a_deployer_killed_during_the_snapshot_leaves_nothing_of_it(stage: SmallStage) -> None:
    before, page = revision(stage), stage.page()
    name = migration(stage, "ALTER TABLE notes ADD COLUMN killed text;")
    stage.build()
    call = [sys.executable, "-m", "stagekit.cli.main", "--project-directory", str(stage.folder)]
    hold = [*call, "psql", "--stage", stage.name, "-c", "begin; lock table notes; select pg_sleep(120)"]
    waiting = "select count(*) from pg_stat_activity where application_name = 'pg_dump' and wait_event_type = 'Lock'"
    with subprocess.Popen(hold, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as holding:
        held = "select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted"
        wait_until(lambda: sql(stage, held) != ["0"], "the table is locked")
        with subprocess.Popen(
            [*call, "promote", "--stage", stage.name, "--yes"], stdout=subprocess.DEVNULL
        ) as deployer:
            wait_until(lambda: sql(stage, waiting) == ["1"], "the copy is being made", seconds=60)
            deployer.kill()
        sql(stage, "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(120)'")
        holding.wait(30)
    assert (revision(stage), stage.page()) == (before, page)
    done = stage.there("promote", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    # No traffic had to move for a migration alone: there is nothing to go back to, and it is finished, after a copy.
    assert "was cut off; finishing it" in done.stdout
    record = serving(stage)
    assert (revision(stage), record["snapshot"]["revision"]) == (name, before)
    assert kept(stage).count(record["snapshot"]["name"]) == 1
    left = f"ls /var/lib/docker/volumes/{record['project']}_stagekit-snapshots/_data; docker ps --all"
    assert not {".new", "stagekit-take"} & set(
        re.findall(r"\.new|stagekit-take", stage.host.run("sh", "-c", left).stdout)
    )


def test_copies_go_with_the_releases_that_are_no_longer_kept(stage: SmallStage) -> None:
    record = serving(stage)
    folder = f".local/state/stagekit/{record['project']}/{stage.name}"
    volume = f"/var/lib/docker/volumes/{record['project']}_stagekit-snapshots/_data"
    made = [f"{volume}/{name}.dump" for name in ("before-91", "before-91-2", "before-9")]
    assert stage.host.run("touch", *made).ok
    copy = {"name": "before-91", "at": record["at"], "size": 1, "seconds": 1, "revision": ""}
    # Enough newer records that this one is the oldest of them all.
    lines = [f"cd ~deploy/{folder}", "rm -f release-*.json"]
    for number in range(91, 101):
        text = json.dumps({**record, "number": number, "snapshot": copy if number == 91 else None})
        lines.append(f"cat >release-{number:06}.json <<'END'\n{text}\nEND")
    lines.append('echo \'{"number": 100, "at": "", "attempted": 100}\' >serving.json; chown -R deploy .')
    assert stage.host.run("sh", "-ec", "\n".join(lines)).ok
    stage.edit('VERSION = "three"', 'VERSION = "four"')
    stage.commit()
    done = stage.promote()
    assert done.returncode == 0, done.stdout + done.stderr
    assert serving(stage)["number"] == 101
    left = kept(stage)
    assert "before-9" in left
    assert not {"before-91", "before-91-2"} & set(left)
