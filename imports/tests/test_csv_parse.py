"""Rows of a CSV file become lines or problems, each with its place in the file."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.parsers import csv_file
from imports.parsers.amounts import AmountReader
from imports.parsers.base import MAX_BYTES, UnreadableFile
from imports.parsers.csv_mapping import CsvMapping
from imports.parsers.dates import DateReader
from imports.tests.csv_samples import amounts, problems, read

PLAIN = CsvMapping(date=0, description=(1,), amount=2, width=3)


def parse(text: str, mapping: CsvMapping = PLAIN, currency: str = "EUR"):
    parsed = csv_file.parse(text.encode(), mapping, currency=currency)
    return parsed, list(parsed.statements[0].entries)


# Line numbers and problems


def test_lines_are_numbered_as_an_editor_does():
    text = 'Date,Text,Amount\n2024-01-05,"two\nlines",-1.00\n\n2024-01-06,x,-2.00\n'
    assert [entry.line for entry in read(text)] == [2, 5]


def test_lines_above_the_header_count():
    text = "Bank\nReport\nDate,Text,Amount\n2024-01-05,x,oops\n2024-01-05,x,-1.00\n"
    assert problems(text) == [(4, "The amount cannot be read.")]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_line_numbers_are_right_whatever_stands_between(breaks):
    text, expected, line = "Date,Text,Amount\n", [], 2
    for count in breaks:
        inside = "\n" * count
        text += f'2024-01-05,"a{inside}b",-1.00\n\n'
        expected.append(line)
        line += count + 2
    _, entries = parse(text)
    assert [entry.line for entry in entries] == expected


def test_a_garbled_amount_is_a_problem_with_its_row():
    _, [problem, line] = parse("D,T,A\n2024-04-03,Garbled,12..34\n2024-04-03,Fine,1.00\n")
    assert (problem.line, problem.reason) == (2, "The amount cannot be read.")
    assert problem.raw == "2024-04-03 Garbled 12..34"
    assert line.amount == 100


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("32/01/2024", "The date cannot be read."),
        ("invalid", "The date cannot be read."),
        ("2023-02-29", "The date cannot be read."),
        ("", "The date is missing."),
    ],
)
def test_an_amount_with_a_bad_date_is_a_problem(cell, reason):
    _, [problem] = parse(f"D,T,A\n{cell},x,1.00\n")
    assert problem.reason == reason


def test_raw_text_of_a_problem_is_cut():
    _, [problem] = parse(f"D,T,A\n2024-01-05,{'x' * 1000},oops\n")
    assert len(problem.raw) == 200


@pytest.mark.parametrize(
    "row",
    ["", ",,", "Posted Transactions", "Total,,12.00", ",Closing balance,12.00", "Pending,shop,1.00",
     "Date,Text,Amount", "2024-01-05,no amount,", "2024-01-05,dash,-",
     "Download 2024-01-05 10:00,,"],
)  # fmt: skip
def test_rows_that_are_no_transactions_are_passed_over(row):
    _, entries = parse(f"D,T,A\n{row}\n2024-01-05,x,1.00\n")
    assert [entry.amount for entry in entries] == [100]


def test_what_is_left_out_is_counted():
    parsed, _ = parse("D,T,A\n2024-01-05,a,\n2024-01-05,b,\nPending,c,1.00\n")
    assert parsed.warnings == [
        "Pending rows without a date, left out: 1.",
        "Rows with a date but no amount, left out: 2.",
    ]


def test_a_zero_amount_is_a_transaction():
    _, entries = parse("D,T,A\n2024-01-05,Opening balance,0.00\n")
    assert [entry.amount for entry in entries] == [0]


# Ragged rows


def test_missing_cells_at_the_end_are_empty():
    mapping = PLAIN.with_changes(balance=3, width=4)
    _, [line] = parse("D,T,A,B\n2024-01-05,x,1.00\n", mapping)
    assert line.balance is None


def test_a_delimiter_within_the_text_is_mended():
    _, [line] = parse("D,T,A\n2024-01-05,shop, the good, one,-12.50\n")
    assert (line.description, line.amount) == ("shop, the good, one", -1250)


def test_rows_below_may_carry_on_the_text():
    text = (
        "Date,Text,Out,In\n18/04/2024,PURCHASE,6.66,\n,,,\n,BURGERS LTD,,\n"
        "17/04/2024,PURCHASE,7.00,\n,SHOES INC,,\n,PARIS,,\n16/04/2024,FEE,1.00,\n"
    )
    lines = read(text)
    assert [line.description for line in lines] == [
        "PURCHASE BURGERS LTD",
        "PURCHASE SHOES INC PARIS",
        "FEE",
    ]


# Fields


def test_every_field_is_filled():
    mapping = CsvMapping(
        date=0, amount=1, description=(2,), payee=3, id=4, currency=5, balance=6, notes=7,
        category=8, state=9, pending_states=("pending",), ignored_states=("failed",),
    )  # fmt: skip
    row = "2024-01-05,-1.50, text ,Shop,id1,usd,10.00,note,Food"
    parsed, [line, waiting] = parse(
        f"h\n{row},COMPLETED\n{row},Pending\n{row},FAILED\n", mapping, currency="EUR"
    )
    assert line[:11] == (
        2, dt.date(2024, 1, 5), -150, "text", "Shop", "id1", "USD", 1000, False, "note", "Food",
    )  # fmt: skip
    assert waiting.pending
    assert parsed.warnings == ["Rows that failed or were reversed, left out: 1."]


def test_an_empty_description_falls_back_to_the_payee():
    _, [line] = parse("D,T,A,P\n2024-01-05,,1.00,Shop\n", PLAIN.with_changes(payee=3, width=4))
    assert line.description == "Shop"


def test_several_description_columns_are_joined_once():
    mapping = PLAIN.with_changes(description=(1, 3), width=4)
    _, lines = parse("D,T,A,U\n2024-01-05,a,1.00,b\n2024-01-05,a,1.00,a\n", mapping)
    assert [line.description for line in lines] == ["a b", "a"]


def test_more_decimals_than_the_currency_are_rounded_half_even_and_said():
    parsed, lines = parse("D,T,A\n2024-01-05,x,1.005\n2024-01-05,y,1.0151\n2024-01-05,z,2.500\n")
    assert [line.amount for line in lines] == [100, 102, 250]
    assert parsed.warnings == ["Amounts with more decimals than their currency, rounded: 2."]


# Amounts


@pytest.mark.parametrize(
    ("cell", "mark", "minor"),
    [
        ("-1.234,56", ",", -123456), ("1,234.56", ".", 123456), ("1 234,56", ",", 123456),
        ("1\u00a0234,56", ",", 123456), ("1\u202f234,5", ",", 123450), ("11'373.94", ".", 1137394),
        ("11’373.94", ".", 1137394), ("+30,99", ",", 3099), ("(300.00)", ".", -30000),
        ("($1,936.76)", ".", -193676), ("$(5.00)", ".", -500), ("- $220.00", ".", -22000),
        ("-$7,971.39", ".", -797139), ("$-5.00", ".", -500), ("+ £1,100.00", ".", 110000),
        ("44,91 PLN", ",", 4491), ("-17,22 EUR", ",", -1722), ("€ -5,00", ",", -500),
        ("5.00-", ".", -500),
        ("−5.00", ".", -500), ("12 Kč", ",", 1200), ("R$ 1.234,50", ",", 123450), ("-,01", ",", -1),
        (".5", ".", 50), ("1.", ".", 100), ("1,23,456.00", ".", 12345600), ("100.00CR", ".", 10000),
        ("100.00 DR", ".", -10000), ("\u200e-5.00\u200e", ".", -500), ("0", ".", 0),
        ("-0.50", ".", -50),
        ("000000000300.00", ".", 30000), ("1234567", ".", 123456700), ("US$5", ".", 500),
    ],
)  # fmt: skip
def test_amounts_are_read_in_every_convention(cell, mark, minor):
    assert AmountReader(mark, "EUR")[cell] == minor


@pytest.mark.parametrize(
    "cell",
    ["12..34", "1,2", "1.2.3", "INV-1", "A12", "5 apples", "--5", "(5", "5)", "1e5", "٣", "²", ".",
     ",", "99999999999999999999.00", "1 USD EUR", "0x10", "1_000", "-5-", "12:30", "NaN0", "+-5"],
)  # fmt: skip
def test_what_is_no_amount_is_garbled(cell):
    assert AmountReader(".", "EUR")[cell] is AmountReader.GARBLED


@pytest.mark.parametrize("cell", ["", " ", "-", "--", "n/a", "\u00a0", "NULL"])
def test_cells_without_an_amount_are_empty(cell):
    assert AmountReader(".", "EUR")[cell] is None


def test_cr_and_dr_overrule_a_flipped_sign():
    reader = AmountReader(".", "EUR", flip=True)
    assert (reader["5.00"], reader["5.00CR"], reader["5.00DR"]) == (-500, 500, -500)


MINOR = st.integers(-(10**12), 10**12)


def write(minor: int, *, mark: str, group: str, negative: str, places: int) -> str:
    digits = str(abs(minor)).rjust(places + 1, "0")
    whole, fraction = (digits[:-places], digits[-places:]) if places else (digits, "")
    grouped = f"{int(whole):,}".replace(",", group)
    text = grouped + (mark + fraction if places else "")
    return negative.replace("n", text) if minor < 0 else text


@given(
    MINOR,
    st.sampled_from(
        [(".", ","), (",", "."), (",", " "), (",", "\u00a0"), (".", "'"), (".", ""), (",", "")]
    ),
    st.sampled_from(["-n", "(n)", "n-", "-$n", "- n", "\u2212n", "-n EUR", "-€ n"]),
    st.sampled_from([("JPY", 0), ("EUR", 2), ("KWD", 3)]),
)
def test_amounts_written_and_read_back_are_equal(minor, marks, negative, currency):
    mark, group = marks
    code, places = currency
    cell = write(minor, mark=mark, group=group, negative=negative, places=places)
    assert AmountReader(mark, code)[cell] == minor


@given(st.dates(dt.date(1970, 1, 1), dt.date(2068, 12, 31)))
def test_dates_written_and_read_back_are_equal(day):
    for form in ("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d", "%d %b %Y", "%Y%m%d", "%d/%m/%y", "%B %d, %Y"):
        assert DateReader(form)[day.strftime(form)] == day
        assert DateReader(form)[day.strftime(form) + " 10:15:00"] == day


# Limits


def test_large_files_are_refused():
    with pytest.raises(UnreadableFile, match="25 MB"):
        csv_file.guess(b"a," * (MAX_BYTES // 2 + 1))


def test_too_many_lines_are_refused():
    with pytest.raises(UnreadableFile, match="1,050,000 lines"):
        csv_file.guess(b"a,b\n" * 1_050_002)


def test_a_line_without_end_is_refused():
    with pytest.raises(UnreadableFile, match="Line 2"):
        csv_file.guess(b"a,b\n" + b"x," * 600_000)


def test_too_many_columns_are_refused():
    with pytest.raises(UnreadableFile, match="500 columns"):
        csv_file.guess(b"a," * 900 + b"\n" + b"b," * 900)


def test_an_unclosed_quotation_mark_does_not_take_the_reader_down():
    text = 'Date,Text,Amount\n2024-01-05,"' + "x" * 200_000 + "\n2024-01-06,y,-1.00\n"
    entries = parse(text)[1]
    assert all(entry.line for entry in entries)


def test_a_hundred_thousand_rows_take_a_moment():
    rows = "".join(
        f"{1 + i % 28:02}.01.2024;Shop {i};-{i % 977},{i % 100:02};EUR\n" for i in range(100_000)
    )
    data = ("Datum;Text;Betrag;Währung\n" + rows).encode()
    started = time.perf_counter()
    mapping = csv_file.guess(data).mapping
    count = sum(1 for _ in csv_file.parse(data, mapping).statements[0].entries)
    assert count == 100_000
    assert time.perf_counter() - started < 5  # about half a second on a laptop


def test_entries_are_read_one_by_one():
    entries = csv_file.parse(b"D,T,A\n2024-01-05,x,1.00\n", PLAIN).statements[0].entries
    assert iter(entries) is entries


def test_amounts_of_the_guess_use_the_same_reader():
    assert amounts("Date,Text,Amount\n2024-01-05,x,-5.00\n") == [-500]


# Numbers


NUMBERED = "Date,Text,Amount,Number\n"


def numbers(rows: str) -> list[str]:
    return [entry.external_id for entry in read(NUMBERED + rows, id=3)]


def test_a_number_of_different_rows_identifies_none_of_them():
    """A payment and its fee: taken for one row, one of them would be lost."""
    rows = "2024-01-05,Shop,-9.00,T77\n2024-01-05,Fee,-0.10,T77\n2024-01-06,Rail,-5.00,T78\n"
    assert numbers(rows) == ["", "", "T78"]
    mapping = csv_file.guess((NUMBERED + rows).encode()).mapping.with_changes(id=3)
    parsed = csv_file.parse((NUMBERED + rows).encode(), mapping)
    assert len(list(parsed.statements[0].entries)) == 3
    assert "Transaction numbers that stand for different rows, not used: 1." in parsed.warnings


def test_the_same_row_twice_keeps_its_number():
    assert numbers("2024-01-05,Shop,-9.00,T77\n" * 2) == ["T77", "T77"]


@pytest.mark.parametrize("filler", ["0", "000", "NONREF", "none", "n/a", "-", ""])
def test_fillers_are_no_numbers(filler):
    assert numbers(f"2024-01-05,Shop,-9.00,{filler}\n2024-01-06,Rail,-5.00,T78\n") == ["", "T78"]


def test_a_number_is_cut_to_what_can_be_stored():
    assert numbers(f"2024-01-05,Shop,-9.00,{'7' * 300}\n") == ["7" * 255]
