"""Things that go wrong in the middle of a delivery, made to happen at a chosen moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stagekit.doors.ssh import SshDoor
from stagekit.doors.store import StoreDoor


def cut(door: SshDoor) -> None:
    """Breaks the connection, as a lost network does once it is noticed."""
    assert door._master
    door._master.kill()
    door._master.wait()


class Faulty(StoreDoor):
    """The store of a host, with something that happens before a question, or in the middle of an archive.

    happens  what happens
    question the number of the question before which it happens, from 1
    archive  the number of the archive in whose middle it happens, from 1
    taken    how many archives the host has taken over
    """

    def __init__(self, host: str, happens: Callable[[], None], *, question: int = 0, archive: int = 0) -> None:
        super().__init__(host)
        self._happens, self._question, self._archive = happens, question, archive
        self._questions = self._archives = self.taken = 0
        self.happened = False

    def load(self, archive: Iterable[bytes]) -> None:
        self._archives += 1
        super().load(self._middle(archive) if self._archives == self._archive else archive)
        self.taken += 1

    def _middle(self, archive: Iterable[bytes]) -> Iterator[bytes]:
        for number, piece in enumerate(archive):
            yield piece
            if number == 1:  # the head of a layer and a piece of it are out
                self._now()

    def _ask(self, verb: str, path: str, **options: Any) -> Any:
        self._questions += 1
        if self._questions == self._question:
            self._now()
        return super()._ask(verb, path, **options)

    def _now(self) -> None:
        self.happened = True
        self._happens()
