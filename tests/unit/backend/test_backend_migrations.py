from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from shop import migrate

DOWN = OperationalError("", {}, Exception("connection refused"))


class Engine:
    """Refuses `refusals` connections, then gives one."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals

    def connect(self) -> Engine:
        self.refusals -= 1
        if self.refusals >= 0:
            raise DOWN
        return self

    def close(self) -> None:
        pass


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_database_that_starts_late_is_waited_for() -> None:
    clock = Clock()
    migrate.wait_for(Engine(3), 10, clock, clock.sleep)  # type: ignore[arg-type]
    assert clock.now == 1.5


def test_database_that_never_answers_is_an_error_with_its_reason() -> None:
    clock = Clock()
    with pytest.raises(OperationalError, match="connection refused"):
        migrate.wait_for(Engine(10**6), 10, clock, clock.sleep)  # type: ignore[arg-type]
    assert 10 <= clock.now <= 11


def test_migrations_have_one_head() -> None:
    assert migrate.head() == "0001"


def test_the_head_is_told_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate.main(["--head"]) == 0
    assert capsys.readouterr().out == "0001\n"


def test_the_sql_of_pending_migrations_is_told_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate.main(["--sql"]) == 0
    told = capsys.readouterr().out
    assert "CREATE TABLE plans" in told
    assert "VALUES ('0001')" in told
    assert migrate.main(["--sql", "0001"]) == 0
    assert "TABLE" not in capsys.readouterr().out


def test_no_sql_is_told_from_a_revision_that_this_code_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate.main(["--sql", "9999"]) == 1
    assert "does not know the revision 9999" in capsys.readouterr().err


def test_code_works_with_its_head_and_with_what_newer_code_made_of_it() -> None:
    assert migrate.fits("0001")
    assert migrate.fits("9999")
    assert not migrate.fits(None)


def test_words_that_mean_nothing_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate.main(["--down"]) == 2
    assert capsys.readouterr().err.startswith("usage")
