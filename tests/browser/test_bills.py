"""A bill from its form to the transaction that pays it, and a calendar that reads it."""

import datetime as dt
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_journeys import begin

pytestmark = pytest.mark.browser


def add_bill(page, name, amount, day: dt.date, **choices):
    page.goto("/bills/add/")
    form = page.locator("main form")
    form.get_by_label("Name").fill(name)
    form.locator("[name=amount]").fill(amount)
    form.get_by_label("Payee").fill(name)
    form.locator("[name=account]").select_option(label="Main account")
    form.get_by_label("First due on").fill(day.isoformat())
    for label, option in choices.items():
        form.get_by_label(label).select_option(label=option)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def add_transaction(page, amount, payee):
    page.goto("/transactions/")
    page.keyboard.press("n")
    page.keyboard.type(amount)
    page.get_by_label("Payee", exact=True).first.fill(payee)
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]", has_text=payee)).to_be_visible()


def test_a_bill_is_added_and_seen_matched(page, sign_up, server):
    sign_up(page)
    begin(page)
    today = dt.datetime.now(dt.UTC).date()
    add_bill(page, "Landlord", "800", today)
    expect(page.locator("body")).to_contain_text("Every month on the")
    page.goto("/bills/")
    expect(page.locator(".answer")).to_contain_text("800.00 due before")
    due = page.locator("[data-row]", has_text="Landlord")
    expect(due).to_contain_text("today")
    # The worker matches what comes in: the bill is due no more.
    add_transaction(page, "-800", "Landlord")
    for _ in range(40):
        page.goto("/bills/")
        if due.count() == 0:
            break
        page.wait_for_timeout(500)
    expect(due).to_have_count(0)
    expect(page.locator(".answer")).to_contain_text("Nothing is due before")
    page.get_by_role("link", name="Landlord").click()
    paid = page.get_by_role("link", name="Paid on")
    expect(paid).to_be_visible()
    paid.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Landlord")
    assert server.manage("check_ledger").returncode == 0


def test_what_is_due_is_worked_by_keys(page, sign_up):
    sign_up(page)
    begin(page)
    today = dt.datetime.now(dt.UTC).date()
    add_bill(page, "Gym", "29.90", today)
    add_bill(page, "Water", "40", today)
    page.goto("/bills/")
    rows = page.locator("table.due-list [data-row]")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("p")
    expect(page.locator("body")).to_contain_text("Entered and matched.")
    expect(rows).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("s")
    expect(page.locator("table.due-list")).to_have_count(0)
    page.goto("/transactions/")
    expect(page.locator("[data-row]", has_text="Gym")).to_contain_text("29.90")
    expect(page.locator("[data-row]", has_text="Water")).to_have_count(0)


def test_a_calendar_reads_the_secret_address_without_signing_in(page, sign_up):
    sign_up(page)
    begin(page)
    add_bill(page, "Landlord", "800", dt.datetime.now(dt.UTC).date())
    page.goto("/bills/calendar/address/")
    page.get_by_role("button", name="Make an address").click()
    address = page.get_by_label("Address", exact=True).input_value()
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 ours
        assert answer.headers["Content-Type"].startswith("text/calendar")
        assert "Landlord" in answer.read().decode()
    page.goto("/bills/calendar/address/")
    expect(page.locator("#feed-address")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_a_phone_suffices(new_page, sign_up, theme):
    page = new_page(with_axe=True, color_scheme=theme)
    sign_up(page)
    begin(page)
    today = dt.datetime.now(dt.UTC).date()
    add_bill(page, "Landlord", "800", today - dt.timedelta(days=4))
    add_bill(page, "Water", "40", today, Kind="Subscription")
    one = page.url
    found = []
    for path in (
        *("/bills/", "/bills/calendar/", "/bills/subscriptions/", "/bills/add/"),
        *(one, f"{one}edit/", "/bills/calendar/address/"),
    ):
        page.goto(path)
        for width, height in ((1280, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if too_wide > 0:
                found.append(f"{path} at {width}: {too_wide} px too wide")
            for violation in Axe().run(page).response["violations"]:
                nodes = [node["html"][:140] for node in violation["nodes"][:3]]
                found.append(f"{path} at {width}: {violation['id']}: {nodes}")
    assert found == [], "\n".join(found)
