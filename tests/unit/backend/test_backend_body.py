"""What is held in memory while a body is read that is far too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from shop.api.body import DROPPED_BYTES, TooLong, read_body

LIMIT, CHUNK = 1000, b"x" * 400


class Body:
    """A request whose body is `count` chunks; counts those that were read."""

    def __init__(self, count: int) -> None:
        self.count, self.read = count, 0

    async def stream(self) -> AsyncIterator[bytes]:
        for _ in range(self.count):
            self.read += 1
            yield CHUNK


def read(body: Body) -> bytes:
    return asyncio.run(read_body(body, LIMIT))  # type: ignore[arg-type]  # only stream() is used


def test_short_body_is_whole() -> None:
    assert read(Body(2)) == CHUNK * 2


def test_long_body_is_read_to_its_end_so_that_its_sender_hears_the_answer() -> None:
    body = Body(30_000)
    with pytest.raises(TooLong):
        read(body)
    assert body.read == 30_000


def test_endless_body_is_cut() -> None:
    body = Body(10**9)
    with pytest.raises(TooLong):
        read(body)
    assert body.read * len(CHUNK) <= DROPPED_BYTES + len(CHUNK)
