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
