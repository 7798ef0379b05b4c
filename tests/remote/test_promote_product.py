"""The reference product on a real host, under a load of at least 20,000 requests a case, of which none may fail; and
Stripe's events while the secret that they are signed with is rotated."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_place
from stagekit.doors.http import client, get
from stagekit.testing.rehearsal import RehearsalHost, rehearsal
from stagekit.testing.stage import run_stagekit
from tests.conftest import ROOT
from tests.support.checkout import copy_checkout
from tests.support.load import LIMIT, Load, Tally
from tests.support.openssh import have_openssh
from tests.support.tables import Told

pytestmark = [pytest.mark.engine, pytest.mark.faults]

ENOUGH = 20_000
ABOUT = "backend/shop/api/app.py"
TITLE = "API of Fernhill Tea"
BAD = '''"""One that no database can do."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("SELECT 1 / 0")
'''


@dataclass(frozen=True)
class Product:
    """The product in a folder of its own, with the host of its stage."""

    folder: Path
    host: RehearsalHost

    def there(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A verb about the stage at the host."""
        return run_stagekit(self.folder, verb, "--stage", self.host.stage, *words)

    def build(self) -> None:
        """What changed."""
        done = run_stagekit(self.folder, "build", "--stage", self.host.stage)
        assert done.returncode == 0, done.stdout + done.stderr

    def title(self, text: str) -> None:
        """What the API calls itself, in the files."""
        path = self.folder / ABOUT
        path.write_text((ROOT / ABOUT).read_text().replace(TITLE, text))

    def said(self) -> str:
        """What it serves, to who knows the password."""
        words = ("secrets", "show", "stage-password", "--yes", "--stage", self.host.stage)
        password = run_stagekit(self.folder, *words).stdout.strip()
        url = f"http://api.{self.host.stage}.localhost:{self.host.port}"
        return get(url, "/openapi.json", auth=("team", password))[1]


@pytest.fixture(scope="module")
def product(engine: Engine) -> Iterator[Product]:
    """The product, promoted once; gone with its host at the end."""
    have_openssh()
    folder = copy_checkout(ROOT, ROOT / ".stagekit" / "test-product")
    with rehearsal(folder, "product") as host:
        found = Product(folder, host)
        found.build()
        done = found.there("promote", "--yes", "--dirty")
        assert done.returncode == 0, done.stdout + done.stderr
        yield found
    listed = [engine.docker, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"{open_place(folder).project}/*"]
    names = subprocess.run(listed, env=engine.env, capture_output=True, text=True, check=True).stdout.split()
    subprocess.run([engine.docker, "image", "rm", *names], env=engine.env, capture_output=True, check=False)


@dataclass
class Loaded:
    """The product under load: what became of the requests while a switch went on."""

    product: Product
    load: Load
    during: Tally = field(default_factory=Tally)

    def switch(self, verb: str, *words: str, code: int = 0) -> str:
        """A switch that is measured; what it said."""
        with self.load.measured(self.during):
            done = self.product.there(verb, "--yes", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def enough(self) -> bool:
        """Whether it has met enough requests, or will not any more."""
        return self.during.requests >= ENOUGH or not self.load.goes_on()


@contextmanager
def loaded(product: Product, told: Told, name: str) -> Iterator[Loaded]:
    """A load on the API for the length of a block, none of which may be lost, with its row of the table."""
    host = f"api.{product.host.stage}.localhost:{product.host.port}"
    with Load(product.host.port, host, ["/plans"]) as load:  # which is open to everybody
        found, before = Loaded(product, load), load.calm(3000)
        yield found
    told(name, before, found.during)
    assert load.tally.failed == 0, f"{load.tally.failures} {load.tally.answered}"
    assert found.during.requests >= ENOUGH, f"the load met only {found.during.requests} requests in {LIMIT:g} s"


def test_promotions_of_the_product_lose_nothing(product: Product, told: Told) -> None:
    with loaded(product, told, "product: promote") as under:
        for number in count():
            product.title(f"API number {number}")
            product.build()
            under.switch("promote", "--dirty")
            assert f"API number {number}" in product.said()
            if under.enough():
                break


def test_a_migration_that_fails_loses_nothing_and_leaves_the_schema(product: Product, told: Told) -> None:
    before, bad = product.said(), product.folder / "backend/migrations/versions/0002_bad.py"
    bad.write_text(BAD)
    product.build()
    try:
        with loaded(product, told, "product: failing migration") as under:
            while not under.enough():
                said = under.switch("promote", "--dirty", code=4)
                assert "division by zero" in said and "serves as before" in said
    finally:
        bad.unlink()
    product.build()
    assert product.said() == before
    asked = product.there("psql", "--tuples-only", "--command", "SELECT version_num FROM alembic_version")
    assert asked.stdout.strip() == "0001", asked.stdout + asked.stderr


def test_rollbacks_of_the_product_lose_nothing(product: Product, told: Told) -> None:
    with loaded(product, told, "product: rollback and forward") as under:
        while not under.enough():
            under.switch("rollback")
            under.switch("promote", "--dirty")


class Events:
    """Stripe, which goes on sending events that are signed with one secret. Each is another one."""

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret.encode()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send_all)
        self.answers: list[int] = []

    def __enter__(self) -> Events:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def send(self) -> int:
        """One event; the status that it was answered with."""
        at = int(time.time())
        event = {"id": f"evt_{time.time_ns()}", "type": "charge.updated", "created": at, "data": {"object": {}}}
        body = json.dumps(event)
        signed = hmac.new(self._secret, f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
        with client(timeout=20) as http:
            return http.post(self._url, content=body, headers={"Stripe-Signature": f"t={at},v1={signed}"}).status_code

    def _send_all(self) -> None:
        while not self._over.wait(0.05):
            self.answers.append(self.send())


def test_events_are_taken_while_their_secret_is_rotated_until_the_old_one_is_revoked(product: Product) -> None:
    name, path = "stripe-webhook-secret", "/run/secrets/stripe-webhook-secret"
    old = product.there("exec", "backend", "cat", path).stdout
    url = f"http://api.{product.host.stage}.localhost:{product.host.port}/webhooks/stripe"

    def rotate(*words: str) -> None:
        call = ("rotate", name, "--yes", "--allow-downtime", *words)
        done = run_stagekit(product.folder, "secrets", *call, "--stage", product.host.stage)
        assert done.returncode == 0, done.stdout + done.stderr

    with Events(url, old) as events:
        rotate()
    assert len(events.answers) > 20 and set(events.answers) == {200}, events.answers
    new = product.there("exec", "backend", "cat", path).stdout
    assert new != old and Events(url, new).send() == 200
    rotate("--revoke")
    assert Events(url, old).send() == 400 and Events(url, new).send() == 400
    assert Events(url, product.there("exec", "backend", "cat", path).stdout).send() == 200
