"""A month of a budget, typed and spent in a browser."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.test_journeys import begin

pytestmark = pytest.mark.browser


def line(page, name):
    return page.locator(".budget-line", has=page.get_by_role("link", name=name, exact=True))


def key(page, name):
    """The number of the category."""
    return line(page, name).get_attribute("id").removeprefix("line-")


def mailed(server, pattern):
    """Whether a mail has it by now."""
    try:
        return server.mailed(pattern)
    except IndexError:
        return ""


def spend(page, amount, category, direction="out"):
    """Through the form of a transaction of today."""
    page.goto("/transactions/add/")
    page.locator("main [name=direction]").select_option(direction)
    page.locator("main [name=amount]").fill(amount)
    page.locator("main [name=category]").select_option(label=category)
    page.locator("main form").get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(re.compile(r"/transactions/(?!add)"))


def test_set_a_budget_and_overspend_it_by_adding_a_transaction(page, sign_up, server):
    sign_up(page)
    begin(page)
    page.goto("/budget/")
    expect(page.locator(".answer")).to_contain_text("Nothing is budgeted")
    groceries = line(page, "Groceries")
    groceries.locator("[data-budget-input]").fill("100")
    # Enter leads to the next amount, and what was typed is sent on the way.
    page.keyboard.press("Enter")
    expect(line(page, "Eating out").locator("[data-budget-input]")).to_be_focused()
    expect(page.locator(".answer")).to_contain_text("100.00 left for")
    page.keyboard.type("50")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".answer")).to_contain_text("150.00 left for")
    spend(page, "120", "Groceries")
    page.goto("/budget/")
    expect(groceries).to_have_class(re.compile("is-over"))
    expect(groceries.locator(".budget-left")).to_contain_text("\u221220.00 over")
    expect(page.locator(".answer")).to_contain_text("30.00 left for")
    # The worker tells of it: in the app, and by mail.
    told = re.compile(r"Groceries: .*20\.00 over")
    deadline = time.monotonic() + 45
    while not page.get_by_text(told).count() and time.monotonic() < deadline:
        page.goto("/notifications/")
    expect(page.get_by_text(told).first).to_be_visible()
    while not mailed(server, r"Groceries[^\n]*over") and time.monotonic() < deadline:
        page.wait_for_timeout(300)
    assert mailed(server, r"Groceries[^\n]*over")
    page.goto("/budget/")
    groceries.get_by_role("link", name="120.00").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    # A higher limit turns the bar back.
    page.goto("/budget/")
    groceries.locator("[data-budget-input]").fill("200")
    page.keyboard.press("Enter")
    expect(groceries).to_have_class(re.compile("is-ok"))


def test_what_somebody_else_set_meanwhile_is_shown_beside_ones_own(page, new_page, sign_up):
    sign_up(page)
    begin(page)
    page.goto("/budget/")
    second = page.context.new_page()
    second.goto("/budget/")
    line(page, "Groceries").locator("[data-budget-input]").fill("300")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("300.00 left for")
    field = line(second, "Groceries").locator("[data-budget-input]")
    field.fill("250")
    second.keyboard.press("Enter")
    expect(line(second, "Groceries").get_by_role("alert")).to_contain_text("300.00 meanwhile")
    expect(field).to_have_value("250")
    field.fill("260")
    second.keyboard.press("Enter")
    expect(second.locator(".answer")).to_contain_text("260.00 left for")
    second.close()


def test_work_a_month_in_envelope_mode(page, sign_up, server):
    sign_up(page)
    begin(page)
    page.goto("/budget/settings/")
    page.get_by_label("Envelopes: every amount gets a job before it is spent").check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    spend(page, "1000", "Salary", "in")
    page.goto("/budget/")
    banner = page.locator(".budget-banner")
    expect(banner).to_contain_text("1,000.00 to assign")
    line(page, "Rent and mortgage").locator("[data-budget-input]").fill("700")
    page.keyboard.press("Enter")
    expect(banner).to_contain_text("300.00 to assign")
    line(page, "Groceries").locator("[data-budget-input]").fill("300")
    page.keyboard.press("Enter")
    expect(banner).to_contain_text("Every amount has a job")
    spend(page, "40", "Eating out")
    page.goto("/budget/")
    expect(line(page, "Eating out")).to_have_class(re.compile("is-over"))
    page.get_by_role("button", name="Move money").click()
    dialog = page.locator("dialog#move-money")
    dialog.get_by_label("Amount").fill("40")
    dialog.get_by_label("From").select_option(value=key(page, "Groceries"))
    dialog.get_by_label("To").select_option(value=key(page, "Eating out"))
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(line(page, "Eating out")).not_to_have_class(re.compile("is-over"))
    expect(line(page, "Groceries").locator(".budget-left")).to_contain_text("260.00")
    expect(banner).to_contain_text("Every amount has a job")
    banner.get_by_title("Why this number").click()
    expect(page.locator("dialog[open]")).to_contain_text("Put into envelopes")
    assert server.manage("check_ledger").returncode == 0
