"""MT940 and MT942 as banks send them: what is around, rows, texts, balances, bad rows."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import mt940, registry
from imports.parsers.base import UnreadableFile
from ledger.statement_line import Problem, StatementLine

ROW = ":61:2401050105D12,50NTRFNONREF//B2401050001234\n:86:Corner Shop\n"


def parse(text: str | bytes, **options):
    return mt940.parse(text if isinstance(text, bytes) else text.encode(), **options)


def entries(text: str | bytes, **options) -> list:
    return [entry for s in parse(text, **options).statements for entry in s.entries]


def statement(
    rows: str = ROW, *, account: str = "50010517/12345678", opening: str = "C240104EUR100,00",
    closing: str = "C240105EUR87,50",
) -> str:  # fmt: skip
    return (
        f":20:STARTUMS\n:25:{account}\n:28C:1/1\n:60F:{opening}\n{rows}:62F:{closing}\n"
        ":64:C240105EUR1,00\n-\n"
    )


def row(text: str):
    """The one entry of a :61: with this text."""
    [entry] = entries(f":61:{text}\n")
    return entry


def details(*lines: str, first: str = "2401050105D12,50NTRFNONREF") -> StatementLine:
    """The entry of a row with this :86:."""
    [entry] = entries(f":61:{first}\n:86:" + "\n".join(lines) + "\n:62F:C240105EUR1,00\n")
    return entry


# The whole


def test_a_statement_is_read_in_full():
    parsed = parse(statement())
    [found] = parsed.statements
    assert (found.account_number, found.bank_id, found.currency) == ("12345678", "50010517", "EUR")
    assert (found.closing_balance, found.closing_on) == (8750, dt.date(2024, 1, 5))
    assert (found.first_on, found.last_on) == (dt.date(2024, 1, 4), dt.date(2024, 1, 5))
    assert found.entries == [
        StatementLine(
            line=5, date=dt.date(2024, 1, 5), amount=-1250, description="Corner Shop",
            external_id="B2401050001234", currency="EUR",
        )
    ]  # fmt: skip
    assert parsed.warnings == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("-\n", ""),
        lambda text: text.replace("-\n", "-XXX\n"),
        lambda text: "\n\n" + text,
        lambda text: ":940:\n" + text,
        lambda text: "ABCDNL2A\n940\nABCDNL2A\n" + text,
        lambda text: "{1:F01ABCDDEFFXXXX0000000000}{2:O940XN}{3:}{4:\n" + text[:-2] + "-}{5:}\n",
        lambda text: "{1:F01ABCDDEFFXXXX0000000000}{2:O940XN}{4:" + text[:-2] + "-}\n",
        lambda text: text.replace("\n:61:", "\n\n :61:"),
        lambda text: text.replace(":86:", ":\n86:"),
        lambda text: text.replace("D12,50", "D\n12,50"),
        lambda text: text.replace(":28C:1/1", ":28:1\n:21:NONREF"),
        lambda text: text.replace(":64:", ":65:Dnullnull12,3\n:64:"),
    ],
)
def test_what_is_around_does_not_matter(change):
    text = change(statement())
    assert registry.detect(text.encode()) == "mt940"
    parsed = parse(text)
    [found] = parsed.statements
    assert [(entry.amount, entry.description) for entry in found.entries] == [
        (-1250, "Corner Shop")
    ]
    assert (found.closing_balance, parsed.warnings) == (8750, [])


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-8-sig", "utf-16"])
def test_every_encoding(encoding):
    data = statement(ROW.replace("Corner", "Müßig")).encode(encoding)
    assert registry.detect(data) == "mt940"
    assert [entry.description for entry in entries(data)] == ["Müßig Shop"]


# Statements and accounts


def test_statements_of_one_account_are_one_with_the_last_balance():
    second = statement(
        ROW.replace("0105", "0106"), opening="C240105EUR87,50", closing="C240106EUR75,"
    )
    [found] = parse(statement() + second).statements
    assert (len(found.entries), found.closing_balance) == (2, 7500)
    assert (found.first_on, found.last_on) == (dt.date(2024, 1, 4), dt.date(2024, 1, 6))
    # Also when the newest comes first.
    [found] = parse(second + statement()).statements
    assert (found.closing_balance, found.closing_on) == (7500, dt.date(2024, 1, 6))


def test_pages_of_one_statement_have_interim_balances():
    first = statement(closing="C240105EUR87,50").replace(":62F:", ":62M:")
    second = statement(opening="C240105EUR87,50", closing="C240105EUR75,00").replace(
        ":60F:", ":60M:"
    )
    parsed = parse(first + second)
    assert (parsed.statements[0].closing_balance, parsed.warnings) == (7500, [])


def test_accounts_stay_apart():
    text = statement() + statement(account="50010517/999") + statement()
    first, second = parse(text).statements
    assert (len(first.entries), len(second.entries)) == (2, 1)
    assert first.key == "50010517/12345678/EUR" != second.key


def test_currencies_of_one_account_stay_apart():
    other = statement(opening="C240104USD100,00", closing="C240105USD87,50")
    assert [s.currency for s in parse(statement() + other).statements] == ["EUR", "USD"]


@pytest.mark.parametrize(
    ("printed", "bank", "number"),
    [
        ("50010517/12345678", "50010517", "12345678"),
        ("NL91ABNA0417164300", "", "NL91ABNA0417164300"),
        ("NL91ABNA0417164300EUR", "", "NL91ABNA0417164300"),
        ("NL91ABNA0417164300 EUR", "", "NL91ABNA0417164300"),
        ("1234.56.789EUR", "", "1234.56.789"),
        ("ABCDHUHB/123456002/HUF", "ABCDHUHB", "123456002"),
        ('ABCDLULL/"MY ACCOUNT"', "ABCDLULL", "MY ACCOUNT"),
        ("123450000", "", "123450000"),
    ],
)
def test_accounts_as_banks_print_them(printed, bank, number):
    [found] = parse(statement(account=printed)).statements
    assert (found.bank_id, found.account_number) == (bank, number)


def test_an_account_with_its_bank_on_the_next_line():
    text = statement().replace(":25:50010517/12345678", ":25P:12345678\nABCDDEFF")
    [found] = parse(text).statements
    assert (found.bank_id, found.account_number) == ("ABCDDEFF", "12345678")


def test_rows_after_the_end_belong_to_the_account_before():
    [found] = parse(statement() + ROW).statements
    assert len(found.entries) == 2
    assert found.closing_balance is None


def test_mt942_has_no_balances_but_a_currency():
    text = (
        ":20:X\n:25:123\n:28C:1\n:34F:PLN0,00\n:13D:2401050900+0100\n" + ROW + ":90D:1PLN12,50\n-\n"
    )
    [found] = parse(text).statements
    assert (found.currency, found.closing_balance, len(found.entries)) == ("PLN", None, 1)
    [found] = parse(text.replace(":34F:PLN0,00\n", "")).statements
    assert found.currency == "PLN"


def test_a_statement_without_rows_keeps_its_balance():
    [found] = parse(statement("", closing="C240105EUR000000000100.00")).statements
    assert (found.entries, found.closing_balance) == ([], 10000)


# Rows


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("2401050105D12,50NTRF", -1250),
        ("2401050105C12,50NTRF", 1250),
        ("2401050105RC12,50NTRF", -1250),
        ("2401050105RD12,50NTRF", 1250),
        ("2401050105RCR12,50NTRF", -1250),
        ("2401050105DR12,50NTRF", -1250),
        ("2401050105CR12,50NTRF", 1250),
        ("2401050105DD12,50NTRF", -1250),
        ("2401050105DRF12,50NTRF", -1250),
        ("240105    CD12,50NTRF", 1250),
        ("2401050105d12,50ntrf", -1250),
        ("2401050105EC12,50NTRF", 1250),
        ("240105C000000000300.00N102", 30000),
        ("240105C500NTRF", 50000),
        ("240105C500,NTRF", 50000),
        ("240105C0,5NTRF", 50),
        ("240105C,5NTRF", 50),
        ("240105C1.234,56NTRF", 123456),
        ("240105C1.234NTRF", 123400),
        ("240105C1.234.567,NTRF", 123456700),
        ("240105C0,00NTRF", 0),
        ("2401050105DF37,00S   X", -3700),
    ],
)
def test_every_mark_and_amount(text, minor):
    assert row(text).amount == minor


def test_expected_rows_are_pending():
    assert (row("240105EC1,00NTRF").pending, row("240105C1,00NTRF").pending) == (True, False)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2401050106D1,", dt.date(2024, 1, 6)),
        ("240105D1,", dt.date(2024, 1, 5)),
        ("240105    D1,", dt.date(2024, 1, 5)),
        ("202401050106D1,", dt.date(2024, 1, 6)),
        ("20240105D1,", dt.date(2024, 1, 5)),
        ("2024010520240106D1,", dt.date(2024, 1, 6)),
        ("240105240106D1,", dt.date(2024, 1, 6)),
        ("2312310102D1,", dt.date(2024, 1, 2)),
        ("2401021231D1,", dt.date(2023, 12, 31)),
        ("9912310102D1,", dt.date(2000, 1, 2)),
        ("1602300301D1,", dt.date(2016, 3, 1)),
        ("2401059999D1,", dt.date(2024, 1, 5)),
        ("2402290229D1,", dt.date(2024, 2, 29)),
    ],
)
def test_the_booking_day_counts_in_its_own_year(text, day):
    assert row(text).date == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("160230D6,00N024NONREF", "The date cannot be read."),
        ("999999D6,00", "The date cannot be read."),
        ("2401050105D1,2,3NTRF", "The amount cannot be read."),
        ("2401050105D..NTRF", "The amount cannot be read."),
        ("2401050105X1,00", "no date, mark and amount"),
        ("", "no date, mark and amount"),
    ],
)
def test_a_bad_row_is_a_problem_with_its_line(text, reason):
    good, bad = entries(statement(ROW + f":61:{text}\n:86:x\n"))
    assert good.amount == -1250
    assert isinstance(bad, Problem)
    assert (bad.line, bad.raw) == (7, text)
    assert reason in bad.reason


def test_the_currency_decides_the_decimals():
    text = statement(opening="C240104JPY100,", closing="C240105JPY88,").replace("D12,50", "D12,")
    assert [entry.amount for entry in entries(text)] == [-12]
    assert row("240105C1.234NTRF").amount == 123400
    assert [entry.amount for entry in entries(":61:240105C1.234NTRF\n", currency="KWD")] == [1234]


def test_more_decimals_than_the_currency_has_are_rounded_with_a_warning():
    parsed = parse(statement(":61:240105C1,2345NTRF\n"))
    assert parsed.statements[0].entries[0].amount == 123
    assert any("rounded" in warning for warning in parsed.warnings)


def test_a_currency_that_is_not_known_is_told():
    text = statement(opening="C240104DEM100,00", closing="C240105DEM87,50")
    parsed = parse(text, currency="EUR")
    assert "DEM" in parsed.warnings[0]
    assert parsed.statements[0].currency == ""


# References


@pytest.mark.parametrize(
    ("reference", "identifier"),
    [
        ("NONREF//AB12CD34EF567890", "AB12CD34EF567890"),
        ("03-01-2024 11:15//ZX98YW76VU543210", "ZX98YW76VU543210"),
        ("NONREF", ""),
        ("00042//NONREF", ""),
        ("NONREF//POS", ""),
        ("NONREF//000000000", ""),
        ("20240042", ""),
        ("ALONGREFERENCEOFMORETHAN16//B2401", ""),
        ("A/B//O/987654321", "O/987654321"),
    ],
)
def test_only_the_banks_own_reference_identifies(reference, identifier):
    assert row(f"2401050105D1,00NTRF{reference}").external_id == identifier


def test_a_reference_that_comes_twice_identifies_nothing():
    assert [entry.external_id for entry in entries(statement(ROW + ROW))] == ["", ""]


# Texts


def test_numbered_fields():
    entry = details(
        "166?00CREDIT?100399?20EREF+ORDER 2024/01?21 17?22SVWZ+Thanks for th",
        "e cake an?23d the candles?30ABCDDEFF?31DE89370400440532013000?32ANNA?33     EXAMPLE?34000",
    )
    assert entry.payee == "ANNA EXAMPLE"
    assert entry.description == (
        "CREDIT ANNA EXAMPLE Thanks for the cake and the candles EREF ORDER 2024/01 17"
    )


@pytest.mark.parametrize("mark", "?>~@")
def test_any_mark_may_number_the_fields(mark):
    text = "008?00DAUERAUFTRAG?20Miete?21November?32MUELLER?33UND SOHN".replace("?", mark)
    entry = details(text)
    assert (entry.payee, entry.description) == (
        "MUELLER UND SOHN", "DAUERAUFTRAG MUELLER UND SOHN Miete November",
    )  # fmt: skip


def test_a_full_field_goes_on_without_a_blank():
    entry = details("820?00FEE?20REFUND OF THE YEARLY FEES O?21F CARD", " NUMBER?3212")
    assert entry.description == "FEE 12 REFUND OF THE YEARLY FEES OF CARD NUMBER"


def test_words_between_slashes():
    entry = details(
        "/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J JANSEN",
        "/REMI/USTD//Huur januari/EREF/NOTPROVIDED",
    )
    assert (entry.payee, entry.description) == (
        "J JANSEN", "SEPA OVERBOEKING J JANSEN Huur januari",
    )  # fmt: skip
    entry = details(
        "/EREF/A-1//CNTP/NL91ABNA0417164300/ABNANL2A/J JANSEN/UTRECHT//REMI/USTD//Huur/"
    )
    assert (entry.payee, entry.description) == ("J JANSEN", "J JANSEN Huur EREF A-1")


def test_words_that_are_not_known_stay_as_they_are():
    assert details("/PT/FT/PY/SOMETHING   FOO").description == "/PT/FT/PY/SOMETHING FOO"


def test_free_text_is_joined_again():
    full = "SUPERMARKET IN A VERY LONG STREET OF A TOWN WITH A VERY LONG NAME"
    assert len(full) == 65
    assert details(full, "SAKE", "", "pasnr. 065").description == f"{full}SAKE pasnr. 065"
    assert details("A SHORT", "TEXT").description == "A SHORT TEXT"


def test_the_name_in_free_text():
    assert details("REK: NL00BANK01/NAAM: BAKKER").payee == "BAKKER"
    assert details("COLLECT; OD: EWA LIS  UL. X 1; TYT.: Y").payee == "EWA LIS"


def test_several_texts_of_one_row():
    text = ":61:110527D12,28N0440000012345      A.B. Bakker\n:86:Refund\n:86:JUNE COSTS\n"
    [entry] = entries(text)
    assert entry.payee == "A.B. Bakker"
    assert entry.description == "A.B. Bakker Refund JUNE COSTS"


def test_the_second_line_of_a_row():
    first = "2401050105D7,00NOVBNL00BANK0123456789\na b bakker"
    entry = details("NL00BANK0123456789 a b bakker", "", "Betaling", "", first=first)
    assert entry.payee == "a b bakker"
    assert entry.description == "NL00BANK0123456789 a b bakker Betaling"
    entry = details("CONSULT", first="2401050105C45,00NTRFNONREF\nCARD PAYMENT")
    assert (entry.payee, entry.description) == ("", "CARD PAYMENT CONSULT")


def test_a_row_without_a_text_says_its_sort_and_reference():
    assert row("2401050105D1,00NCHK20240042").description == "NCHK 20240042"
    assert row("2401050105D1,00NCHKNONREF").description == "NCHK"


def test_a_text_behind_the_balance_belongs_to_no_row():
    text = statement().replace("-\n", ":86:free words of the bank\n-\n")
    assert [entry.description for entry in entries(text)] == ["Corner Shop"]


def test_a_time_of_day_at_the_start_of_a_line_is_no_tag():
    assert details("106?20at 14", ":20:15 Fo?21x").description == "at 14 :20:15 Fo x"
    assert details("2017-01-01T13", ":12:11").description == "2017-01-01T13 :12:11"


def test_a_wrong_tag_behind_a_row_is_its_text():
    text = statement().replace(":86:", ":25:")
    [found] = parse(text).statements
    assert (found.account_number, found.entries[0].description) == ("12345678", "Corner Shop")


def test_notes_in_place_of_a_text():
    text = (
        ":20:X\n:25:1\n:NS:22Test GmbH\n23Konto\n:60F:C240104EUR0,\n:61:240105CR5000,00S051\n"
        ":NS:01Purpose 1\n02Purpose 2\n15Somebody\n16& Sons\n17Credit\n1812345\n:62F:C240105EUR5000,\n"
    )
    [found] = parse(text).statements
    [entry] = found.entries
    assert (found.owner, entry.payee) == ("Test GmbH", "Somebody & Sons")
    assert entry.description == "Credit Somebody & Sons Purpose 1 Purpose 2"


# Balances


def test_balances_that_do_not_fit_are_told():
    text = statement() + statement(closing="C240105EUR87,51") + statement(opening="D240104EUR1,")
    [warning] = parse(text).warnings
    assert "2 of 3 statements (1/1, 1/1)" in warning


def test_negative_balances():
    parsed = parse(statement(opening="D240104EUR10,00", closing="D240105EUR22,50"))
    assert (parsed.statements[0].closing_balance, parsed.warnings) == (-2250, [])


def test_balances_without_a_currency_or_with_a_bad_date():
    parsed = parse(statement(closing="C24010587,50"))
    assert (parsed.statements[0].closing_balance, parsed.warnings) == (8750, [])
    [found] = parse(statement(closing="C240230EUR87,50")).statements
    assert (found.closing_balance, found.closing_on) == (8750, None)


def test_a_bad_row_is_not_blamed_on_the_balance():
    assert parse(statement(ROW + ":61:bad\n")).warnings == []


# Detection and robustness

MT103 = b"{1:F01A}{2:I103B}{4:\n:20:265765\n:21:X\n:32A:170706EUR234,34\n:50:sender\n-}"


def test_what_is_no_mt940_is_refused():
    for data in (
        b"",
        b"1\n2\n3\n",
        b"just words",
        b"Date,Amount\n2024-01-01,1\n",
        b"a :61: b",
        MT103,
    ):
        assert mt940.score(data, "x.sta") is None
        if data is not MT103:
            with pytest.raises(UnreadableFile):
                parse(data)
    assert parse(MT103).statements == []


def test_tags_without_rows_have_no_statement():
    assert parse(":86:091\n-").statements == []


PIECES = st.sampled_from(
    [":20:", ":25:1/2", ":25:", ":28C:1", ":60F:C240104EUR1,", ":60M:", ":61:2401050105D1,00NTRFX//Y123456",
     ":61:240230D1,", ":61:", ":61:2401050105", "D1,00NTRF", ":86:", ":86:166?00A?20B?32C", "?21x", "/NAME/x",
     ":86:/REMI/x/NAME/", ":62F:C240105EUR0,", ":62F:", ":64:", ":NS:01x", "02y", "-", "-}", "{4:", ":", "86:x",
     ":20:15 x", ":34F:EUR0,", "word", ""]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=30))
def test_every_row_is_read_or_a_problem(pieces):
    text = "\n".join([":20:X", *pieces])
    found = entries(text)
    assert len(found) == len([piece for piece in pieces if piece.startswith(":61:")])
    assert all(2 <= entry.line <= len(pieces) + 1 for entry in found)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    for body in (data, b":61:" + data, statement().encode() + data, ROW.encode() + data):
        with contextlib.suppress(UnreadableFile):
            entries(body)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_in_a_row_is_read_or_refused(first, second):
    entries(f":20:X\n:61:240105C1,00{first}\n:86:{second}\n:61:{first}\n:62F:{second}\n")


@pytest.mark.parametrize(
    "text",
    [
        statement(ROW * 15_000),
        statement() * 6_000,
        ":61:" + "2" * 1_000_000,
        ":61:240105C" + "1," * 500_000,
        ":61:240105C1,00NTRF" + " " * 1_000_000,
        ":61:240105C1,00NTRF\n:86:" + "?20" * 330_000,
        ":61:240105C1,00NTRF\n:86:" + "/NAME/" * 160_000,
        ":61:240105C1,00NTRF\n:86:NAAM:" + " " * 1_000_000,
        ":61:240105C1,00NTRF\n:86:" + "x\n" * 500_000,
        ":61:240105C1,00NTRF\n" + ":86:\n" * 200_000,
        ":61:\n" * 100_000,
        ":61:" + "\n" * 1_000_000,
        "{4:" * 300_000,
    ],
    ids=range(13),
)
def test_a_megabyte_of_anything_comes_to_an_end(text):
    mt940.score(text.encode()[:65536], "")
    with contextlib.suppress(UnreadableFile):
        entries(text)
