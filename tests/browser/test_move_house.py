"""Moving house in a browser: another program's export and a bank's statement, dropped at once."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_imports import CSV, begin, compare_and_import, drop

pytestmark = pytest.mark.browser

REGISTER = (
    "Account,Date,Payee,Category Group/Category,Category Group,Category,Memo,Outflow,Inflow\n"
    "Giro,2026-11-01,Starting Balance,Inflow: Ready to Assign,Inflow,Ready to Assign,,0.00,100.00\n"
    "Giro,2026-11-02,Bakery,Food: Groceries,Food,Groceries,,5.00,0.00\n"
    "Giro,2026-11-04,Transfer : Savings,,,,put by,30.00,0.00\n"
    "Savings,2026-11-04,Transfer : Giro,,,,,0.00,30.00\n"
    "Giro,31 of May,Odd,,,,,1.00,0.00\n"
)


def test_a_ynab_register_and_a_banks_file_at_once(page, sign_up, server):
    sign_up(page)
    begin(page)
    drop(page, {"register.csv": REGISTER.encode(), "bank.csv": CSV.encode()})
    expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    page.get_by_role("link", name="register.csv").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move in from YNAB")
    expect(page.get_by_role("region", name="What is in the file")).to_contain_text("3 transactions")
    expect(page.get_by_role("region", name="Rows that cannot be read")).to_contain_text("31 of May")
    page.get_by_label("Giro").select_option(label="Main account")
    page.get_by_role("button", name="Compare with what is here").click()
    outcome = page.get_by_role("region", name="What would come in")
    expect(outcome).to_contain_text("3 new transactions", timeout=30_000)
    expect(outcome).to_contain_text(re.compile(r"New accounts\s+1"))
    outcome.get_by_role("button", name="Bring it in").click()
    expect(page.locator(".answer strong")).to_have_text("3", timeout=30_000)
    page.goto("/transactions/?month=2026-11")
    expect(page.locator("[data-row]")).to_have_count(3)
    # The bank's file, which came with it, goes its own way.
    page.goto("/imports/")
    page.get_by_role("link", name="bank.csv").click()
    page.get_by_label("Into account").select_option(label="Main account (EUR)")
    compare_and_import(page)
    page.goto("/transactions/?month=2026-11")
    expect(page.locator("[data-row]")).to_have_count(5)
    page.goto("/imports/")
    page.get_by_role("link", name="register.csv").click()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("3 transactions removed.")).to_be_visible()
    page.goto("/transactions/?month=2026-11")
    expect(page.locator("[data-row]")).to_have_count(2)
    assert server.manage("check_ledger").returncode == 0


def test_a_household_moves_by_its_own_export(page, new_page, sign_up, server):
    sign_up(page)
    begin(page)
    drop(page, {"register.csv": REGISTER.encode()})
    page.get_by_role("button", name="Compare with what is here").click()
    page.get_by_role("button", name="Bring it in").click(timeout=30_000)
    expect(page.locator(".answer strong")).to_have_text("3", timeout=30_000)
    data = page.request.get("/transactions/export/?format=json").body()
    other = new_page()
    sign_up(other, name="Erin Elm")
    begin(other)
    drop(other, {"housebook.json": data})
    expect(other.get_by_role("heading", level=1)).to_have_text("Move in from Housebook")
    other.get_by_role("button", name="Compare with what is here").click()
    other.get_by_role("button", name="Bring it in").click(timeout=30_000)
    expect(other.locator(".answer strong")).to_have_text("3", timeout=30_000)
    assert server.manage("check_ledger").returncode == 0


def test_what_is_no_export_is_read_as_a_table(page, sign_up):
    sign_up(page)
    begin(page)
    drop(page, {"register.csv": REGISTER.encode()})
    page.get_by_role("button", name="This is not from YNAB").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How to read this file")
