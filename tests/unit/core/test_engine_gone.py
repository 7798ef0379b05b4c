"""An engine that does not answer is one error, however it went, and is told as the host's."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from stagekit.cli.hosts import engine_of
from stagekit.doors.client import EngineGone
from stagekit.doors.engine import EngineDoor
from stagekit.errors import HostError


def test_an_engine_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(EngineGone):
        EngineDoor(f"unix://{tmp_path}/docker.sock")


def test_an_engine_that_hangs_up_is_gone(tmp_path: Path) -> None:
    path = str(tmp_path / "docker.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        threading.Thread(target=lambda: listening.accept()[0].close(), daemon=True).start()
        with pytest.raises(EngineGone):
            EngineDoor(f"unix://{path}")


@pytest.mark.parametrize(("alive", "slug"), [(True, "host-engine-lost"), (False, "host-lost")])
def test_a_person_is_told_whether_the_engine_or_the_way_to_it_broke(alive: bool, slug: str) -> None:
    place: Any = SimpleNamespace(settings=SimpleNamespace(stage="staging", host="ssh://deploy@example.test"))
    door = cast(Any, SimpleNamespace(alive=lambda: alive))
    with pytest.raises(HostError) as told, engine_of(place, door):
        raise EngineGone("Connection aborted.")
    assert told.value.slug == slug and "example.test" in told.value.what
    assert told.value.evidence[0][1] == "Connection aborted."
    assert "the same command again" in told.value.next
