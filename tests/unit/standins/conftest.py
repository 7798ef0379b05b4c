"""The Stripe stand-in over a temporary database and a network of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient
from stripe_network import BASES, START, Clock, Network

from stripe_standin.app import create
from stripe_standin.desk import Desk
from stripe_standin.settings import Settings
from stripe_standin.store import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = Store(tmp_path / "stripe.db")
    yield kept
    kept.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, BASES, START, "http://stripe.test")


@pytest.fixture
def api(tmp_path: Path, clock: Clock, network: Network) -> Iterator[TestClient]:
    """The whole application with a test key; no webhook, so nothing happens behind a test's back."""
    look = tmp_path / "look.css"
    look.write_text("body {}")
    settings = Settings(
        "local", "dev", "http://stripe.test", "http://mock:12111", "", "whsec_test", tmp_path, look, "", 0
    )
    app = create(settings, clock, httpx.MockTransport(network))
    headers = {"authorization": "Bearer sk_test_123"}
    with TestClient(app, headers=headers, follow_redirects=False) as client:
        yield client
