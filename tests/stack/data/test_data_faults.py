"""Resets, snapshots and restores under clients, at the same time, cut off at random moments, and without disk."""

from __future__ import annotations

import contextlib
import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from stagekit.bootstrap import Engine
from tests.support.cut_off import VERBS, finish, prepare
from tests.support.drop_ins import wait_until
from tests.support.seeded import SEEDED, Seeded, seeded

pytestmark = pytest.mark.engine

SESSIONS = "select count(*) from pg_stat_activity where application_name ~ '^(stagekit-|psql|pg_dump|pg_restore)'"
VICTIMS = ["deployer", "session", "postgres"]
END_PSQL = 'for p in /proc/[0-9]*; do [ "$(cat "$p/comm" 2>/dev/null)" != psql ] || kill -9 "${p#/proc/}"; done'
DIGEST = "select md5(string_agg(text, '' order by id)) from notes"


@contextlib.contextmanager
def clients(data: Seeded, count: int) -> Iterator[list[str]]:
    """Clients that hold transactions open, and come back at once when they are sent away; what ended them."""
    ends: list[str] = []
    over, there = threading.Event(), threading.Barrier(count + 1, timeout=60)
    conninfo = data.conninfo()

    def client() -> None:
        first = True
        while not over.is_set():
            try:
                with psycopg.connect(conninfo) as connection:
                    connection.execute("select count(*) from notes")
                    if first:
                        there.wait()
                        first = False
                    while not over.wait(0.02):
                        connection.execute("select count(*) from notes")
            except psycopg.Error as ended:
                ends.append(str(ended))

    threads = [threading.Thread(target=client, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    there.wait()
    try:
        yield ends
    finally:
        over.set()
        for thread in threads:
            thread.join(30)


def test_a_database_is_exchanged_under_fifty_clients_with_open_transactions(data: Seeded) -> None:
    data.write("a person's")
    with clients(data, 50) as ends:
        data.done("snapshot", "under-load")
        assert len(ends) >= 50
        data.done("reset")
        assert data.notes() == SEEDED
        data.done("restore", "under-load", "--confirm", "local")
        assert data.notes() == [*SEEDED, "a person's"]
    # Each was sent away by name, or came at the moment of a rename; nothing else ever ended one.
    known = ("terminating connection due to administrator command", "just been dropped or renamed", "server closed")
    assert [end for end in ends if not any(words in end for words in known)] == []


def test_a_pool_that_looks_before_it_lends_needs_no_restart(data: Seeded) -> None:
    url = "postgresql+psycopg://"
    pool = create_engine(url, creator=lambda: psycopg.connect(data.conninfo()), pool_pre_ping=True, pool_size=5)
    lent = [pool.connect() for _ in range(5)]
    for connection in lent:
        connection.execute(text("insert into notes (id, text) values (2000000 + pg_backend_pid(), 'open')"))
    data.done("reset")
    for connection in lent:
        with pytest.raises(DBAPIError):
            connection.execute(text("select 1"))
        connection.close()
    for _ in range(10):
        with pool.connect() as connection:
            assert connection.execute(text("select count(*) from notes")).scalar() == 100
    pool.dispose()


def test_two_at_once_wait_for_each_other_and_both_end_whole(data: Seeded) -> None:
    data.write("a person's")
    both = [data.begin("reset"), data.begin("reset")]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    waited = [text for text in said if "waiting for `stagekit reset` (process " in text]
    assert len(waited) == 1, said
    assert data.notes() == SEEDED
    assert not {"new", "old"} & data.databases()


def test_a_prepared_transaction_that_nobody_can_send_away_is_a_clear_refusal(engine: Engine, data: Seeded) -> None:
    with data.connect("postgres") as connection:
        [[allowed]] = connection.execute("show max_prepared_transactions")
        connection.execute("alter system set max_prepared_transactions to 2")
    data.docker("restart", data.container)
    wait_until(data.answers, "Postgres answers again")
    try:
        with data.connect() as connection:
            connection.execute("begin; insert into notes (id, text) values (3000000, 'x'); prepare transaction 'held'")
        refused = data.stagekit("reset")
        assert refused.returncode == 1 and "[database-exchange]" in refused.stderr, refused.stderr
        assert "prepared transaction" in refused.stderr
        assert data.notes() == SEEDED
        with data.connect() as connection:
            connection.execute("rollback prepared 'held'")
        data.done("reset")
        assert not {"new", "old"} & data.databases()
    finally:
        with data.connect("postgres") as connection:
            connection.execute("alter system reset max_prepared_transactions")
        data.docker("restart", data.container)
        wait_until(data.answers, "Postgres answers again")
        assert allowed == "0"


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_cut_off_leaves_the_old_or_the_new_and_the_next_one_finishes(
    data: Seeded, verb: str, victim: str, number: int
) -> None:
    _cut_off(data, verb, victim, random.Random(f"{verb} {victim} at first {number}"))


@pytest.mark.faults
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_cut_off_at_any_moment_leaves_the_old_or_the_new(
    data: Seeded, verb: str, victim: str, number: int
) -> None:
    _cut_off(data, verb, victim, random.Random(f"{verb} {victim} {number}"))


def test_a_full_disk_ends_it_before_the_database_that_runs_has_none(engine: Engine, tmp_path: Path) -> None:
    volume = {"driver_opts": {"type": "tmpfs", "device": "tmpfs", "o": "size=600m"}}
    large = "insert into notes select n, repeat(md5(n::text), 30) from generate_series(1000, 60000) n returning id"
    with seeded(engine, tmp_path / "full", volume=volume) as data:
        data.done("reset")
        data.rows(large)
        before, made = data.rows(DIGEST), []
        while (done := data.stagekit("snapshot", f"large-{len(made)}")).returncode == 0:
            made.append(f"large-{len(made)}")
            assert len(made) < 8, "the disk does not get full"
        assert "[snapshot-disk]" in done.stderr, done.stderr
        assert data.rows(DIGEST) == before
        assert not {"new", "old", f"snap_large-{len(made)}"} & data.databases()
        assert made, "not one had room"
        refused = data.stagekit("restore", made[0], "--confirm", "local")
        assert refused.returncode == 1 and "[snapshot-disk]" in refused.stderr, refused.stderr
        assert data.rows(DIGEST) == before
        data.done("snapshots", "rm", *made)
        data.done("reset")
        assert data.notes() == SEEDED


def _cut_off(data: Seeded, verb: str, victim: str, chance: random.Random) -> None:
    old, new = prepare(data, verb)
    with data.connect("postgres") as watching:
        process = data.begin(*VERBS[verb])
        wait_until(
            lambda: process.poll() is not None or watching.execute(SESSIONS).fetchone() != (0,), "it is at the database"
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, 3 if verb == "template" else 0.7))
    {"deployer": process.kill, "session": lambda: _end_sessions(data), "postgres": lambda: _end_postgres(data)}[
        victim
    ]()
    said = process.communicate(timeout=120)[0]
    assert process.returncode in (0, 1, -9), said
    wait_until(data.answers, "the database is there")
    assert data.notes() in (old, new), said
    finish(data, verb, old, new)


def _end_sessions(data: Seeded) -> None:
    """The verb's own session beside Postgres, and the container where the seed or a dump is at work."""
    data.docker("exec", data.container, "sh", "-c", END_PSQL)
    if beside := data.docker("ps", "--quiet", "--filter", f"name={data.project}-stagekit-").split():
        with contextlib.suppress(AssertionError):  # it may end by itself before
            data.docker("kill", *beside)


def _end_postgres(data: Seeded) -> None:
    data.docker("kill", data.container)
    data.restart()
