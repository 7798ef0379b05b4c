"""The reference product on a real host, under a load of at least 20,000 requests a case, of which none may fail."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from stagekit.bootstrap import Engine
from stagekit.cli.place import open_place
from stagekit.doors.http import get
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
        """What it serves."""
        return get(f"http://api.localhost:{self.host.port}", "/openapi.json")[1]


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
    with Load(product.host.port, f"api.localhost:{product.host.port}", ["/plans", "/ready"]) as load:
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
