"""The tutorial, typed as it stands: every command of its sections, on a stage of the tests' own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagekit.testing import Stage
from tests.conftest import ROOT
from tests.docs.documents import fences, sections

pytestmark = pytest.mark.engine

SECTIONS = sections((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
ABOUT = "backend/shop/api/app.py"
MIGRATE = "backend/shop/migrate.py"


@pytest.fixture
def checkout(stage: Stage) -> Iterator[Path]:
    """The stage's own checkout, whose edited files are as before afterwards."""
    kept = {name: (stage.directory / name).read_text(encoding="utf-8") for name in (ABOUT, MIGRATE)}
    yield stage.directory
    for name, text in kept.items():
        (stage.directory / name).write_text(text, encoding="utf-8")
    assert stage.stagekit("up").returncode == 0


def test_the_first_sections_bring_the_stage_up_and_open_its_addresses(stage: Stage) -> None:
    for title in ("1. Bring it up", "3. Read the receipt", "4. Run the report"):
        done = type_in(stage.directory, commands_of(title))
        assert done.returncode == 0, done.stdout
    assert stage.urls["prefect"] in done.stdout


def test_changing_a_line_rebuilds_what_stands_on_it_and_shows(stage: Stage, checkout: Path) -> None:
    edit(checkout / ABOUT, "API of Fernhill Tea", "API of somebody else")
    done = type_in(checkout, commands_of("5. Change a line"))
    assert done.returncode == 0, done.stdout
    plan = done.stdout.partition("ready in")[0]
    assert "its files changed" in plan
    assert "start     backend" in plan
    assert not any(f"start     {name}" in plan for name in ("frontend", "postgres", "edge", "mailpit"))
    with stage.http("api") as api:
        assert "API of somebody else" in api.get("/openapi.json").text


def test_breaking_a_migration_says_what_the_page_says(stage: Stage, checkout: Path) -> None:
    raised = next(body for language, body in fences(SECTIONS["6. Break something"]) if language == "python")
    told = next(body for language, body in fences(SECTIONS["6. Break something"]) if not language)
    main = next(line for line in (checkout / MIGRATE).read_text().splitlines(keepends=True) if line[:9] == "def main(")
    edit(checkout / MIGRATE, main, main + raised)

    broken = type_in(checkout, "stagekit up")
    assert broken.returncode == 1
    assert told.strip() in broken.stdout

    edit(checkout / MIGRATE, raised, "")
    mended = type_in(checkout, commands_of("6. Break something"))
    assert mended.returncode == 0, mended.stdout
    assert "local: healthy" in mended.stdout


def test_looking_around_shows_logs_migrations_images_and_the_doctors_findings(stage: Stage) -> None:
    for block in (body for language, body in fences(SECTIONS["7. Look around"]) if language == "sh"):
        done = type_in(stage.directory, block)
        assert done.returncode == 0, done.stdout


def commands_of(title: str) -> str:
    """The shell blocks of one section, as one script."""
    return "".join(body for language, body in fences(SECTIONS[title]) if language == "sh")


def type_in(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Types commands in a shell, whose programs are those of section 1; both streams in one."""
    path = f"{folder / '.venv/bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "BROWSER": "true"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def edit(file: Path, old: str, new: str) -> None:
    """Replaces a text that is there once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    file.write_text(text.replace(old, new), encoding="utf-8")
