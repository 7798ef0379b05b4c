"""What a plan does about the schema: copies, migrations, and what they break."""

from __future__ import annotations

from dataclasses import replace

from switch_cases import EDGE, PENDING, asked, product, running, target

from stagekit.database import Ahead, AtHead, Finding, Unknown
from stagekit.promote.switch import plan_switch

DROPS = Finding("ban-drop-column", "Dropping a column may break existing clients.", 3, breaking=True)


def test_a_pending_migration_is_run_after_a_copy_of_the_database() -> None:
    assert asked(product(), PENDING, migrate="new")[:3] == [
        "snapshot  before-2     18 MB, because a migration is pending",
        "migrate   0001 -> 0002, old code can live with it",
        "record    the release",
    ]


def test_a_copy_is_made_before_the_database_itself_is_replaced() -> None:
    told = asked(product(), PENDING, migrate="new", postgres="new")
    assert [line.split()[0] for line in told[:3]] == ["snapshot", "restart", "migrate"]


def test_a_schema_that_was_set_back_is_migrated_though_no_code_changed() -> None:
    assert asked(product(), PENDING)[:2] == [
        "snapshot  before-2     18 MB, because a migration is pending",
        "migrate   0001 -> 0002, old code can live with it",
    ]


def test_what_a_migration_breaks_is_told_below_its_line() -> None:
    found = product()
    wanted = replace(target(found, migrate="new"), schema=replace(PENDING, findings=(DROPS,)), snapshot="before-2")
    plan = plan_switch(wanted, running(found), EDGE)
    assert plan.breaking() == (DROPS,)
    assert plan.lines()[1:3] == [
        "migrate   0001 -> 0002, old code cannot live with it: ban-drop-column",
        "  breaks    line 3 of its SQL: Dropping a column may break existing clients.",
    ]


def test_nothing_is_copied_when_no_migration_is_pending() -> None:
    found = product()
    told = asked(found, AtHead("0002"), migrate="new")
    assert told[0] == "run       migrate      because its definition changed; nothing waits for it: none is pending"
    assert asked(found, AtHead("0002")) == []


def test_a_schema_that_newer_code_made_stays() -> None:
    told = asked(product(), Ahead("0003", "0002"), migrate="new", backend="new")
    assert [line.split()[0] for line in told] == ["switch", "check", "move", "check", "drain", "record", "stop"]


def test_an_unknown_schema_is_copied_before_the_migrations_run() -> None:
    told = asked(product(), Unknown("its revision cannot be read", 5_000_000), migrate="new")
    assert told[0] == "snapshot  before-2     5 MB, because a migration may be pending"
    assert told[1].startswith("migrate   the database, unknown")


def test_a_database_that_cannot_be_asked_is_not_copied() -> None:
    told = asked(product(), Unknown("it does not run"), migrate="new")
    assert told[0].startswith("migrate   the database, unknown")


def test_going_back_runs_no_migrations_of_older_code() -> None:
    assert asked(product(), Unknown("it does not run"), back=True, migrate="new") == ["record    the release"]


def test_two_plans_are_one_though_the_database_grew_meanwhile() -> None:
    found = product()
    plans = [
        plan_switch(replace(target(found), schema=replace(PENDING, size=size)), running(found), EDGE) for size in (1, 2)
    ]
    assert plans[0] == plans[1]
