"""Exports: what other programs make of the files, and that no text of people breaks one."""

import csv
import datetime as dt
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import data as beancount_data
from defusedxml import ElementTree
from django.core.management import CommandError, call_command
from django.http import QueryDict
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import to_decimal
from ledger.balances import account_balances
from ledger.exports import registry, xlsx
from ledger.exports.selection import book_of
from ledger.filters import TransactionFilter
from ledger.models import Account, Category, CategoryGroup, Payee, Status, Tag, Transaction
from ledger.own_id import own_id, own_pk
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import link_transfer, record_transfer
from ledger.tests.factories import (
    AccountFactory,
    CategoryFactory,
    CategoryGroupFactory,
    PayeeFactory,
    TagFactory,
    make_transaction,
)

NOVEMBER = dt.date(2026, 11, 1)


@pytest.fixture
def house(household, alice):
    """One of everything: a split, transfers in one and two currencies, pending, no decimals, three."""
    kind = Account.Kind
    current = AccountFactory(
        household=household, name="Current: main", opening_balance=10_000, opened_on=NOVEMBER
    )
    savings = AccountFactory(household=household, name="Savings", kind=kind.SAVINGS)
    card = AccountFactory(
        household=household, name="Card", kind=kind.CREDIT_CARD, opening_balance=-5000
    )
    yen = AccountFactory(household=household, name="Yen", currency="JPY", opening_balance=70_000)
    dinar = AccountFactory(household=household, name="Dinar", currency="KWD")
    home = CategoryGroupFactory(household=household, name="Home")
    food = CategoryFactory(household=household, name="Food", group=home)
    wages = CategoryFactory(
        household=household,
        name="Wages",
        group=CategoryGroupFactory(household=household, name="Work", kind="income"),
    )
    shop, tag = PayeeFactory(household=household, name="Shop"), TagFactory(household=household)
    make_transaction(current, 250_000, by=alice, category=wages, description="SALARY")
    make_transaction(
        current,
        -1234,
        dt.date(2026, 11, 4),
        alice,
        payee=shop,
        category=food,
        description='CARD 12 "SHOP"; PARIS',
        notes="for: us, date: never [2026-13-45]",
        tags=[tag],
    )
    split = make_transaction(current, -9000, dt.date(2026, 11, 5), alice, payee=shop)
    parts = [Part(-4000, food, notes="bread"), Part(-3000, None, shop), Part(-2000, food)]
    split_transaction(transaction=split, parts=parts, by=alice)
    record_transfer(
        source=current, target=savings, amount=50_000, date=dt.date(2026, 11, 6), by=alice
    )
    record_transfer(
        source=current,
        target=yen,
        amount=3333,
        target_amount=5_001,
        date=dt.date(2026, 11, 7),
        by=alice,
    )
    late = make_transaction(card, 2500, dt.date(2026, 11, 10), alice, description="PAID")
    early = make_transaction(current, -2500, dt.date(2026, 11, 8), alice, description="TO CARD")
    link_transfer(first=late, second=early, by=alice)
    make_transaction(yen, -800, dt.date(2026, 11, 9), alice, description="RAMEN")
    make_transaction(dinar, 1_234_567, dt.date(2026, 11, 9), alice, description="1.234 KWD")
    make_transaction(
        current, -777, dt.date(2026, 11, 11), alice, description="COFFEE", status=Status.PENDING
    )
    return household


def export(household, form, **query) -> bytes:
    data = QueryDict(mutable=True)
    for name, value in query.items():
        data[name.rstrip("_")] = str(value)
    book = book_of(TransactionFilter(data, household=household))
    return b"".join(registry.named(form).pieces(book))


def all_balances(household) -> list[tuple[str, Decimal]]:
    """(name, balance in whole units) of every account."""
    return [
        (item.account.name, to_decimal(item.balance, item.account.currency))
        for item in account_balances(household, dt.date(2100, 1, 1))
    ]


def balances(household) -> dict[str, Decimal]:
    """Balances in whole units, by the first word of the account's name."""
    return {name.partition(":")[0]: balance for name, balance in all_balances(household)}


def beancount_of(text: str):
    """(entries, sums by account) of a ledger that has no error."""
    entries, errors, _options = loader.load_string(text)
    assert [error.message for error in errors] == []
    sums: dict[str, Decimal] = {}
    for entry in entries:
        if isinstance(entry, beancount_data.Transaction):
            for posting in entry.postings:
                key = posting.account
                sums[key] = sums.get(key, Decimal(0)) + posting.units.number
    return entries, sums


def hledger(text: str, *words: str) -> str:
    program = shutil.which("hledger")
    if program is None:
        if not os.environ.get("CI"):
            pytest.skip("hledger is not installed")
        pytest.fail("hledger is not installed")
    done = subprocess.run(
        [program, "-f-", *words],
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def hledger_sums(text: str) -> dict[str, Decimal]:
    hledger(
        text,
        "check",
        "accounts",
        "commodities",
        "assertions",
        "ordereddates",
        "balancednoautoconversion",
    )
    table = csv.DictReader(io.StringIO(hledger(text, "bal", "--flat", "-N", "-E", "-O", "csv")))
    return {
        row["account"]: Decimal(row["balance"].split()[0]) if row["balance"] != "0" else Decimal(0)
        for row in table
    }


def test_beancount_has_our_balances(house, tmp_path):
    text = export(house, "beancount").decode()
    entries, sums = beancount_of(text)
    ours = balances(house)
    assert sums["Assets:Current-main"] == ours["Current"]
    assert sums["Liabilities:Card"] == ours["Card"]
    assert sums["Assets:Yen"] == ours["Yen"] == 74_201
    assert sums["Assets:Dinar"] == ours["Dinar"] == Decimal("1234.567")
    assert sums["Expenses:Home:Food"] == Decimal("72.34")
    assert sums["Equity:Opening-Balances"] == -100 + 50 - 70_000
    kinds = Counter(type(entry).__name__ for entry in entries)
    assert kinds["Balance"] == 5
    assert kinds["Transaction"] == Transaction.objects.movements().count() - 3 + 3
    path = tmp_path / "book.beancount"
    path.write_text(text)
    checker = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([checker, path], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_beancount_keeps_what_a_row_says(house):
    text = export(house, "beancount").decode()
    entries, _sums = beancount_of(text)
    rows = [entry for entry in entries if isinstance(entry, beancount_data.Transaction)]
    bought = next(row for row in rows if row.date == dt.date(2026, 11, 4))
    assert (bought.payee, bought.narration) == ("Shop", 'CARD 12 "SHOP"; PARIS')
    assert bought.meta["notes"] == "for: us, date: never [2026-13-45]"
    assert bought.tags == {Tag.objects.get().name}
    assert own_pk(house.code, bought.meta["id"]) == Transaction.objects.get(date=bought.date).pk
    split = next(row for row in rows if row.date == dt.date(2026, 11, 5))
    assert [str(p.units) for p in split.postings] == [
        "-90.00 EUR",
        "40.00 EUR",
        "30.00 EUR",
        "20.00 EUR",
    ]
    pending = next(row for row in rows if row.narration == "COFFEE")
    assert pending.flag == "!"
    changed = next(row for row in rows if row.date == dt.date(2026, 11, 7))
    assert [str(p.units) for p in changed.postings] == ["-33.33 EUR", "5001 JPY"]


def test_hledger_has_our_balances(house):
    sums = hledger_sums(export(house, "hledger").decode())
    ours = balances(house)
    assert sums["assets:Current- main"] == ours["Current"]
    assert sums["liabilities:Card"] == ours["Card"]
    assert sums["assets:Yen"] == ours["Yen"]
    assert sums["assets:Dinar"] == ours["Dinar"]
    assert sums["expenses:Home:Food"] == Decimal("72.34")


@pytest.mark.parametrize(
    "query",
    [
        {"from_": "2026-11-05", "to": "2026-11-08"},
        {"from_": "2026-11-09"},
        {"to": "2026-11-06"},
        {"category": "none"},
        {"q": "nothing at all"},
        {"direction": "out"},
        {"account": "Savings"},
        {"account": "Card"},
    ],
)
def test_journals_of_a_selection_are_sound(house, query):
    if "account" in query:
        query = {"account": Account.objects.get(name=query["account"]).pk}
    beancount_of(export(house, "beancount", **query).decode())
    hledger_sums(export(house, "hledger", **query).decode())


def test_a_selection_of_days_ends_with_the_balance_of_its_last_day(house):
    text = export(house, "beancount", from_="2026-11-05", to="2026-11-08").decode()
    assert "2026-11-05 open Assets:Current-main EUR" in text
    assert "  Assets:Current-main  2587.66 EUR\n  Equity:Opening-Balances" in text
    assert "2026-11-09 balance Assets:Current-main  1939.33 EUR" in text
    # The card's side of the transfer is on a later day: its money waits.
    assert "Equity:Transfers  25.00 EUR" in text


def test_journals_take_names_that_are_alike(household, alice):
    for name in ("A b", "a-B", "a b", "...", "!!", "日本", "ünï", "9 lives"):
        make_transaction(AccountFactory(household=household, name=name), by=alice)
    text = export(household, "beancount").decode()
    beancount_of(text)
    names = "A-b A-B-2 A-b-3 Account Account-2 X-日本 Ünï 9-lives".split()
    for name in names:
        assert f"open Assets:{name} EUR" in text
    assert len(hledger_sums(export(household, "hledger").decode())) == 8 + 1


def test_json_has_everything(house):
    found = json.loads(export(house, "json"))
    assert (found["format"], found["version"]) == ("housebook-export", 1)
    assert len(found["transactions"]) == Transaction.objects.movements().count()
    accounts = {a["id"]: a for a in found["accounts"]}
    sums = Counter({pk: a["opening_balance"] for pk, a in accounts.items()})
    for row in found["transactions"]:
        sums[row["account"]] += row["amount"]
        assert not row["parts"] or sum(p["amount"] for p in row["parts"]) == row["amount"]
    for item in account_balances(house, dt.date(2100, 1, 1)):
        assert sums[item.account.pk] == item.balance
    assert {a["name"]: a["decimals"] for a in accounts.values()}["Dinar"] == 3
    pairs = {r["id"]: r["transfer"]["transaction"] for r in found["transactions"] if r["transfer"]}
    assert len(pairs) == 6
    assert all(pairs[pairs[pk]] == pk for pk in pairs)
    assert [p["name"] for p in found["payees"]] == ["Shop"]
    assert {r["status"] for r in found["transactions"]} == {"booked", "pending"}


def test_json_of_nothing(household, alice):
    found = json.loads(export(household, "json"))
    assert found["transactions"] == found["payees"] == found["accounts"] == []


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(content: bytes) -> list[list[list]]:
    """The cells of each sheet: text as str, numbers as float; fails for formulas and links."""
    sheets = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        assert not [n for n in archive.namelist() if "_rels/sheet" in n]
        for name in sorted(names):
            root = ElementTree.fromstring(archive.read(name))
            assert not list(root.iter(f"{_MAIN}f"))
            sheets.append([_cells(row) for row in root.iter(f"{_MAIN}row")])
    return sheets


def _cells(row) -> list:
    cells = []
    for cell in row.iter(f"{_MAIN}c"):
        if cell.get("t") == "inlineStr":
            cells.append("".join(cell.itertext()))
        else:
            cells.append(float(cell.findtext(f"{_MAIN}v")))
    return cells


def test_xlsx_has_dates_and_numbers(house):
    rows, accounts = sheets_of(export(house, "xlsx"))
    assert len(rows) == 1 + Transaction.objects.allocations().count()
    newest = rows[1]
    assert newest[:4] == [46337.0, "Current: main", "COFFEE", -7.77]
    assert dt.date(1899, 12, 30) + dt.timedelta(days=int(newest[0])) == dt.date(2026, 11, 11)
    assert 1234.567 in rows[2] + rows[3]
    part = next(row for row in rows if "2/3" in row)
    assert part[2:] == ["Shop", -30.0, "EUR", "Booked", "2/3", part[-1]]
    current = ["Current: main", "Current account", "EUR", 100.0, float(balances(house)["Current"])]
    assert [cell for cell in accounts[1] if cell] == current


def test_xlsx_goes_on_on_another_sheet(house, monkeypatch):
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 5)
    sheets = sheets_of(export(house, "xlsx"))
    assert len(sheets) == 2 + Transaction.objects.allocations().count() // 4
    assert [len(sheet) for sheet in sheets[:2]] == [5, 5]


def test_spreadsheets_calculate_nothing(household, account, alice):
    for text in ("=1+1", "+1", "-1", "@x", "{=1}", "https://example.org", "=HYPERLINK(0)"):
        make_transaction(account, by=alice, description=text)
    rows = sheets_of(export(household, "xlsx"))[0]
    assert {row[2] for row in rows[1:]} >= {"=1+1", "https://example.org", "{=1}"}
    assert b"'=HYPERLINK(0)" in export(household, "csv")


def test_qif_is_what_quicken_reads(house):
    text = export(house, "qif", account=Account.objects.get(name="Current: main").pk).decode()
    records = text.split("^\n")
    assert "!Type:Cat\nNWork:Wages\nI\n" in records
    assert "NHome:Food\nE\n" in records
    split = own_id(house.code, Transaction.objects.get(is_split=True).pk)
    assert any(r.startswith("!Account\nNCurrent- main\nTBank\nDEUR\n/") for r in records)
    assert (
        f"D2026-11-05\nT-90.00\nC*\nA{split}\nPShop\n"
        "SHome:Food\nEbread\n$-40.00\nS\nEShop\n$-30.00\nSHome:Food\n$-20.00\n" in records
    )
    assert re.search(r"D2026-11-06\nT-500.00\nC\*\nAhb-.*\nL\[Savings\]\n", text)
    assert "COFFEE" not in text


def test_ofx_names_its_accounts(house):
    Account.objects.filter(name="Savings").update(number="DE89 3704 0044 0532 0130 00")
    text = export(house, "ofx", to="2026-11-30").decode()
    assert text.startswith("OFXHEADER:100\r\n")
    assert text.count("<STMTRS>") == 4
    assert text.count("<CCSTMTRS>") == 1
    assert "<ACCTID>DE89370400440532013000\r\n<ACCTTYPE>SAVINGS" in text
    assert "<DTEND>20261130120000" in text
    assert "COFFEE" not in text
    # The bank's balance: without what is pending.
    assert f"<BALAMT>{balances(house)['Current'] + Decimal('7.77')}\r\n" in text


def test_a_book_is_read_in_few_queries(house, alice, connection_counter):
    def costs():
        return {form: connection_counter(partial(export, house, form)) for form in registry.names()}

    few = costs()
    account = Account.objects.get(name="Card")
    for _ in range(30):
        make_transaction(account, by=alice, payee=Payee.objects.get())
    many = costs()
    assert many == few
    assert max(few.values()) <= 6 + 5 + 5 * Account.objects.count()


def test_every_format_streams_in_small_pieces(house):
    book = book_of(TransactionFilter(QueryDict(), household=house))
    for form in registry.FORMATS:
        pieces = list(form.pieces(book))
        assert all(isinstance(piece, bytes) for piece in pieces)
        assert len(pieces) > 5 or form.name == "xlsx"


def test_own_ids_belong_to_a_household(household, charlie):
    other = charlie.memberships.get().household
    assert own_pk(household.code, own_id(household.code, 12)) == 12
    assert own_pk(other.code, own_id(household.code, 12)) is None
    for text in (
        "",
        "12",
        "hb-12",
        own_id(household.code, 1) + "\n",
        own_id(household.code, 10**30),
    ):
        assert own_pk(household.code, text) is None


# Pages and command


@pytest.mark.parametrize("form", registry.FORMATS, ids=lambda form: form.name)
def test_a_viewer_exports_what_the_filter_finds(house, vera, client, form):
    client.force_login(vera)
    url = reverse("ledger:transaction_export")
    answer = client.get(url, {"format": form.name, "q": "RAMEN"})
    assert answer["Content-Type"] == form.content_type
    assert answer["Content-Disposition"].endswith(f'.{form.extension}"')
    body = b"".join(answer)
    if form.name != "xlsx":
        assert b"RAMEN" in body
        assert b"SALARY" not in body


def test_an_unknown_format_is_not_found(house, vera, client):
    client.force_login(vera)
    assert client.get(reverse("ledger:transaction_export"), {"format": "pdf"}).status_code == 404


def test_pages_offer_every_format(house, vera, client):
    client.force_login(vera)
    pk = Account.objects.get(name="Card").pk
    for page, query in (
        (reverse("ledger:transaction_list") + "?q=RAMEN", "q=RAMEN&amp;"),
        (reverse("ledger:account_detail", args=[pk]), f"account={pk}&amp;"),
        (reverse("ledger:account_list"), ""),
    ):
        text = client.get(page).content.decode()
        for name in registry.names():
            assert f'href="/transactions/export/?{query}format={name}"' in text


def test_the_command_writes_a_file(house, tmp_path, capsysbinary):
    target = tmp_path / "book.journal"
    facts = {"household": house.name, "format": "hledger"}
    call_command("export_data", output=str(target), **facts)
    assert target.read_bytes() == export(house, "hledger")
    assert list(tmp_path.iterdir()) == [target]
    options = ["--household", house.name, "--account", "card", "--to", "2026-11-30"]
    done = io.TextIOWrapper(io.BytesIO())
    call_command("export_data", *options, stdout=done)
    assert b"PAID" in done.buffer.getvalue()
    assert b"SALARY" not in done.buffer.getvalue()
    with pytest.raises(CommandError, match="no account"):
        call_command("export_data", *options[:2], "--account", "nobody's")
    with pytest.raises(CommandError):
        call_command("export_data", output=str(tmp_path / "no" / "where"), **facts)


# Any text


_ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from("\"\\'^;:|[](){}<>&#=+-@*!,\n\r\t\u0085\u2028\u00a0%~ \ufffe"),
    ),
    max_size=30,
)


@given(name=_ANY, group=_ANY, payee=_ANY, text=_ANY, notes=_ANY, tag=_ANY)
@settings(max_examples=25)
def test_no_text_breaks_a_file(house, name, group, payee, text, notes, tag):
    Account.objects.filter(kind="savings").update(name=name, institution=text, number=name)
    Account.objects.filter(kind="credit_card").update(name=name.swapcase())
    Category.objects.exclude(name="Wages").update(name=name)
    CategoryGroup.objects.filter(kind="expense").update(name=group)
    Payee.objects.update(name=payee)
    Tag.objects.update(name=tag)
    Transaction.objects.update(description=text, notes=notes)
    household = Transaction.objects.first().household
    household.name = name
    household.save()

    count = Transaction.objects.movements().count()
    entries, sums = beancount_of(export(household, "beancount").decode())
    assert len([e for e in entries if isinstance(e, beancount_data.Transaction)]) == count
    expected = sorted(balance for _name, balance in all_balances(household) if balance)
    assert sorted(v for k, v in sums.items() if k[:2] in ("As", "Li") and v) == expected
    sums = hledger_sums(export(household, "hledger").decode())
    assert sorted(v for k, v in sums.items() if k.startswith(("assets", "liab")) and v) == expected
    assert len(json.loads(export(household, "json"))["transactions"]) == count
    assert len(sheets_of(export(household, "xlsx"))[0]) == count + 3
    qif = export(household, "qif").decode()
    assert qif.count("^") == qif.count("\n^\n")
    assert qif.count("\nT") == count - 1 + Account.objects.count()
    rows = list(csv.reader(io.StringIO(export(household, "csv").decode(), newline="")))
    assert {len(row) for row in rows} == {13}
