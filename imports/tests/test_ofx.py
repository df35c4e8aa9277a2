"""OFX as banks send it: every header, missing end tags, several accounts, bad rows."""

import contextlib
import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import ofx
from imports.parsers.base import UnreadableFile
from ledger.statement_line import Problem, StatementLine

HEADER = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

"""
ROW = """<STMTTRN>
<TRNTYPE>DEBIT
<DTPOSTED>20240105120000.000[-8:PST]
<TRNAMT>-12.50
<FITID>A1
<NAME>Shop
<MEMO>Groceries
</STMTTRN>
"""


def statement(rows: str, *, account: str = "123", currency: str = "EUR", after: str = "") -> str:
    return (
        f"<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}\n<BANKACCTFROM><BANKID>BIC\n"
        f"<ACCTID>{account}\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>20240101\n<DTEND>20240131\n{rows}</BANKTRANLIST>\n{after}"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1>"
    )


def parse(body: str | bytes, header: str = HEADER, **options):
    data = body if isinstance(body, bytes) else f"{header}<OFX>{body}</OFX>".encode()
    return ofx.parse(data, **options)


def entries(body: str | bytes, **options) -> list:
    return [entry for s in parse(body, **options).statements for entry in s.entries]


def row(**fields: str) -> str:
    texts = {"DTPOSTED": "20240105", "TRNAMT": "-1.00", "FITID": "", "NAME": "x"} | fields
    return (
        "<STMTTRN>" + "".join(f"<{name}>{text}\n" for name, text in texts.items()) + "</STMTTRN>\n"
    )


# The whole


def test_a_bank_statement_is_read_in_full():
    balance = "<LEDGERBAL><BALAMT>100.00\n<DTASOF>20240131\n</LEDGERBAL>"
    balance += "<AVAILBAL><BALAMT>50.00\n<DTASOF>20240131\n</AVAILBAL>"
    [found] = parse("<SIGNONMSGSRSV1><SONRS><FI><ORG>My Bank<FID>1</FI></SONRS></SIGNONMSGSRSV1>"
                    + statement(ROW, after=balance)).statements  # fmt: skip
    assert (found.account_number, found.bank_id, found.currency) == ("123", "BIC", "EUR")
    assert (found.kind_hint, found.institution) == ("current", "My Bank")
    assert (found.closing_balance, found.closing_on) == (10000, dt.date(2024, 1, 31))
    assert (found.first_on, found.last_on) == (dt.date(2024, 1, 1), dt.date(2024, 1, 31))
    [line] = found.entries
    assert line == StatementLine(
        line=18, date=dt.date(2024, 1, 5), amount=-1250, description="Shop Groceries",
        payee="Shop", external_id="A1", currency="EUR",
    )  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "",
        "\n\n\n",
        HEADER.replace("\n", " "),
        HEADER.replace("\n", "\r\n"),
        "OFXHEADER:100\nDATA:\nCHARSET:\nENCODING:\n",
        "<?xml version='1.0' encoding='UTF-8'?>\n<?OFX OFXHEADER='200' VERSION='211'?>\n",
        "<!-- a comment -->\n<?OFX OFXHEADER='200'?>",
        "<START><OFXHEADER>100</OFXHEADER></START>\n and remove blank line\n",
        "ENCODING:UTF-8\nCHARSET:8859-1\n",
    ],
)
def test_every_header_will_do(header):
    assert [entry.amount for entry in entries(statement(ROW), header=header)] == [-1250]


def test_several_accounts_stay_apart():
    body = statement(ROW, account="1") + statement(ROW + row(), account="2")
    first, second = parse(body).statements
    assert (len(first.entries), len(second.entries)) == (1, 2)
    assert first.key != second.key


def test_an_account_that_comes_twice_is_one_statement():
    [only] = parse(statement(ROW) + statement(row(FITID="B2"))).statements
    assert len(only.entries) == 2


def test_a_credit_card_statement_is_known_as_one():
    body = (
        f"<CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>4111</CCACCTFROM><BANKTRANLIST>{ROW}</CCSTMTRS>"
    )
    [found] = parse(body).statements
    assert (found.kind_hint, found.account_number, found.currency) == ("credit_card", "4111", "USD")


def test_an_answer_without_statements_says_what_the_bank_says():
    status = "<STATUS><CODE>2000<MESSAGE>Try later</STATUS>"
    parsed = parse(f"<SIGNONMSGSRSV1><SONRS>{status}</SONRS></SIGNONMSGSRSV1>")
    assert parsed.statements == []
    assert parsed.warnings == ["The bank says: Try later"]


# Grammar


def test_end_tags_may_be_there_or_missing():
    closed = (
        "<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20240105</DTPOSTED><TRNAMT>-12.50</TRNAMT>"
        "<FITID>A1</FITID><NAME>Shop</NAME></STMTTRN>"
    )
    open_row = "<STMTTRN><DTPOSTED>20240106<TRNAMT>-1.00<FITID>A2<NAME>Two"
    assert [
        e.amount for e in entries(statement(closed + open_row + closed.replace("A1", "A3")))
    ] == [
        -1250,
        -100,
        -1250,
    ]


def test_end_tags_of_values_may_follow_the_whole_record():
    nested = (
        "<STMTTRN><TRNTYPE>DEBIT\n<DTPOSTED>20240105\n<TRNAMT>-5.00\n<FITID>1\n<NAME>PRUNE\n"
        "<MEMO>food\n</MEMO></NAME></FITID></TRNAMT></DTPOSTED></TRNTYPE></STMTTRN>"
    )
    first, second = entries(statement(nested + nested.replace("<FITID>1", "<FITID>2")))
    assert (first.description, second.external_id) == ("PRUNE food", "2")


def test_empty_values_do_not_swallow_what_follows():
    [line] = entries(
        statement("<STMTTRN><MEMO>\n<CHECKNUM>\n<DTPOSTED>20240105<TRNAMT>5<NAME>a</STMTTRN>")
    )
    assert (line.amount, line.description) == (500, "a")


def test_tags_in_lower_case_and_unknown_ones_are_fine():
    text = "<stmttrn><INTU.XYZ>\n<dtposted>20240105<trnamt>5<name>a<X.Y>b<EMPTY/></stmttrn>"
    [line] = entries(statement(text))
    assert (line.amount, line.description) == (500, "a")


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("B.C. HYDRO &amp; POWER", "B.C. HYDRO & POWER"),
        ("TPAY &amp;lt;PYMT&amp;gt;", "TPAY <PYMT>"),
        ("A & B", "A & B"),
        ("AT&T;", "AT&T;"),
        ("caf&#233;", "café"),
        ("<![CDATA[A < B & C]]>", "A < B & C"),
        ("A < B", "A < B"),
        ("one<!-- a comment --> two", "one two"),
        ("x&#0;&#xD800;y", "x\ufffd\ufffdy"),
        ("  wide   text ", "wide text"),
    ],
)
def test_texts_come_out_as_they_were_meant(printed, text):
    assert entries(statement(row(NAME=printed)))[0].description == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_read_whatever_the_header_claims(encoding):
    data = f"{HEADER}<OFX>{statement(row(NAME='Ångström café'))}</OFX>".encode(encoding)
    assert entries(data)[0].description == "Ångström café"


def test_the_declared_code_page_counts_when_it_is_not_utf8():
    header = HEADER.replace("1252", "1250")
    data = f"{header}<OFX>{statement(row(NAME='Řeřicha'))}</OFX>".encode("cp1250")
    assert entries(data)[0].description == "Řeřicha"


@pytest.mark.parametrize("evil", ["<!DOCTYPE x [<!ENTITY a 'b'>]>", "<!ENTITY a 'b'>"])
def test_document_types_are_refused(evil):
    with pytest.raises(UnreadableFile, match="document type"):
        parse(evil + statement(ROW))
    with pytest.raises(UnreadableFile, match="document type"):
        parse(statement(ROW), header=evil)


@pytest.mark.parametrize("data", [b"hello", b"<OFC></OFC>", b"OFXHEADER:100\n", b"", b"  \n"])
def test_what_is_no_ofx_is_refused(data):
    with pytest.raises(UnreadableFile):
        ofx.parse(data)


# Rows


def test_the_day_stays_as_printed_whatever_the_time_zone():
    [line] = entries(statement(row(DTPOSTED="20240105235959.000[-11:SST]")))
    assert line.date == dt.date(2024, 1, 5)


@pytest.mark.parametrize("day", ["20120231", "00000000", "201120000000", "soon", "2024", "20241"])
def test_a_date_that_cannot_be_read_is_a_problem(day):
    [problem] = entries(statement(row(DTPOSTED=day)))
    assert (problem.line, problem.reason) == (18, "The date cannot be read.")


def test_a_missing_date_is_a_problem():
    found = entries(statement("<STMTTRN><TRNAMT>1<NAME>x</STMTTRN>" + row(DTPOSTED="")))
    assert [problem.reason for problem in found] == ["The date is missing."] * 2
    assert isinstance(found[0], Problem)


@pytest.mark.parametrize("amount", ["$120", " . ", "12..34", "abc", "1-2"])
def test_a_bad_amount_is_a_problem_of_its_row_only(amount):
    bad, good = entries(statement(row(TRNAMT=amount) + row(TRNAMT="5")))
    assert bad.reason in ("The amount cannot be read.", "The amount is missing.")
    assert "<TRNAMT>" in bad.raw
    assert good.amount == 500


@pytest.mark.parametrize(
    ("printed", "minor"),
    [
        ("-12.50", -1250), ("+00000000001111.0000", 111100), ("-1,50", -150), ("1.234,56", 123456),
        ("1,234.56", 123456), ("-80", -8000), ("-30.000", -3000), ("-3.77000", -377), ("0", 0),
        ("- 5.00", -500), (".5", 50), ("-,05", -5), ("1,234,567.00", 123456700),
    ],
)  # fmt: skip
def test_amounts_keep_their_sign_and_value(printed, minor):
    assert [entry.amount for entry in entries(statement(row(TRNAMT=printed)))] == [minor]


def test_a_comma_groups_where_other_amounts_have_a_decimal_point():
    found = entries(statement(row(TRNAMT="1,234") + row(TRNAMT="1.50") + row(TRNAMT="2.25")))
    assert [entry.amount for entry in found] == [123400, 150, 225]


def test_too_many_decimals_are_rounded_half_even_and_said():
    parsed = parse(statement(row(TRNAMT="-8.485") + row(TRNAMT="-8.4751")))
    assert [entry.amount for entry in parsed.statements[0].entries] == [-848, -848]
    assert parsed.warnings == ["Amounts with more decimals than EUR has, rounded: 2."]


def test_amounts_count_in_the_minor_unit_of_their_currency():
    assert [e.amount for e in entries(statement(row(TRNAMT="-1000"), currency="JPY"))] == [-1000]
    assert [e.amount for e in entries(statement(row(TRNAMT="-1.250"), currency="KWD"))] == [-1250]


def test_a_row_may_be_in_another_currency():
    usd = row(CURRENCY="<CURRATE>1.1<CURSYM>USD</CURRENCY>")
    converted = row(ORIGCURRENCY="<CURRATE>1.1<CURSYM>GBP</ORIGCURRENCY>")
    assert [entry.currency for entry in entries(statement(usd + converted))] == ["USD", "EUR"]


def test_rows_name_the_currency_when_the_statement_does_not():
    body = statement(row(CURRENCY="<CURRATE>1<CURSYM>AUD</CURRENCY>"), currency="")
    assert parse(body).statements[0].currency == "AUD"


def test_the_accounts_currency_fills_in():
    [line] = entries(statement(row(TRNAMT="5"), currency=""), currency="JPY")
    assert (line.amount, line.currency) == (5, "JPY")


@pytest.mark.parametrize("number", ["", "0", "0000000000", "NONREF"])
def test_numbers_that_identify_nothing_are_dropped(number):
    assert entries(statement(row(FITID=number)))[0].external_id == ""


def test_a_number_that_stands_for_different_rows_is_no_number():
    parsed = parse(statement(row(FITID="7") + row(FITID="7", TRNAMT="2") + row(FITID="8")))
    assert [entry.external_id for entry in parsed.statements[0].entries] == ["", "", "8"]
    assert "not used: 1." in parsed.warnings[0]


def test_the_same_row_twice_keeps_its_number():
    assert [e.external_id for e in entries(statement(row(FITID="7") * 2))] == ["7", "7"]


@pytest.mark.parametrize(
    ("fields", "description", "payee"),
    [
        ({"NAME": "Shop", "MEMO": "Food"}, "Shop Food", "Shop"),
        ({"NAME": "A NAME THAT IS CUT AT THIR", "MEMO": "A name that is cut at thirty"},
         "A name that is cut at thirty", "A NAME THAT IS CUT AT THIR"),
        ({"NAME": "Shop", "MEMO": "shop"}, "shop", "Shop"),
        ({"NAME": "", "MEMO": "only memo"}, "only memo", ""),
        ({"NAME": "", "PAYEE": "<NAME>Jane<CITY>Rome</PAYEE>"}, "Jane", "Jane"),
        ({"NAME": "", "TRNTYPE": "CHECK", "CHECKNUM": "1002"}, "CHECK 1002", ""),
    ],
)  # fmt: skip
def test_name_memo_and_payee_become_one_description(fields, description, payee):
    [line] = entries(statement(row(**fields)))
    assert (line.description, line.payee) == (description, payee)


@pytest.mark.parametrize("printed", ["", " ", "n/a", "<BALAMT>"])
def test_a_balance_that_is_empty_is_no_balance(printed):
    after = f"<LEDGERBAL><BALAMT>{printed}</BALAMT><DTASOF></DTASOF></LEDGERBAL>"
    [found] = parse(statement(ROW, after=after)).statements
    assert (found.closing_balance, found.closing_on) == (None, None)


def test_the_lists_of_pending_rows_are_pending():
    pending = "<STMTTRNP><DTTRAN>20240107<TRNAMT>-3<NAME>x</STMTTRNP>"
    rows = f"</BANKTRANLIST><BANKTRANLISTP>{pending}</BANKTRANLISTP>"
    [line] = entries(statement(rows))
    assert (line.pending, line.amount) == (True, -300)


def test_records_are_counted_where_the_file_is_one_line():
    data = f"<OFX>{statement(row() * 3)}</OFX>".replace("\n", "").encode()
    assert [entry.line for entry in entries(data)] == [1, 2, 3]


# Investments


def investment(rows: str) -> str:
    return (
        "<INVSTMTRS><DTASOF>20240131<CURDEF>USD<INVACCTFROM><BROKERID>broker.com<ACCTID>9"
        f"</INVACCTFROM><INVTRANLIST><DTSTART>20240101<DTEND>20240131{rows}</INVTRANLIST>"
        "<INVPOSLIST><POSMF><INVPOS><SECID><UNIQUEID>Q1</SECID><UNITS>5<MKTVAL>9</INVPOS></POSMF>"
        "</INVPOSLIST><INVBAL><AVAILCASH>370.87<MARGINBALANCE>0</INVBAL></INVSTMTRS>"
        "<SECLISTMSGSRSV1><SECLIST><MFINFO><SECINFO><SECID><UNIQUEID>Q1<UNIQUEIDTYPE>CUSIP</SECID>"
        "<SECNAME>World Fund</SECINFO></MFINFO></SECLIST></SECLISTMSGSRSV1>"
    )


BUY = (
    "<BUYMF><INVBUY><INVTRAN><FITID>1<DTTRADE>20240105</INVTRAN><SECID><UNIQUEID>Q1</SECID>"
    "<UNITS>2.5<UNITPRICE>10<TOTAL>-25.00</INVBUY><BUYTYPE>BUY</BUYMF>"
)
INCOME = (
    "<INCOME><INVTRAN><FITID>2<DTTRADE>20240106<MEMO>Dividend</INVTRAN><SECID><UNIQUEID>Q1</SECID>"
    "<INCOMETYPE>DIV<TOTAL>2.00</INCOME>"
)
TRANSFER = (
    "<TRANSFER><INVTRAN><FITID>3<DTTRADE>20240107</INVTRAN><SECID><UNIQUEID>Q1</SECID><UNITS>4"
    "</TRANSFER>"
)


def test_trades_income_and_cash_of_an_investment_account_are_rows():
    cash = f"<INVBANKTRAN>{row(FITID='4', TRNAMT='100')}<SUBACCTFUND>CASH</INVBANKTRAN>"
    [found] = parse(investment(BUY + INCOME + TRANSFER + cash)).statements
    assert (found.kind_hint, found.bank_id, found.account_number) == (
        "investment",
        "broker.com",
        "9",
    )
    assert found.closing_balance == 37087
    assert [line.amount for line in found.entries] == [-2500, 200, 0, 10000]
    assert [line.external_id for line in found.entries] == ["1", "2", "3", "4"]
    assert found.entries[0].description == "BUYMF World Fund 2.5 units"
    assert found.entries[1].description == "Dividend World Fund"


# Attacks


@pytest.mark.parametrize(
    "evil",
    [
        "<" * 2_000_000, "<OFX>" * 300_000, "<A>" * 300_000, "<A" * 500_000, "</A>" * 300_000,
        "<!--" * 400_000, "<![CDATA[" * 200_000, "&" * 1_000_000, "<NAME>" + "a<" * 500_000,
        "<STMTTRN><TRNAMT>" + "1" * 2_000_000 + "x", "<STMTTRN>" * 100_000,
        "<STMTRS><STMTTRN>" * 60_000, "<A " + "x" * 2_000_000,
    ],
    ids=lambda text: f"{text[:9]}",
)  # fmt: skip
def test_crafted_files_neither_hang_nor_recurse(evil):
    started = time.perf_counter()
    with contextlib.suppress(UnreadableFile):
        entries(f"<OFX>{evil}".encode())
    assert time.perf_counter() - started < 10


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(UnreadableFile):
        entries(b"<OFX>" + data)


PIECES = st.sampled_from(
    ["<STMTRS>", "</STMTRS>", "<STMTTRN>", "</STMTTRN>", "<TRNAMT>", "1.00", "-,5", "<DTPOSTED>",
     "20240105", "<FITID>", "7", "<INVSTMTRS>", "<INVTRANLIST>", "<BUYMF>", "<INVTRAN>",
     "</INVTRAN>", "<LEDGERBAL>", "<BALAMT>", "<CURDEF>", "EUR", "<!--", "-->", "<![CDATA[", "]]>",
     "&amp;", "<", ">", "\n", "<SECINFO>", "<UNIQUEID>", "</SECINFO>", "<CURRENCY>",
     "<CURSYM>", "\x00", "<DTTRADE>"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=60))
def test_any_order_of_elements_is_read_or_refused(pieces):
    with contextlib.suppress(UnreadableFile):
        entries(("<OFX>" + "".join(pieces)).encode())
