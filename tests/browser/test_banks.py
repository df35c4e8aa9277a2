"""Connect the demonstration bank, watch it fill the accounts, renew, disconnect."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_journeys import begin

pytestmark = pytest.mark.browser


def consent(page, *, allow=True):
    """At the bank: sign in and share everything, or cancel."""
    page.get_by_label("User name").fill("sam")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow" if allow else "Cancel").click()


def test_connect_watch_renew_and_disconnect(page, sign_up, server):
    sign_up(page)
    begin(page)
    page.goto("/banks/")
    page.get_by_role("link", name="Connect a bank").click()
    page.get_by_label("Search for your bank").fill("larch")
    expect(page.locator("#banks button")).to_have_count(1)
    page.get_by_role("button", name="Larch Bank").click()
    # Somebody who cancels at the bank is told so, and nothing is there.
    page.get_by_label("User name").wait_for()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("body")).to_contain_text("You cancelled at your bank")
    page.goto("/banks/connect/")
    page.get_by_role("button", name="Larch Bank").click()
    consent(page)
    expect(page.get_by_role("heading", name="Choose accounts")).to_be_visible(timeout=20_000)
    page.get_by_label("How far back").select_option(label="One year")
    page.get_by_role("button", name="Bring them in").click()
    expect(page.locator("body")).to_contain_text("Works.", timeout=60_000)
    expect(page.locator("body")).to_contain_text("Larch Rainy Day")
    page.get_by_role("link", name="Larch Everyday").first.click()
    expect(page.locator("[data-row]").first).to_be_visible()
    page.goto("/banks/")
    page.get_by_role("button", name="Sync now").click()
    expect(page.locator("body")).to_contain_text("Works.", timeout=30_000)
    page.get_by_role("button", name="Renew").click()
    consent(page)
    expect(page.locator("body")).to_contain_text("Works.", timeout=60_000)
    page.goto("/banks/coverage/")
    expect(page.locator(".cover-full").first).to_be_visible()
    page.goto("/banks/")
    page.get_by_role("link", name="Larch Bank").click()
    page.get_by_role("link", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.locator("body")).to_contain_text("Larch Bank is disconnected.")
    page.goto("/accounts/")
    expect(page.locator("main")).to_contain_text("Larch Everyday")
    assert server.manage("check_ledger").returncode == 0
