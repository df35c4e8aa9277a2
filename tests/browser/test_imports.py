"""Files of several kinds through the wizard, as people bring them."""

import base64
import io

import openpyxl
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CSV = "Date,Description,Amount\n2026-11-13,BAKERY,-4.50\n2026-11-14,FERRY,-12.00\n"
OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>1<ACCTID>77001122<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261115<TRNAMT>-7.25<FITID>A1<NAME>CINEMA</STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
QIF = """!Type:Bank
D11/30/2026
T-30.00
PCorner Shop
SFood
$-20.00
SHousehold
$-10.00
^
"""
REVOLUT = (
    "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
    "CARD_PAYMENT,Current,2026-11-16 10:00:00,2026-11-16 10:00:00,Museum,-10.00,0.50,EUR,"
    "COMPLETED,89.50\n"
    "CARD_PAYMENT,Current,2026-11-16 11:00:00,,Museum,-10.00,0.00,EUR,REVERTED,\n"
)

DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const zone = document.querySelector("[data-drop]");
  zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""


def begin(page) -> None:
    """Through the welcome, with an account in euros whatever the browser's country."""
    page.get_by_label("Name").fill("Birch House")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Your first account").fill("Main account")
    page.get_by_label("Currency").select_option("EUR")
    page.get_by_role("button", name="Open the household").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def drop(page, files: dict[str, bytes]) -> None:
    page.goto("/imports/new/")
    page.evaluate(DROP, [[name, base64.b64encode(data).decode()] for name, data in files.items()])


def compare_and_import(page) -> None:
    page.get_by_role("button", name="Compare with what is here").click()
    page.get_by_role("button", name="Import", exact=True).click(timeout=30_000)
    expect(page.locator(".answer strong")).to_be_visible(timeout=30_000)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Statement of November"])
    sheet.append(["Booked", "Text", "Money", "Rest"])
    sheet.append(["2026-11-17", "GARDEN CENTRE", -33.1, 966.9])
    sheet.append(["2026-11-18", "REFUND", 3.1, 970])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_several_files_dropped_at_once_come_in_one_by_one(page, sign_up, server):
    sign_up(page)
    begin(page)
    files = {"a.csv": CSV.encode(), "b.ofx": OFX.encode(), "c.qif": QIF.encode()}
    drop(page, files)
    expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    for name in files:
        expect(page.get_by_role("row", name=name)).to_contain_text("Needs your answers")
    for name, count in (("a.csv", 2), ("b.ofx", 1), ("c.qif", 1)):
        page.goto("/imports/")
        page.get_by_role("link", name=name).click()
        page.get_by_label("Into account").select_option(label="Main account (EUR)")
        compare_and_import(page)
        expect(page.locator(".answer strong")).to_have_text(str(count))
    page.goto("/transactions/?month=2026-11")
    expect(page.locator("[data-row]")).to_have_count(4)
    page.goto("/transactions/?month=2026-11&kind=split")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("Corner Shop")
    # All of it again: known, every line.
    drop(page, files)
    page.get_by_role("link", name="b.ofx").first.click()
    page.get_by_label("Into account").select_option(label="Main account (EUR)")
    page.get_by_role("button", name="Compare with what is here").click()
    expect(page.get_by_role("navigation", name="Outcomes")).to_contain_text(
        "Here already 1", timeout=30_000
    )
    assert server.manage("check_ledger").returncode == 0


def test_a_workbook_through_the_mapping_step(page, sign_up):
    sign_up(page)
    begin(page)
    drop(page, {"november.xlsx": workbook()})
    expect(page.get_by_role("heading", level=1)).to_have_text("How to read this file")
    # A workbook has no encoding and no delimiter to ask for.
    expect(page.get_by_label("Text encoding")).to_have_count(0)
    page.get_by_label("Text", exact=True).select_option(label="Description")
    page.get_by_label("Rest", exact=True).select_option(label="Leave out")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_role("region", name="First rows")).to_contain_text("GARDEN CENTRE")
    compare_and_import(page)
    expect(page.locator(".answer strong")).to_have_text("2")
    drop(page, {"november.xlsx": workbook()})
    expect(page.locator(".alert-success")).to_contain_text("a file of this shape before")
    expect(page.get_by_label("Rest", exact=True)).to_have_value("")


def test_a_bank_is_recognised_and_every_answer_can_be_changed(page, sign_up):
    sign_up(page)
    begin(page)
    drop(page, {"account.csv": REVOLUT.encode()})
    expect(page.locator(".alert-success")).to_contain_text("Recognised: Revolut")
    rows = page.get_by_role("region", name="First rows")
    expect(rows).to_contain_text("10.50")
    page.get_by_label("Fee", exact=True).select_option(label="Leave out")
    page.get_by_role("button", name="Read it this way").click()
    expect(rows).to_contain_text("10.00")
    compare_and_import(page)
    expect(page.locator(".answer strong")).to_have_text("1")


def test_another_encoding_shows_other_names(page, sign_up):
    sign_up(page)
    begin(page)
    text = "Data;Opis;Kwota;Właściciel\n2026-11-13;Żabka;-12,50;Łucja\n"
    drop(page, {"bank.csv": text.encode("cp1250")})
    page.get_by_label("Text encoding").select_option("iso-8859-15")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_role("region", name="Columns")).not_to_contain_text("Właściciel")
    page.get_by_label("Text encoding").select_option("cp1250")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_role("region", name="Columns")).to_contain_text("Właściciel")
    expect(page.get_by_role("region", name="First rows")).to_contain_text("Żabka")
    compare_and_import(page)
    expect(page.locator(".answer strong")).to_have_text("1")
