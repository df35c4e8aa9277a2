"""What people do, from the first click, against the running thing."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD

pytestmark = pytest.mark.browser

STATEMENT = """Date,Description,Amount
2026-11-02,SALARY ACME,2500.00
2026-11-03,COFFEE BAR 12,-3.50
2026-11-03,COFFEE BAR 12,-3.50
2026-11-05,GROCER AM MARKT,-82.10
"""


def begin(page, name="Birch House"):
    """Through the welcome, with an account and starter categories."""
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Your first account").fill("Main account")
    page.get_by_role("button", name="Open the household").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def import_csv(page, text, name="statement.csv"):
    page.goto("/imports/new/")
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Compare with what is here").click()
    page.get_by_role("button", name="Import", exact=True).click(timeout=30_000)
    expect(page.locator(".answer strong")).to_be_visible(timeout=30_000)


def test_sign_up_import_categorise_and_see_the_overview(page, sign_up, server):
    sign_up(page)
    begin(page)
    import_csv(page, STATEMENT)
    expect(page.locator(".answer")).to_contain_text("4 transactions imported")
    page.get_by_role("link", name="Show them").click()
    expect(page.locator("[data-row]")).to_have_count(4)
    page.locator("[data-row]", has_text="GROCER").get_by_role("checkbox").check()
    page.get_by_label("Category", exact=True).last.select_option(label="Groceries")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("[data-row]", has_text="GROCER")).to_contain_text("Groceries")
    page.goto("/?month=2026-11")
    expect(page.locator(".stat").nth(1)).to_contain_text("2,500.00")
    expect(page.locator(".stat").nth(2)).to_contain_text("89.10")
    page.locator(".stat").nth(2).get_by_title("Why this number").click()
    expect(page.locator("dialog[open]")).to_contain_text("Groceries")
    # The same file again adds nothing.
    import_csv(page, STATEMENT)
    expect(page.locator(".answer")).to_contain_text("0 transactions imported")
    page.goto("/imports/")
    page.get_by_role("link", name="statement.csv").last.click()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("body")).to_contain_text("3 transactions removed")
    assert server.manage("check_ledger").returncode == 0


def test_add_split_delete_and_undo_by_hand(page, sign_up, server):
    sign_up(page)
    begin(page)
    page.goto("/transactions/")
    page.keyboard.press("n")
    page.keyboard.type("-24.90")
    page.get_by_label("Payee", exact=True).first.fill("Corner Shop")
    page.keyboard.press("Enter")
    row = page.locator("[data-row]", has_text="Corner Shop")
    expect(row).to_contain_text("24.90")
    row.get_by_role("link").click()
    page.locator(".inline-edit").get_by_label("Notes").fill("edited in its row")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    row.get_by_role("link").click()
    page.get_by_role("link", name="Split, history and more").click()
    expect(page.get_by_label("Notes")).to_have_value("edited in its row")
    page.get_by_role("link", name="Split", exact=True).click()
    amounts = page.get_by_label("Amount")
    amounts.nth(0).fill("20")
    amounts.nth(1).fill("4.90")
    expect(page.locator("[data-split-rest]")).to_have_text("0.00")
    page.get_by_role("button", name="Save the split").click()
    expect(page.get_by_role("heading", name="Parts")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("[data-row]")).to_have_count(0)
    page.get_by_role("button", name="Undo").first.click()
    page.goto("/transactions/")
    expect(page.locator("[data-row]", has_text="Corner Shop")).to_contain_text("Split")
    assert server.manage("check_ledger").returncode == 0


def test_sign_in_with_a_passkey(page, sign_up, server):
    sign_up(page)
    begin(page)
    page.goto(server.mailed(r"/auth/confirm-email/[\w:-]+/"))
    page.locator("main form button").last.click()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto("/auth/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.locator("input[type=password]").fill(PASSWORD)
        page.locator("main form button[type=submit], #content form button").first.click()
    page.locator("input[name=name]").fill("My laptop")
    if page.locator("input[name=passwordless]").count():
        page.locator("input[name=passwordless]").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(re.compile(r"/auth/2fa/(webauthn/$|recovery)"))
    page.context.clear_cookies()
    page.goto("/auth/login/")
    page.get_by_role("button", name=re.compile("passkey")).click()
    page.wait_for_url(re.compile(r"localhost:\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_two_households_and_an_invitation(new_page, sign_up, server):
    owner, guest = new_page(), new_page()
    sign_up(owner)
    begin(owner)
    email = sign_up(guest, "Guest Person")
    owner.goto("/household/members/")
    owner.get_by_label("E-mail").fill(email)
    owner.get_by_role("button", name="Send invitation").click()
    expect(owner.locator("body")).to_contain_text("on its way")
    guest.goto(server.mailed(r"/invitations/[\w-]+/"))
    guest.get_by_role("button", name="Join the household").click()
    expect(guest.locator("body")).to_contain_text("Birch House")


def test_a_broken_file_is_explained(page, sign_up):
    sign_up(page)
    begin(page)
    page.goto("/imports/new/")
    page.locator("input[type=file]").set_input_files(
        {"name": "scan.csv", "mimeType": "text/csv", "buffer": b"%PDF-1.7 nothing"}
    )
    expect(page.get_by_role("alert")).to_contain_text("PDF")
