"""A shared stage in a browser: over https by the stage's own authority, behind its password, asked for once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, StorageState, expect, sync_playwright

from stagekit.bootstrap import Engine
from stagekit.doors.http import client
from stagekit.doors.trust import Stores
from stagekit.testing import SignIn, Stage
from stagekit.testing.rehearsal import rehearsal
from stagekit.testing.stage import read_stage, run_stagekit
from tests.browser.conftest import DESKTOP, PHONE, shoot
from tests.browser.test_journey import fill_card, sign_in_as
from tests.conftest import ROOT
from tests.support.browser import FLAGS, find_chromium, have_certutil, make_playwright_run
from tests.support.checkout import copy_checkout
from tests.support.openssh import have_openssh
from tests.support.payments import end_subscriptions

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def hosted(engine: Engine) -> Iterator[Stage]:
    """The whole product on a rehearsal host, over https."""
    have_openssh()
    folder = copy_checkout(ROOT, ROOT / ".stagekit" / "test-https")
    with rehearsal(folder, "main"):
        settings = folder / ".env.rehearsal"
        settings.write_text(f"STAGEKIT_SCHEME=https\n{settings.read_text()}")
        for words in (("build",), ("promote", "--yes")):
            done = run_stagekit(folder, *words, "--stage", "rehearsal")
            assert done.returncode == 0, done.stdout + done.stderr
        yield read_stage(folder, "rehearsal")


@pytest.fixture(scope="module")
def browser(hosted: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium that trusts the stage's authority, and nothing else of it."""
    have_certutil()
    home = tmp_path_factory.mktemp("home")
    (home / "ca.crt").write_text(hosted.authority)
    assert Stores("stage", home=home, system=home / "none").add(home / "ca.crt")
    make_playwright_run()
    with sync_playwright() as playwright:
        stranger = playwright.chromium.launch(
            executable_path=find_chromium(), args=FLAGS, env={"HOME": str(home / "x")}
        )
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            stranger.new_page().goto(hosted.urls["app"])
        stranger.close()
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS, env={"HOME": str(home)})
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def known(browser: Browser, hosted: Stage) -> StorageState:
    """What a browser keeps of somebody who gave the password once, at the first page."""
    assert hosted.password
    credentials = {"username": "team", "password": hosted.password.reveal()}
    context = browser.new_context(http_credentials=credentials, base_url=hosted.urls["app"])
    context.new_page().goto("/")
    found = context.storage_state()
    context.close()
    return found


@pytest.fixture(params=[DESKTOP], ids=["desktop"])
def page(browser: Browser, hosted: Stage, known: StorageState, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of that person's, whom nobody asks again."""
    context: BrowserContext = browser.new_context(
        viewport=request.param, base_url=hosted.urls["app"], storage_state=known
    )
    found = context.new_page()
    found.set_default_timeout(20_000)
    yield found
    shoot(found, re.sub(r"\W+", "-", request.node.name))
    context.close()


@pytest.mark.parametrize("name", ["app", "api", "auth", "mail", "prefect", "stripe"])
def test_who_does_not_know_the_password_sees_nothing(hosted: Stage, name: str) -> None:
    with client(hosted.urls[name], trust=hosted.authority) as http:
        answer = http.get("/")
    assert answer.status_code == 401 and answer.headers["X-Robots-Tag"] == "noindex"
    assert "This stage has a password" in answer.text


def test_one_cookie_is_for_every_name_and_scripts_do_not_see_it(known: StorageState, hosted: Stage) -> None:
    (cookie,) = (one for one in known["cookies"] if one["name"] == "stagekit")
    assert cookie["domain"] == ".rehearsal.localhost"
    assert cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Lax"
    assert hosted.password and cookie["value"] != hosted.password.reveal()


def test_a_person_signs_in_pays_and_reads_the_receipt(page: Page, hosted: Stage) -> None:
    people = hosted.people
    assert people
    with hosted.http("auth") as http:
        sign_in = SignIn(http, people.client_id, people.client_secret, people.audience, people.password)
        end_subscriptions(hosted, sign_in, "eva@example.test")
    sign_in_as(page, "Eva Novak")
    page.goto("/")
    expect(page.get_by_text("rehearsal").first).to_be_visible()
    shoot(page, "https-plans")
    page.get_by_role("button", name="Subscribe to House").click()
    fill_card(page, "4242 4242 4242 4242")
    page.get_by_role("button", name=re.compile("Pay")).click()
    page.wait_for_url(re.compile("/account"))
    expect(page.get_by_text("19.00").first).to_be_visible()

    page.goto(hosted.urls["mail"])
    page.get_by_role("link", name=re.compile("receipt")).first.click()
    expect(page.get_by_role("heading", name=re.compile("Your Fernhill Tea receipt"))).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text("19.00").first).to_be_visible()
    shoot(page, "https-inbox")

    page.goto(hosted.urls["prefect"])
    expect(page).to_have_title(re.compile("Prefect"))


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_it_is_all_there_on_a_phone(page: Page, hosted: Stage) -> None:
    sign_in_as(page, "Hugo Brandt")
    for address in ("/", "/account", hosted.urls["mail"], hosted.urls["stripe"]):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        shoot(page, f"https-phone-{re.sub(r'[^a-z]+', '-', address)}")


def test_the_page_that_asks_says_where_the_password_comes_from(browser: Browser, hosted: Stage) -> None:
    context = browser.new_context(viewport=PHONE)
    with client(hosted.urls["app"], trust=hosted.authority) as http:
        told = http.get("/").text
    asked = context.new_page()
    asked.set_content(told)
    expect(asked.get_by_role("heading", name="This stage has a password")).to_be_visible()
    assert asked.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    shoot(asked, "https-asks")
    context.close()
