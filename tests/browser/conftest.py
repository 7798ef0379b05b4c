"""A browser, and a page for each test. A failing test leaves a screenshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from stagekit.testing import Stage
from tests.support.browser import FLAGS, find_chromium, make_playwright_run

SHOTS = Path(__file__).resolve().parents[2] / ".stagekit" / "shots"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # No longer than a module: while Playwright runs, its event loop is this thread's, and asyncio tests want their own.
    make_playwright_run()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=["desktop"])
def page(browser: Browser, stage: Stage, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = PHONE if request.param == "phone" else DESKTOP
    context = browser.new_context(viewport=size, base_url=stage.urls["app"])
    found = context.new_page()
    found.set_default_timeout(15_000)
    yield found
    SHOTS.mkdir(parents=True, exist_ok=True)
    found.screenshot(path=SHOTS / f"{request.node.name}.png")
    context.close()


def shoot(page: Page, name: str) -> None:
    """Keeps a picture of the page in `.stagekit/shots`."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
