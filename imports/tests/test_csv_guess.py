"""What the CSV reader finds out by itself, and what it asks."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import csv_file
from imports.parsers.base import UnreadableFile
from imports.parsers.csv_mapping import CsvMapping, MappingError
from imports.tests.csv_samples import amounts, questions, read

SAMPLES = Path(__file__).parent / "samples"


def as_json(entry) -> dict:
    found = {
        name: value for name, value in entry._asdict().items() if value not in ("", None, False, ())
    }
    return found | ({"date": found["date"].isoformat()} if "date" in found else {})


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.csv")), ids=lambda path: path.stem)
def test_bank_export_is_read_without_help(path):
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    guess = csv_file.guess(path.read_bytes())
    parsed = csv_file.parse(path.read_bytes(), guess.mapping)
    [statement] = parsed.statements
    assert [as_json(entry) for entry in statement.entries] == expected["lines"]
    assert statement.account_number == expected["account_number"]
    assert [question.field for question in guess.questions] == expected["questions"]
    assert parsed.warnings == expected["warnings"]


# Dates


def table(*days: str) -> str:
    return "Date,Text,Amount\n" + "".join(f"{day},shop,-1.00\n" for day in days)


def test_a_day_above_twelve_anywhere_decides_the_order():
    days = [
        entry.date.isoformat() for entry in read(table("01/02/2024", "03/02/2024", "25/02/2024"))
    ]
    assert days == ["2024-02-01", "2024-02-03", "2024-02-25"]
    assert questions(table("01/02/2024", "02/25/2024")) == {}


def test_an_undecidable_date_order_is_asked():
    guess = csv_file.guess(table("01/02/2024", "05/03/2024").encode())
    [question] = guess.questions
    assert question.field == "date_format"
    assert dict(question.options).keys() == {"%d/%m/%Y", "%m/%d/%Y"}
    assert question.default == guess.mapping.date_format == "%d/%m/%Y"


def test_the_accounts_currency_makes_the_likelier_date_order():
    assert questions(table("01/02/2024"), currency="USD") == {"date_format": "%m/%d/%Y"}


def test_the_same_day_and_month_needs_no_question():
    assert questions(table("05/05/2024")) == {}


def test_many_days_in_order_decide_what_numbers_cannot():
    text = table(*(f"0{month}/0{day}/2024" for month, day in enumerate((9, 5, 8, 2, 7, 1), 1)))
    assert questions(text) == {}
    assert [entry.date.month for entry in read(text)] == [1, 2, 3, 4, 5, 6]


def test_another_date_column_decides_the_order():
    text = "Date,Value Date,Text,Amount\n01/02/2024,13/02/2024,shop,-1.00\n"
    assert questions(text) == {}
    assert read(text)[0].date.isoformat() == "2024-02-01"


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("05.01.2024", "2024-01-05"),
        ("5.1.24", "2024-01-05"),
        ("2024.01.05.", "2024-01-05"),
        ("2024/1/5", "2024-01-05"),
        ("20240105", "2024-01-05"),
        ("20240105123000", "2024-01-05"),
        ("2024-01-05T23:59:59Z", "2024-01-05"),
        ("2024-01-05 23:30:00 +0000", "2024-01-05"),
        ("2024-01-05 6:11:59", "2024-01-05"),
        ("01/15/2024 as of 01/12/2024", "2024-01-15"),
        ("05-Jan-2024", "2024-01-05"),
        ("5 January 2024", "2024-01-05"),
        ("January 5, 2024", "2024-01-05"),
        ("Fri, 5th Jan 2024", "2024-01-05"),
        ("5. März 2024", "2024-03-05"),
        ("05 févr. 2024", "2024-02-05"),
        ("5 de agosto de 2024", "2024-08-05"),
        ("5 mei 2024", "2024-05-05"),
        ("5 dicembre 2024", "2024-12-05"),
        ("5 out 2024", "2024-10-05"),
        ("5 paź 2024", "2024-10-05"),
    ],
)
def test_dates_are_read_as_printed(printed, day):
    text = f'Date;Text;Amount\n"{printed}";shop;-1,00\n'
    assert read(text)[0].date.isoformat() == day


def test_a_year_of_twenty_digits_is_no_date():
    text = "Date;Text;Amount\n5 March 20242024202420242024;shop;-1,00\n05.03.2024;shop;-2,00\n"
    assert [getattr(row, "amount", None) for row in read(text)] == [None, -200]


def test_the_booking_date_wins_over_the_value_date():
    text = "Valuta;Buchungstag;Text;Betrag\n06.01.2024;05.01.2024;x;-1,00\n"
    assert read(text)[0].date.isoformat() == "2024-01-05"


def test_a_date_within_a_text_does_not_make_a_date_column():
    text = "Date,Description,Amount\n2024-01-05,Reconciled until January 5 2024,-1.00\n"
    assert read(text)[0].description == "Reconciled until January 5 2024"


# Amounts and their direction


def test_an_amount_without_a_clear_decimal_mark_is_asked():
    text = "Date;Text;Amount\n2024-01-05;x;-1.234\n"
    assert questions(text) == {"decimal_mark": ","}
    assert amounts(text) == [-123400]
    assert amounts(text, decimal_mark=".") == [-123]


def test_three_decimals_are_normal_where_the_currency_has_three():
    text = "Date;Text;Amount\n2024-01-05;x;-1.250\n2024-01-05;x;-12.500\n"
    guess = csv_file.guess(text.encode(), currency="KWD")
    assert guess.mapping.decimal_mark == "."
    assert amounts(text, currency="KWD", decimal_mark=".") == [-1250, -12500]


def test_one_clear_amount_decides_the_decimal_mark_of_the_column():
    assert amounts('Date,Text,Amount\n2024-01-05,x,"4,884"\n2024-01-06,y,"-1,280.8"\n') == [
        488400,
        -128080,
    ]


def test_a_flag_column_gives_the_direction():
    text = "Datum;Af Bij;Bedrag (EUR);Omschrijving\n20240105;Af;12,50;x\n20240106;Bij;1,00;y\n"
    assert amounts(text) == [-1250, 100]


def test_a_flag_that_contradicts_the_signs_wins():
    text = "Date,Text,Amount,D/C\n15/12/2023,x,33.50,D\n15/12/2023,y,-1533.50,C\n"
    assert amounts(text) == [-3350, 153350]


def test_signs_that_agree_with_a_type_column_are_taken_as_they_are():
    text = "Date,Type,Text,Amount\n15/12/2023,DEBIT,x,-33.50\n15/12/2023,CREDIT,y,20.00\n"
    guess = csv_file.guess(text.encode())
    assert guess.mapping.flag is None
    assert amounts(text) == [-3350, 2000]


def test_debit_and_credit_columns_may_hold_zero_when_unused():
    text = "Date,Text,Debit,Credit\n2024-01-05,x,12.50,0.00\n2024-01-06,y,0.00,3.00\n"
    assert amounts(text) == [-1250, 300]


def test_signed_debit_columns_are_not_negated_twice():
    text = "Date;Text;Soll;Haben\n05.01.2024;x;-12,50;\n06.01.2024;y;;3,00\n"
    assert amounts(text) == [-1250, 300]


def test_a_signed_amount_wins_over_columns_that_repeat_it():
    text = "Datum;Omschrijving;Bedrag;credit;debet\n28/02/2024;x;-3,40;;-3,40\n28/02/2024;y;5;5;\n"
    assert csv_file.guess(text.encode()).mapping.amount == 2
    assert amounts(text) == [-340, 500]


def test_two_unnamed_columns_are_told_apart_by_use_and_asked():
    text = "05.01.2024;shop;;12,50\n06.01.2024;shop;;1,50\n17.01.2024;wage;100,00;\n"
    guess = csv_file.guess(text.encode())
    [question] = guess.questions
    assert (question.field, question.default) == ("debit", "3")
    assert amounts(text) == [-1250, -150, 10000]
    swapped = guess.mapping.with_answer("debit", "2")
    assert (swapped.debit, swapped.credit) == (2, 3)


def test_only_positive_amounts_are_asked_about():
    text = "Date,Text,Amount\n2024-01-05,x,12.50\n"
    assert questions(text) == {"flip_sign": "false"}
    assert amounts(text) == [1250]
    assert amounts(text, flip_sign=True) == [-1250]


def test_a_card_that_prints_spending_as_positive_is_flipped_and_asked():
    text = "Merchant Name,Card Used,Date,Amount\nMobil,1234,2024-01-10,36.33\n"
    assert questions(text) == {"flip_sign": "true"}
    assert amounts(text) == [-3633]


def test_a_running_balance_proves_the_direction_of_unsigned_amounts():
    text = (
        "Date,Text,Amount,Balance\n2024-01-05,x,10.00,90.00\n2024-01-06,y,20.00,70.00\n"
        "2024-01-07,z,5.00,65.00\n"
    )
    assert questions(text) == {}
    assert amounts(text) == [-1000, -2000, -500]


def test_the_foreign_amount_and_the_fee_are_not_the_amount():
    text = (
        "Date;Text;Original amount;Original currency;Fee;Amount;Currency\n"
        "2024-01-05;x;-20.00;USD;0.50;-18.40;EUR\n"
    )
    [line] = read(text)
    assert (line.amount, line.currency) == (-1840, "EUR")


def test_a_currency_in_the_header_counts_for_every_row():
    [line] = read("Date,Text,Amount (GBP)\n2024-01-05,x,-1.00\n", currency="")
    assert line.currency == "GBP"


def test_each_row_may_have_its_own_currency():
    text = "Date,Text,Amount,Currency\n2024-01-05,x,-1000,JPY\n2024-01-06,y,-1.50,USD\n"
    assert [(line.amount, line.currency) for line in read(text)] == [(-1000, "JPY"), (-150, "USD")]


def test_an_amount_without_a_header_is_found_behind_its_currency():
    text = "Datum,Omschrijving,Mutatie,,Saldo,\n30-12-2023,x,EUR,-0.50,EUR,13.87\n"
    [line] = read(text)
    assert (line.amount, line.balance, line.currency) == (-50, 1387, "EUR")


# Layout


def test_lines_above_the_header_are_skipped():
    text = 'Account:;"DE02 1203 0000 0000 2020 51"\n\n;;\nDate;Text;Amount\n2024-01-05;x;-1,00\n'
    guess = csv_file.guess(text.encode())
    assert guess.mapping.skip == 3
    assert guess.headers == ("Date", "Text", "Amount")
    parsed = csv_file.parse(text.encode(), guess.mapping)
    assert parsed.statements[0].account_number == "DE02120300000000202051"


def test_a_header_without_rows_is_an_empty_statement():
    text = '"Date","Label","Currency","Amount","Partner Name"\n'
    guess = csv_file.guess(text.encode())
    assert (guess.rows, guess.questions) == (0, ())
    assert read(text) == []


def test_duplicate_and_empty_column_names_are_fine():
    text = (
        "date,category,amount,currency,converted,currency,,description\n"
        "26/12/2023,Bills,-55,USD,-55,USD,,x\n"
    )
    [line] = read(text)
    assert (line.amount, line.currency, line.description) == (-5500, "USD", "x")


def test_one_bad_date_below_the_header_does_not_hide_the_header():
    text = "date,name,category,amount\ninvalid_date,a,Food,-20.50\n2024-01-01,b,Food,-89.50\n"
    guess = csv_file.guess(text.encode())
    assert guess.headers[0] == "date"
    assert guess.rows == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter):
    rows = [["Date", "Text", "Amount"], ["2024-01-05", "a; b", "-1.00"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    guess = csv_file.guess(text.encode())
    assert guess.mapping.delimiter == delimiter
    assert amounts(text) == [-100]


def test_a_stray_quotation_mark_does_not_swallow_the_file():
    rows = "".join(f'{day:02}.01.2024;"5 inch screen {day};-1,00\n' for day in range(1, 29)) * 4
    text = "Datum;Text;Betrag\n" + rows
    assert len(amounts(text)) == 28 * 4


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
def test_encodings_are_told_apart(encoding):
    text = "Datum;Empfänger;Betrag\n05.01.2024;Bäckerei Müller;-1,00\n" * 2
    [line, *_] = read(text.encode(encoding))
    assert "Bäckerei Müller" in (line.payee, line.description)


def test_cyrillic_code_pages_are_recognised_by_their_words():
    text = "Дата;Описание;Сумма\n05.01.2024;Перевод клиенту;-10,00\n"
    [line] = read(text.encode("cp1251"))
    assert line.description == "Перевод клиенту"


# What is remembered


def test_the_fingerprint_depends_on_the_header_only():
    one = csv_file.guess(b"Date,Text,Amount\n2024-01-05,x,-1.00\n")
    two = csv_file.guess(b"Bank of X\n\nDate , TEXT,Amount,\n2024-02-05,y,-3.00,\n")
    other = csv_file.guess(b"Date,Text,Amount,Balance\n2024-01-05,x,-1.00,5.00\n")
    assert one.fingerprint == two.fingerprint != other.fingerprint


def test_a_remembered_mapping_wins_and_skips_the_preamble_of_this_file():
    hint = csv_file.guess(b"Date,Text,Amount\n01/02/2024,x,1.00\n").mapping
    hint = hint.with_changes(date_format="%m/%d/%Y", flip_sign=True)
    guess = csv_file.guess(b"Bank\n\nDate,Text,Amount\n01/02/2024,x,1.00\n", mapping_hint=hint)
    assert (guess.mapping.date_format, guess.mapping.flip_sign) == ("%m/%d/%Y", True)
    assert (guess.mapping.skip, guess.questions) == (2, ())


def test_a_remembered_mapping_learns_flags_and_states_that_it_had_not_seen():
    text = "Datum;Af Bij;Bedrag;Status;Omschrijving\n20240105;{};1,00;{};x\n"
    hint = csv_file.guess(text.format("Bij", "Completed").encode()).mapping
    later = text.format("Af", "Pending").encode()
    mapping = csv_file.guess(later, mapping_hint=hint).mapping
    [line] = csv_file.parse(later, mapping).statements[0].entries
    assert (line.amount, line.pending) == (-100, True)


def test_mappings_survive_json():
    mapping = CsvMapping(
        delimiter=";",
        date=0,
        amount=3,
        flag=4,
        out_flags=("s",),
        description=(1, 2),
        flip_sign=True,
    )
    assert CsvMapping.from_json(json.dumps(mapping.to_json())) == mapping
    assert CsvMapping.from_json(mapping.to_json()) == mapping


@pytest.mark.parametrize(
    "bad",
    [
        "{", "[]", {"delimiter": ""}, {"delimiter": ";;"}, {"date": "0"}, {"date": -1},
        {"date": True}, {"skip": None}, {"date_format": "%H"}, {"decimal_mark": "x"},
        {"encoding": "rot13"}, {"encoding": "nope"}, {"colour": 1}, {"description": "1"},
        {"description": [1.5]}, {"flag": 1}, {"flip_sign": 1}, {"date": 10**6},
    ],
)  # fmt: skip
def test_bad_mappings_are_refused(bad):
    with pytest.raises(MappingError):
        CsvMapping.from_json(bad)


@pytest.mark.parametrize("text", ["", "   \n", "no delimiter here\nnor here\n"])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(UnreadableFile):
        csv_file.guess(text.encode())


def test_a_table_without_date_or_amount_asks_for_the_columns():
    guess = csv_file.guess(b"a,b\nc,d\ne,f\n")
    assert [question.field for question in guess.questions] == ["date", "amount"]
    assert not guess.mapping.is_complete
    with pytest.raises(UnreadableFile):
        csv_file.parse(b"a,b\nc,d\n", guess.mapping)


CELLS = st.sampled_from(
    ["2024-01-05", "01/02/2024", "-1,00", "1.234,56", "(5.00)", "EUR", "Date", "Amount", "D", "C",
     "Betrag", "Soll", "Haben", "Pending", "", " ", '"', "x", "\n", "99999999999999999999", "1e400",
     "²", "٣", "\x00", "\ud7ff", "€ 5", "Total", "13.13.2024", "20241340"]
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(CELLS, max_size=8), max_size=12), st.sampled_from(",;\t|"))
def test_any_table_is_read_or_refused(rows, delimiter):
    data = "\n".join(delimiter.join(row) for row in rows).encode()
    try:
        guess = csv_file.guess(data)
        for statement in csv_file.parse(data, guess.mapping).statements:
            list(statement.entries)
    except UnreadableFile:
        pass


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    try:
        guess = csv_file.guess(data)
        for statement in csv_file.parse(data, guess.mapping).statements:
            list(statement.entries)
    except UnreadableFile:
        pass
