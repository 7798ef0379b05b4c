"""The Postgres drop-in: the official image's variables, and a data directory that is whole or made anew."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from docker.models.containers import Container

from tests.support.drop_ins import Lab, execute, logs, wait_until

pytestmark = pytest.mark.engine

DATA = "/var/lib/postgresql/data"
INIT = "/docker-entrypoint-initdb.d"
APP = {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "it's secret", "POSTGRES_DB": "shop"}


def test_a_new_database_has_its_user_password_name_and_locale(lab: Lab) -> None:
    server = _ready(lab.start("postgres", "-c", "max_connections=33", environment=APP))

    assert _ask(server, "show max_connections") == "33"
    assert _ask(server, "select datcollate from pg_database where datname = 'shop'") == "en_US.utf8"
    assert "password authentication failed" in _ask(server, "select 1", password="wrong")
    assert _runs_as(server) == "999"
    assert execute(server, "pg_dump", "--version")[0] == execute(server, "pg_restore", "--version")[0] == 0


@pytest.mark.parametrize("settings", [{}, {"POSTGRES_PASSWORD": ""}])
def test_an_empty_directory_without_a_password_is_refused(lab: Lab, settings: dict[str, str]) -> None:
    server = lab.start("postgres", environment=settings)

    assert server.wait(timeout=30)["StatusCode"] == 1
    assert "POSTGRES_PASSWORD" in logs(server)


def test_trust_needs_no_password_and_says_what_it_means(lab: Lab) -> None:
    server = _ready(lab.start("postgres", environment={"POSTGRES_HOST_AUTH_METHOD": "trust"}), user="postgres")

    assert "without a password" in logs(server)


def test_settings_may_come_from_files_but_not_from_both(lab: Lab) -> None:
    files = {"/run/user": "filed\n", "/run/password": "from a file\n"}
    named = {"POSTGRES_USER_FILE": "/run/user", "POSTGRES_PASSWORD_FILE": "/run/password"}
    server = _ready(lab.start("postgres", files=files, environment=named), user="filed")

    both = lab.start("postgres", files=files, environment={**named, "POSTGRES_PASSWORD": "x"})

    assert _ask(server, "select current_user", user="filed", database="filed", password="from a file") == "filed"
    assert both.wait(timeout=30)["StatusCode"] == 1
    assert "both set" in logs(both)


def test_init_files_run_in_order_against_a_server_on_its_socket_alone(lab: Lab) -> None:
    add = "psql -U $POSTGRES_USER -d $POSTGRES_DB -c 'insert into t values (2)'"
    look = f"touch {DATA}/seen; ! pg_isready -q -h 127.0.0.1 || touch {DATA}/tcp"
    files = {
        f"{INIT}/1.sql": "create table t (n int); insert into t values (1);",
        f"{INIT}/2.sh": f"#!/bin/bash\n{add}; {look}\n",
        f"{INIT}/3.txt": "left alone",
    }
    server = lab.start("postgres", environment=APP, files=files)

    _ready(server)

    assert _ask(server, "select string_agg(n::text, ',' order by n) from t") == "1,2"
    assert execute(server, "ls", f"{DATA}/seen")[0] == 0
    assert execute(server, "ls", f"{DATA}/tcp")[0] != 0
    assert "left out: /docker-entrypoint-initdb.d/3.txt" in logs(server)


def test_packed_sql_runs_too(lab: Lab) -> None:
    packed = gzip.compress(b"create table packed (n int);")
    server = _ready(lab.start("postgres", environment=APP, files={f"{INIT}/1.sql.gz": packed}))

    assert _ask(server, "select count(*) from packed") == "0"


def test_data_survives_kill_and_is_not_made_again(lab: Lab) -> None:
    kept = _on(lab.volume())
    first = _ready(lab.start("postgres", environment=APP, **kept))
    _ask(first, "create table kept (n int)")
    first.kill()

    second = _ready(lab.start("postgres", files={f"{INIT}/1.sql": "create table again (n int)"}, **kept))

    assert _ask(second, "select to_regclass('kept'), to_regclass('again')") == "kept|"


def test_a_failed_init_file_ends_the_start_and_the_next_begins_again(lab: Lab) -> None:
    kept = _on(lab.volume())
    first = lab.start("postgres", environment=APP, files={f"{INIT}/1.sql": "create table a (n int); no such;"}, **kept)
    assert first.wait(timeout=60)["StatusCode"] != 0

    second = _ready(lab.start("postgres", environment=APP, files={f"{INIT}/1.sql": "create table b (n int);"}, **kept))

    assert "beginning again" in logs(second)
    assert _ask(second, "select to_regclass('a'), to_regclass('b')") == "|b"


def test_killed_halfway_leaves_nothing_that_passes_as_a_database(lab: Lab) -> None:
    kept = _on(lab.volume())
    slow = {f"{INIT}/1.sql": "create table half (n int);", f"{INIT}/2.sh": "#!/bin/bash\nexec sleep 60\n"}
    first = lab.start("postgres", environment=APP, files=slow, **kept)
    wait_until(lambda: f"running {INIT}/2.sh" in logs(first), "the init files run")
    first.kill()

    second = _ready(lab.start("postgres", environment=APP, files={f"{INIT}/1.sql": "create table whole ();"}, **kept))

    assert _ask(second, "select to_regclass('half'), to_regclass('whole')") == "|whole"
    assert execute(second, "ls", "-A", f"{DATA}/.initialising")[0] != 0


def test_a_directory_being_made_is_not_taken_by_a_second_server(lab: Lab) -> None:
    kept = _on(lab.volume())
    slow = {f"{INIT}/1.sh": "#!/bin/bash\nexec sleep 60\n"}
    first = lab.start("postgres", environment=APP, files=slow, **kept)
    wait_until(lambda: f"running {INIT}/1.sh" in logs(first), "the init files run")

    second = lab.start("postgres", environment=APP, **kept)

    assert second.wait(timeout=30)["StatusCode"] == 1
    assert "another container" in logs(second)


def test_a_directory_with_something_else_in_it_is_left_as_it_is(lab: Lab) -> None:
    kept = _on(lab.volume())
    lab.output("python", "touch", f"{DATA}/mine", **kept)

    server = lab.start("postgres", environment=APP, **kept)

    assert server.wait(timeout=30)["StatusCode"] == 1
    assert "is not empty" in logs(server)
    assert lab.output("python", "ls", DATA, **kept).split() == ["mine"]


def test_it_runs_as_its_user_on_a_read_only_root(lab: Lab) -> None:
    room = {"tmpfs": {"/run/postgresql": "mode=1777", "/tmp": ""}, "read_only": True}
    server = _ready(lab.start("postgres", user="postgres", environment=APP, **room, **_on(lab.volume())))

    server.stop(timeout=20)

    assert server.wait()["StatusCode"] == 0
    assert lab.configuration("postgres")["StopSignal"] == "SIGINT"
    assert "received fast shutdown request" in logs(server)


def _on(volume: str) -> dict[str, Any]:
    return {"volumes": {volume: {"bind": DATA}}}


def _ready(server: Container, user: str = "app") -> Container:
    """Waits as the Compose file's health check does: over TCP."""
    wait_until(lambda: execute(server, "pg_isready", "-q", "-h", "127.0.0.1", "-U", user)[0] == 0, "postgres is ready")
    return server


def _ask(
    server: Container, sql: str, *, user: str = "app", database: str = "shop", password: str = "it's secret"
) -> str:
    """The answer over the container's own address, where passwords count."""
    command = f'psql -At -h "$(hostname -i)" -U {user} -d {database} -c "$SQL"'
    return execute(server, "bash", "-c", command, env={"PGPASSWORD": password, "SQL": sql})[1].strip()


def _runs_as(server: Container) -> str:
    return execute(server, "bash", "-c", "awk '/^Uid/ {print $2}' /proc/1/status")[1].strip()
