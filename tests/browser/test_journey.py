"""The whole journey in a browser: sign in, subscribe, pay, read the receipt, run the report, see it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from stagekit.testing import SignIn, Stage
from tests.browser.conftest import shoot
from tests.support.payments import end_subscriptions


def sign_in_as(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign in").or_(page.get_by_role("link", name="Sign in")).first.click()
    page.get_by_role("button", name=f"Continue as {name}").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def fill_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12/34")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Eva Novak")


def test_a_person_subscribes_pays_reads_the_receipt_and_runs_the_report(
    page: Page, stage: Stage, sign_in: SignIn
) -> None:
    end_subscriptions(stage, sign_in, "eva@example.test")
    page.goto("/")
    expect(page.get_by_text("local").first).to_be_visible()
    shoot(page, "plans")

    sign_in_as(page, "Eva Novak")
    page.goto("/")
    page.get_by_role("button", name="Subscribe to House").click()

    expect(page.get_by_role("heading", name="Subscribe to House")).to_be_visible()
    shoot(page, "checkout")
    fill_card(page, "4000 0000 0000 0002")
    page.get_by_role("button", name=re.compile("Pay")).click()
    expect(page.get_by_role("alert")).to_contain_text("declined")
    fill_card(page, "4242 4242 4242 4242")
    page.get_by_role("button", name=re.compile("Pay")).click()

    page.wait_for_url(re.compile("/account"))
    expect(page.get_by_text("19.00").first).to_be_visible()
    shoot(page, "account")

    page.goto(stage.urls["mail"])
    page.get_by_role("link", name=re.compile("receipt")).first.click()
    expect(page.get_by_role("heading", name=re.compile("Your Fernhill Tea receipt"))).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text("19.00").first).to_be_visible()
    shoot(page, "inbox")

    page.goto("/reports")
    page.get_by_role("button", name="Run the report now").click()
    expect(page.get_by_role("button", name="Run the report now")).to_be_enabled(timeout=60_000)
    expect(page.get_by_role("img").first).to_be_visible()
    shoot(page, "reports")


def test_cancelling_at_checkout_comes_back_to_the_plans(page: Page) -> None:
    sign_in_as(page, "Leo Adeyemi")
    page.goto("/")
    page.get_by_role("button", name="Subscribe to Cellar").click()
    page.get_by_role("link", name="Cancel and go back").click()
    page.wait_for_url(re.compile("checkout=cancelled"))
    expect(page.get_by_role("heading", name="Cellar")).to_be_visible()


def test_customers_are_told_that_reports_are_for_staff(page: Page) -> None:
    sign_in_as(page, "Kira Sato")
    page.goto("/reports")
    expect(page.get_by_role("heading", name="Reports are for the Fernhill team")).to_be_visible()


def test_signing_out_ends_the_session(page: Page) -> None:
    sign_in_as(page, "Ana Lindqvist")
    page.get_by_role("button", name="Sign out").click()
    expect(
        page.get_by_role("link", name="Sign in").or_(page.get_by_role("button", name="Sign in")).first
    ).to_be_visible()


@pytest.mark.parametrize("page", ["phone"], indirect=True)
def test_nothing_is_wider_than_a_phone(page: Page, stage: Stage) -> None:
    sign_in_as(page, "Hugo Brandt")
    for address in ("/", "/account", "/reports", stage.urls["mail"], stage.urls["stripe"]):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        shoot(page, f"phone-{address.rstrip('/').rsplit('/', 1)[-1] or 'plans'}".replace(":", "-"))
