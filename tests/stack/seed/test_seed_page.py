"""docs/data.md's five minutes, typed: the blocks of the page on the product's own seed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from shop import migrate
from stagekit_seed import SeedError
from tests.docs.documents import fences, sections
from tests.stack.seed.project import Project
from tests.support.database import ROOT, SEED

pytestmark = pytest.mark.engine


@pytest.fixture
def blocks() -> dict[str, list[str]]:
    """The page's blocks of the part for writers, by language."""
    text = sections((ROOT / "docs/data.md").read_text(encoding="utf-8"))["Write the seed"]
    found: dict[str, list[str]] = {}
    for language, body in fences(text):
        found.setdefault(language, []).append("\n".join(line.removeprefix("   ") for line in body.splitlines()) + "\n")
    return found


@pytest.fixture
def product(new_database: Callable[[], str], tmp_path: Path) -> Project:
    """The shop's database at its head, and a copy of its seed."""
    made = Project(new_database(), tmp_path / "seed")
    shutil.copytree(SEED, made.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    engine = create_engine(made.url.replace("postgresql://", "postgresql+psycopg://"))
    migrate.migrate(engine)
    engine.dispose()
    return made


def test_the_page_adds_a_table(product: Project, blocks: dict[str, list[str]]) -> None:
    product.fill()
    product.run(blocks["sql"][0])
    product.write("scenario/reviews.csv", blocks["csv"][0])
    _add(product, blocks["toml"][0])
    assert product.fill().applied["scenario"]["reviews"] == 2
    rows = product.ask("SELECT person, stars, said, written_at::text FROM reviews ORDER BY id")
    assert rows == [
        ("auth0|ana", 5, "A pot a day, and never the same", "2026-03-14 09:20:00+00"),
        ("auth0|finn", 4, None, "2026-04-03 18:05:00+00"),
    ]
    product.replace("scenario/reviews.csv", ",5,", ",five,")
    with pytest.raises(SeedError) as refused:
        product.fill()
    said = f"seed: {refused.value}\nnext: {refused.value.next}"
    assert said in blocks[""][0]


def test_the_pages_row_group_runs_and_grows_with_the_scale(product: Project, blocks: dict[str, list[str]]) -> None:
    product.run(blocks["sql"][0])
    product.write("scenario/reviews.py", blocks["python"][0])
    _add(product, blocks["toml"][0].replace(".csv", ".py"))
    few = product.fill().applied["scenario"]["reviews"]
    many = product.fill(scale=5).applied["scenario"]["reviews"]
    assert 0 < few < many


def _add(product: Project, line: str) -> None:
    """At the end of the layer's files, as the page says."""
    last = '    { path = "scenario/progress.py", table = "report_progress" },\n'
    product.replace("manifest.toml", last, f"{last}    {line}")
