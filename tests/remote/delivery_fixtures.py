"""Fixtures for tests of delivery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.doors.layers import LayerCache
from stagekit.doors.store import StoreDoor
from tests.remote.delivery_rig import STORES, Machine, Rig, machine

GB = 1_000_000_000


@pytest.fixture(scope="session")
def delivery_hosts(rehearsal_checkout: Path) -> Iterator[dict[str, Machine]]:
    """A host for each image store, for the session."""
    with ExitStack() as stack:
        yield {store: stack.enter_context(machine(rehearsal_checkout, store)) for store in STORES}


@pytest.fixture(params=STORES)
def rig(
    request: pytest.FixtureRequest, engine: Engine, delivery_hosts: dict[str, Machine], tmp_path: Path
) -> Iterator[Rig]:
    """A deployer and a host, once for each image store."""
    found = Rig(
        delivery_hosts[request.param],
        StoreDoor(engine.host),
        LayerCache(tmp_path / "cache" / "stagekit" / "layers", 5 * GB),
    )
    yield found
    found.close()
