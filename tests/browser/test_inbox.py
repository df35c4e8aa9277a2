"""The review queue worked through with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_journeys import begin, import_csv

pytestmark = pytest.mark.browser

STATEMENT = """Date,Description,Amount
2026-11-02,ZQX HANDELS 11,-12.00
2026-11-03,ZQX HANDELS 12,-13.00
2026-11-04,QWV NORD 7,-8.00
2026-11-05,TESCO STORES 6234,-20.00
"""


def test_the_inbox_by_keyboard(page, sign_up, server):
    sign_up(page)
    begin(page)
    import_csv(page, STATEMENT)
    page.goto("/transactions/inbox/")
    expect(page.locator("[data-inbox]")).to_contain_text("3 transactions wait")
    page.keyboard.press("j")
    expect(page.locator("[data-row]").first).to_be_focused()
    # c goes to the category, typing chooses, Enter leads back to the row.
    page.keyboard.press("c")
    page.keyboard.type("Groc")
    page.keyboard.press("Enter")
    page.keyboard.press("a")
    expect(page.locator("[data-inbox]")).to_contain_text("2 transactions wait")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("c")
    page.keyboard.type("Cloth")
    page.keyboard.press("Enter")
    page.keyboard.press("A")
    expect(page.locator("[data-inbox]")).to_contain_text("Every transaction has its category")
    page.locator("#toasts").get_by_role("button", name="Undo").last.click()
    expect(page.locator("[data-inbox]")).to_contain_text("2 transactions wait")
    page.goto("/transactions/inbox/?show=sorted")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]").first).to_contain_text("Tesco")
    page.get_by_role("button", name="All 1 are right").click()
    expect(page.locator("[data-row]")).to_have_count(0)
    assert server.manage("check_ledger").returncode == 0
