"""A rule from its preview to the past and back again."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_journeys import begin, import_csv

pytestmark = pytest.mark.browser

STATEMENT = """Date,Description,Amount
2026-11-02,ZQX HANDELS 11,-12.00
2026-11-03,ZQX HANDELS 12,-13.00
2026-11-04,QWV NORD 7,-8.00
"""


def test_a_rule_is_previewed_applied_to_the_past_and_undone(page, sign_up, server):
    sign_up(page)
    begin(page)
    import_csv(page, STATEMENT)
    page.goto("/rules/add/")
    form = page.locator("#rule-form")
    form.locator("input[name$='-value']").first.fill("zqx")
    form.locator("select[name$='-value']").last.select_option(label="Groceries")
    form.get_by_role("button", name="Preview", exact=True).last.click()
    expect(form).to_contain_text("2 transactions of the past would change.")
    form.get_by_role("button", name="Save and change 2 transactions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rules")
    page.goto("/transactions/")
    expect(page.locator("[data-row]", has_text="Groceries")).to_have_count(2)
    page.goto("/history/")
    page.get_by_role("button", name="Undo").first.click()
    page.goto("/transactions/")
    expect(page.locator("[data-row]", has_text="Groceries")).to_have_count(0)
    # What comes in from now on is asked at once.
    import_csv(page, STATEMENT.replace("-11-0", "-10-0"), "october.csv")
    page.goto("/transactions/")
    expect(page.locator("[data-row]", has_text="Groceries")).to_have_count(2)
    assert server.manage("check_ledger").returncode == 0
