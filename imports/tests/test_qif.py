"""QIF as programs and banks write it: every section, every way to print a date, bad rows."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import qif, registry
from imports.parsers.base import UnreadableFile
from ledger.statement_line import LinePart, Problem, StatementLine


def parse(text: str | bytes, **options):
    return qif.parse(text if isinstance(text, bytes) else text.encode(), **options)


def entries(text: str | bytes, **options) -> list:
    return [entry for s in parse(text, **options).statements for entry in s.entries]


def record(*lines: str) -> str:
    return "\n".join([*lines, "^", ""])


def bank(*records: str) -> str:
    return "!Type:Bank\n" + "".join(records)


def days(*dates: str) -> list:
    found = entries(bank(*(record(f"D{date}", "T-1.00", "Px") for date in dates)))
    return [entry.date if isinstance(entry, StatementLine) else entry.reason for entry in found]


def amounts(*printed: str, **options) -> list:
    found = entries(bank(*(record("D12/31/2024", f"T{text}") for text in printed)), **options)
    return [entry.amount if isinstance(entry, StatementLine) else entry.reason for entry in found]


# The whole


def test_a_bank_account_is_read_in_full():
    text = bank(
        record("D1/15'2005", "T-1,234.56", "CX", "N1001", "PCorner Shop", "Mweekly", "LFood:Bread")
    )
    [found] = parse(text, currency="EUR").statements
    assert (found.kind_hint, found.currency, found.owner) == ("current", "", "")
    assert list(found.entries) == [
        StatementLine(
            line=2, date=dt.date(2005, 1, 15), amount=-123456, payee="Corner Shop",
            description="Corner Shop weekly", currency="EUR", category="Food:Bread",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("Bank", "current"),
        ("bank ", "current"),
        ("CCard", "credit_card"),
        ("Cash", ""),
        ("Oth A", ""),
        ("Oth L", ""),
        ("Invst", "investment"),
        ("Sparkonto", ""),
    ],
)
def test_every_type_of_account_is_read(kind, hint):
    [found] = parse(f"!Type:{kind}\n" + record("D12/31/2024", "T5.00", "Px")).statements
    assert found.kind_hint == hint
    assert [entry.amount for entry in found.entries] == [500]


@pytest.mark.parametrize(
    "kind", ["Cat", "Class", "Memorized", "Security", "Prices", "Budget", "Tag"]
)
def test_lists_are_no_transactions(kind):
    text = f"!Type:{kind}\n" + record("NSalary", "DWhat I earn", "T5.00", "I") + bank(
        record("D12/31/2024", "T1.00")
    )  # fmt: skip
    assert [entry.amount for entry in entries(text)] == [100]


def test_two_carets_carriage_returns_and_no_last_caret():
    text = "!Type:Bank \r\nD12/31/24\r\nT1.00\r\n^^\r\n^^\r\nD12/30/24\r\nT2.00"
    found = entries(text)
    assert [(entry.line, entry.amount) for entry in found] == [(2, 100), (6, 200)]


def test_a_missing_caret_does_not_swallow_a_row():
    found = entries("!Type:Bank\nD12/31/24\nT1.00\nPa\nD12/30/24\nT2.00\nPb\n^\n")
    assert [(entry.payee, entry.amount) for entry in found] == [("a", 100), ("b", 200)]


def test_comments_before_the_header_are_passed_over():
    assert (
        len(entries("### made by hand ###\nD is for date\n\n" + bank(record("D1/31/24", "T1"))))
        == 1
    )


def test_a_file_without_a_header_is_read():
    text = record("D12/31/2024", "T-1.00", "Px") * 2
    assert qif.score(text.encode(), "") == 60
    assert len(entries(text)) == 2


# Accounts


def account(name: str, kind: str = "Bank") -> str:
    return "!Account\n" + record(f"N{name}", f"T{kind}", "Dsome text")


def test_each_account_is_a_statement():
    text = (
        account("Purse", "Cash") + "!Type:Cash\n" + record("D12/31/2024", "T-1.00")
        + account("Giro") + bank(record("D12/31/2024", "T-2.00"))
        + account("Purse", "Cash") + "!Type:Cash\n" + record("D12/30/2024", "T-3.00")
    )  # fmt: skip
    purse, giro = parse(text).statements
    assert (purse.key, purse.owner, giro.key) == ("Purse", "Purse", "Giro")
    assert [entry.amount for entry in purse.entries] == [-100, -300]
    assert [entry.amount for entry in giro.entries] == [-200]


def test_a_list_of_accounts_names_none_of_them_for_what_follows():
    text = (
        "!Option:AutoSwitch\n!Account\n" + record("NA", "TBank") + record("NB", "TCCard")
        + "!Clear:AutoSwitch\n" + bank(record("D12/31/2024", "T1.00"))
    )  # fmt: skip
    [only] = parse(text).statements
    assert only.owner == ""
    [switched] = parse(text.replace("!Type:Bank", account("B", "CCard") + "!Type:CCard")).statements
    assert (switched.owner, switched.kind_hint) == ("B", "credit_card")


def test_a_section_behind_several_accounts_is_the_one_of_its_type():
    text = account("Giro") + account("Card", "CCard") + bank(record("D12/31/2024", "T1"))
    assert [found.owner for found in parse(text).statements] == ["Giro"]


def test_sections_without_a_name_stay_apart_by_type():
    text = bank(record("D12/31/2024", "T1")) + "!Type:CCard\n" + record("D12/31/2024", "T2")
    first, second = parse(text + bank(record("D12/31/2024", "T3"))).statements
    assert (len(first.entries), len(second.entries)) == (2, 1)
    assert first.key != second.key


def test_an_account_is_not_the_next_section_of_another_type():
    text = account("Giro") + bank(record("D12/31/2024", "T1"))
    first, second = parse(text + "!Type:Invst\n" + record("D12/31/2024", "NBuy", "T2")).statements
    assert (first.owner, second.owner, second.kind_hint) == ("Giro", "", "investment")


def test_the_opening_row_names_its_account_and_is_no_transfer():
    opening = record("D12/31/2024", "T100.00", "POpening Balance", "L[Blue Book]")
    [found] = parse(bank(opening, record("D12/31/2024", "T1.00", "L[Other]"))).statements
    assert (found.key, found.owner) == ("Blue Book", "Blue Book")
    assert [entry.transfer_to for entry in found.entries] == ["", "Other"]


# Dates


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("12/19/18", dt.date(2018, 12, 19)),
        ("12/19/2018", dt.date(2018, 12, 19)),
        ("9/ 9/99", dt.date(1999, 9, 9)),
        (" 9/ 9/99 ", dt.date(1999, 9, 9)),
        ("1/15'2005", dt.date(2005, 1, 15)),
        ("9/ 9'08", dt.date(2008, 9, 9)),
        ("9/ 9' 8", dt.date(2008, 9, 9)),
        ("31/12/2004", dt.date(2004, 12, 31)),
        ("31.12.2004", dt.date(2004, 12, 31)),
        ("31-12-04", dt.date(2004, 12, 31)),
        ("2004-12-31", dt.date(2004, 12, 31)),
        ("2004/12/31", dt.date(2004, 12, 31)),
        ("20041231", dt.date(2004, 12, 31)),
        ("31 Dec 2004", dt.date(2004, 12, 31)),
        ("Dec 31, 2004", dt.date(2004, 12, 31)),
        ("12/31/2004 00:00:00", dt.date(2004, 12, 31)),
        ("2004-12-31T10:00:00Z", dt.date(2004, 12, 31)),
    ],
)
def test_every_way_to_print_a_date(printed, day):
    assert days(printed) == [day]


def test_the_order_is_decided_over_the_whole_file():
    assert days("01/02/2024", "13/02/2024") == [dt.date(2024, 2, 1), dt.date(2024, 2, 13)]
    assert days("01/02/2024", "02/13/2024") == [dt.date(2024, 1, 2), dt.date(2024, 2, 13)]
    # Also by another account, and by years written another way.
    text = bank(record("D1/ 2'24", "T1")) + "!Type:CCard\n" + record("D13/ 2'24", "T1")
    assert [entry.date.month for entry in entries(text)] == [2, 2]


def test_an_order_that_nothing_tells_is_month_first_with_a_warning():
    text = bank(record("D01/02/2024", "T1"), record("D02/02/2024", "T1"))
    parsed = parse(text)
    assert [entry.date for entry in parsed.statements[0].entries] == [
        dt.date(2024, 1, 2), dt.date(2024, 2, 2),
    ]  # fmt: skip
    assert "month first" in parsed.warnings[0]
    assert parse(bank(record("D05/05/2024", "T1"))).warnings == []
    stated = parse("!Option:DMY\n" + text)
    assert (stated.statements[0].entries[0].date, stated.warnings) == (dt.date(2024, 2, 1), [])


def test_orders_that_contradict_each_other_are_told():
    text = bank(record("D13/02/2024", "T1"), record("D02/13/2024", "T1"))
    parsed = parse(text)
    assert [type(entry) for entry in parsed.statements[0].entries] == [Problem, StatementLine]
    assert "Some dates" in parsed.warnings[0]


def test_days_that_do_not_exist_are_problems():
    assert days("2/30/2024", "12/31/2024", "x", "", "1/1/1/1") == [
        "The date cannot be read.", dt.date(2024, 12, 31), "The date cannot be read.",
        "The date is missing.", "The date cannot be read.",
    ]  # fmt: skip


# Amounts


@pytest.mark.parametrize(
    ("printed", "minor"),
    [
        ("1,234.56", 123456),
        ("-1,234,567.89", -123456789),
        ("1.234,56", 123456),
        ("12,50", 1250),
        ("45,000", 4500000),
        ("5", 500),
        ("-.5", -50),
        ("+5.00", 500),
        ("5.00-", -500),
        ("(5.00)", -500),
        ("$5.00", 500),
        ("-$1,005.00", -100500),
        ("1 234,56", 123456),
        ("1'234.56", 123456),
        ("0.00", 0),
        ("1O.00", "The amount cannot be read."),
        ("1.2.3", "The amount cannot be read."),
    ],
)
def test_every_way_to_print_an_amount(printed, minor):
    assert amounts(printed) == [minor]


def test_the_decimal_mark_is_decided_over_the_whole_file():
    assert amounts("1,234", "5,00") == [123, 500]
    assert amounts("1,234", "5.00") == [123400, 500]
    assert amounts("1234", "5", currency="JPY") == [1234, 5]


def test_more_decimals_than_the_currency_has_are_rounded_with_a_warning():
    parsed = parse(bank(record("D12/31/2024", "T1.2345")))
    assert parsed.statements[0].entries[0].amount == 123
    assert "rounded" in parsed.warnings[0]


def test_t_wins_over_u():
    text = bank(record("D12/31/24", "U9.00", "T1.00"), record("D12/31/24", "U2.00"))
    assert [entry.amount for entry in entries(text)] == [100, 200]


def test_a_row_without_an_amount_is_a_problem_with_its_line():
    [good, bad] = entries(bank(record("D12/31/2024", "T1"), record("D12/30/2024", "Pnothing")))
    assert good.line == 2
    assert bad == Problem(5, "The amount is missing.", "D12/30/2024 Pnothing")


# Texts


@pytest.mark.parametrize(
    ("lines", "description", "payee"),
    [
        (["PShop", "Mbread"], "Shop bread", "Shop"),
        (["PShop"], "Shop", "Shop"),
        (["Mbread"], "bread", ""),
        (["PSuperma", "MSupermarket Centre"], "Supermarket Centre", "Superma"),
        (["PSupermarket", "MSuper"], "Supermarket", "Supermarket"),
        (["PShop", "MSHOP"], "SHOP", "Shop"),
        (["A1 Long Road", "ATown"], "1 Long Road Town", ""),
        (["N1001"], "1001", ""),
        ([], "", ""),
    ],
)
def test_payee_and_memo_are_joined(lines, description, payee):
    [entry] = entries(bank(record("D12/31/2024", "T1", *lines)))
    assert (entry.description, entry.payee, entry.notes) == (description, payee, "")


@pytest.mark.parametrize(
    ("encoding", "end"), [("utf-8", "\n"), ("utf-8-sig", "\n"), ("cp1252", "\r\n"),
                          ("mac_roman", "\r"), ("utf-16", "\r\n")]
)  # fmt: skip
def test_every_encoding(encoding, end):
    text = bank(record("D12/31/2024", "T1", "PCafé Zürich", "Mà côté")).replace("\n", end)
    data = text.encode(encoding)
    assert registry.detect(data) == "qif"
    assert [entry.payee for entry in entries(data)] == ["Café Zürich"]


# Categories, transfers, splits


@pytest.mark.parametrize(
    ("printed", "category", "transfer_to"),
    [
        ("Food:Bread", "Food:Bread", ""),
        ("[Savings]", "", "Savings"),
        ("[Savings]/House", "", "Savings"),
        ("DivInc|[Savings]", "", "Savings"),
        ("Food/Holiday", "Food", ""),
        ("Food/Drinks", "Food/Drinks", ""),
        ("--Split--", "", ""),
        ("", "", ""),
    ],
)
def test_categories_classes_and_transfers(printed, category, transfer_to):
    text = "!Type:Class\n" + record("NHoliday") + bank(record("D12/31/24", "T1", f"L{printed}"))
    [entry] = entries(text)
    assert (entry.category, entry.transfer_to) == (category, transfer_to)


def test_splits():
    text = bank(
        record(
            "D12/31/2024", "T-100.00", "LFood", "SFood", "D1/1/2024", "E50%", "$-60.00",
            "S[Savings]", "Eput by", "$-1,040.00", "SRefund", "$1,000.00",
        )
    )  # fmt: skip
    [entry] = entries(text)
    assert entry.parts == (
        LinePart(-6000, "Food", "50%"), LinePart(-104000, "", "[Savings] put by"),
        LinePart(100000, "Refund", ""),
    )  # fmt: skip
    assert (entry.date, entry.category) == (dt.date(2024, 12, 31), "")


def test_one_split_is_the_category():
    [entry] = entries(bank(record("D12/31/2024", "T5", "SFood", "$5.00")))
    assert (entry.category, entry.parts) == ("Food", ())


def test_a_split_without_an_amount_is_the_rest():
    [entry] = entries(bank(record("D12/31/2024", "T5", "SA", "$2.00", "SB")))
    assert [part.amount for part in entry.parts] == [200, 300]


def test_splits_without_a_total_are_added_up():
    [entry] = entries(bank(record("D12/31/2024", "SA", "$2.00", "SB", "$3.00")))
    assert (entry.amount, len(entry.parts)) == (500, 2)


@pytest.mark.parametrize("second", ["$2.01", "$x", ""])
def test_splits_that_do_not_add_up_are_not_used(second):
    text = bank(record("D12/31/2024", "T5", "LFood", "SA", "$3.00" if second else "", "SB", second))
    parsed = parse(text)
    [entry] = parsed.statements[0].entries
    assert (entry.amount, entry.category, entry.parts) == (500, "Food", ())
    assert "do not add up" in parsed.warnings[0]


# Investments


def test_trades_say_what_was_done():
    text = "!Type:Invst\n" + record(
        "D12/31/2024", "NBuyX", "YBig Fund", "I10", "Q5.5", "T55.00", "O1.00", "L[Giro]", "$55.00"
    ) + record("D12/30/2024", "NShrsIn", "YBig Fund", "Q1") + record("D12/29/2024", "NXIn", "T1")  # fmt: skip
    parsed = parse(text)
    assert [(entry.description, entry.amount) for entry in parsed.statements[0].entries] == [
        ("BuyX Big Fund 5.5 units", 5500), ("ShrsIn Big Fund 1 units", 0), ("XIn", 100),
    ]  # fmt: skip
    assert parsed.statements[0].entries[0].transfer_to == "Giro"
    assert "without a sign" in parsed.warnings[0]


# Detection and robustness


def test_what_is_no_qif_is_refused():
    for data in (b"", b"\n\n", b"just words", b"<OFX></OFX>", b"Date,Amount\n2024-01-01,1\n"):
        with pytest.raises(UnreadableFile):
            parse(data)
        assert qif.score(data, "x.qif") is None


@pytest.mark.parametrize("header", ["!Type:Bank", "!type:bank", " ! Account", "!Option:AutoSwitch"])
def test_headers_are_recognised(header):
    assert qif.score(f"# comment\n{header}\n".encode(), "") == 95


def test_a_header_alone_has_no_statement():
    assert parse("!Type:Bank\n").statements == []
    assert parse("!Type:Bank\n^\n^\n").statements == []


LINES = st.sampled_from(
    ["!Type:Bank", "!Type:Invst", "!Account", "!Type:Cat", "!Option:AutoSwitch", "!Clear:AutoSwitch",
     "^", "^^", "D1/2'24", "D31/12/2024", "Dx", "T1,00", "T-5.00", "Tx", "SFood", "S[A]", "$1.00",
     "$", "E", "NBuy", "NA", "L[A]", "LB/C", "P", "Mx", "!", " "]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=40))
def test_any_lines_are_read_with_their_numbers(lines):
    with contextlib.suppress(UnreadableFile):
        for entry in entries("\n".join(["!Type:Bank", *lines])):
            assert 2 <= entry.line <= len(lines) + 1
            if isinstance(entry, StatementLine) and entry.parts:
                assert sum(part.amount for part in entry.parts) == entry.amount


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    for body in (data, b"!Type:Bank\n" + data):
        with contextlib.suppress(UnreadableFile):
            entries(body)


@pytest.mark.parametrize(
    "text",
    [
        bank(record("D12/31/2024", "T-1,234.56", "PSomeone", "LFood:Bread") * 20_000),
        "!Type:Bank\nD" + "1/" * 500_000,
        "!Type:Bank\nD1/1/24\nT" + "1," * 500_000,
        "!Type:Bank\nD1/1/24\nT1\n" + "S\n" * 300_000,
        "!Type:Bank\nD1/1/24\nT1\nL" + "/" * 1_000_000,
        " " * 1_000_000 + "!Type:Bank",
        "!" * 1_000_000,
    ],
    ids=["rows", "date", "amount", "splits", "category", "blanks", "marks"],
)
def test_a_megabyte_of_anything_comes_to_an_end(text):
    qif.score(text.encode()[:65536], "")
    with contextlib.suppress(UnreadableFile):
        entries(text)
