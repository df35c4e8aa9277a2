"""Receipts on transactions, and rows that came in twice, by hand and by key."""

import base64
import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_journeys import begin, import_csv

pytestmark = pytest.mark.browser

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SHOPS = ("Bakery Rose", "Cinema Lux", "Zoo Shop", "Grocer")
FILE = "Date,Description,Amount\n" + "".join(
    f"2026-11-0{n},{shop.upper()} {n},-{n}.50\n" for n, shop in enumerate(SHOPS, 3)
)
TYPE_THEM = """
import datetime as dt
from ledger.models import Account
from ledger.services.naming import find_or_make_payee, find_or_make_tags
from ledger.services.transactions import add_transaction
account = Account.objects.get(household__memberships__user__email={email!r})
for n, shop in enumerate({shops!r}, 3):
    add_transaction(
        account=account, date=dt.date(2026, 11, n + 1), amount=-n * 100 - 50, by=None, notes="typed",
        payee=find_or_make_payee(household=account.household, name=shop),
        tags=find_or_make_tags(household=account.household, names=["trip to the sea"]),
    )
"""


def test_receipts_are_kept_shown_and_removed(page, sign_up):
    sign_up(page)
    begin(page)
    import_csv(page, FILE)
    page.goto("/transactions/?q=cinema")
    link = page.locator("[data-row] a[data-edit]").get_attribute("href")
    page.goto(link)
    files = [
        {"name": "ticket.png", "mimeType": "image/png", "buffer": PNG},
        {"name": "page.pdf", "mimeType": "application/pdf", "buffer": b"<script>alert(1)</script>"},
    ]
    page.locator("#attachment-file").set_input_files(files)
    expect(page.locator("#attachments")).to_contain_text("ticket.png")
    expect(page.locator("body")).to_contain_text("neither a PDF nor a picture")
    _look(page, "transaction")
    # A page of its own: Chromium would style the picture's page, which its policy forbids.
    shown = page.context.new_page()
    shown.goto(page.get_by_role("link", name="ticket.png").get_attribute("href"))
    assert shown.evaluate("document.images[0].naturalWidth") == 1
    shown.close()
    page.goto("/transactions/")
    expect(page.locator("[data-row]", has_text="CINEMA").locator(".tx-files")).to_have_text("1")
    _look(page, "transactions")
    page.goto(link)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#attachments")).not_to_contain_text("ticket.png")


def test_duplicates_are_answered_by_key(page, sign_up, server):
    email = sign_up(page)
    begin(page)
    import_csv(page, FILE)
    server.manage("shell", "-c", TYPE_THEM.format(email=email, shops=SHOPS))
    page.goto("/tags/")
    expect(page.locator("tbody tr")).to_contain_text("−$20.00")
    _look(page, "tags")
    page.goto("/transactions/duplicates/")
    expect(page.locator("[data-row]")).to_have_count(4)
    _look(page, "duplicates")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("b")
    expect(page.locator("[data-row]")).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.locator("body")).to_contain_text("Merged into one transaction.")
    page.get_by_role("button", name=re.compile("that are sure")).click()
    expect(page.locator("body")).to_contain_text("2 pairs merged.")
    import_csv(page, FILE)
    expect(page.locator(".answer")).to_contain_text("0 transactions imported")
    page.goto("/transactions/")
    expect(page.locator("[data-row]")).to_have_count(5)
    assert server.manage("check_ledger").returncode == 0


def _look(page, name) -> None:
    """Nothing wider than the screen, also on a phone; with LOOK set, a picture of each."""
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        if os.environ.get("LOOK"):
            page.screenshot(path=Path(os.environ["LOOK"]) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_axe_finds_nothing(new_page, sign_up, server):
    page = new_page(with_axe=True)
    email = sign_up(page)
    begin(page)
    import_csv(page, FILE)
    server.manage("shell", "-c", TYPE_THEM.format(email=email, shops=SHOPS))
    page.goto("/transactions/")
    first = page.locator("[data-row] a[data-edit]").first.get_attribute("href")
    for path in ("/tags/", "/transactions/duplicates/", first):
        page.goto(path)
        broken = Axe().run(page).response["violations"]
        assert [(path, one["id"], one["nodes"][0]["html"][:140]) for one in broken] == []
