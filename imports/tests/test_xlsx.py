"""Excel workbooks: what Excel typed, where the table is, hostile archives; and tables with tabs."""

import contextlib
import datetime as dt
import io
import random
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import archive, csv_file, registry, xlsx_file, xlsx_sheet
from imports.parsers.base import UnreadableFile
from imports.parsers.csv_mapping import CsvMapping
from imports.parsers.xlsx_sheet import to_table
from ledger.statement_line import Problem, StatementLine

HEAD = ["Date", "Description", "Amount"]
DAY = dt.date(2024, 1, 5)
ROW = [DAY, "Shop", -12.5]


def workbook(*rows: list, change=None, **more_sheets: list[list]) -> bytes:
    """A workbook of one sheet called Sheet; `change` gets the sheet before it is saved."""
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            if value is not None:
                book.active.cell(number, column, value)
    for title, others in more_sheets.items():
        sheet = book.create_sheet(title)
        for row in others:
            sheet.append(row)
    if change:
        change(book.active)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def changed(data: bytes, **members) -> bytes:
    """`data` with members replaced: {name with _ for / and .: function of the old text}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                text = old.read(name)
                edit = members.get(name.rpartition("/")[2].partition(".")[0].strip("[]"))
                new.writestr(name, edit(text.decode()) if edit else text)
    return buffer.getvalue()


def with_shared_strings(*texts: str, before: str = "", rows: int = 1) -> bytes:
    """A workbook whose descriptions are the first of its shared `texts`."""
    names = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    shared = "".join(
        f'<row r="{n}"><c t="n"><v>45296</v></c><c t="s"><v>0</v></c><c><v>-12.5</v></c></row>'
        for n in range(2, rows + 2)
    )
    data = changed(
        workbook(HEAD),
        Content_Types=lambda text: text.replace("</Types>", part),
        sheet1=lambda text: text.replace("</sheetData>", f"{shared}</sheetData>"),
    )
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", f'{before}<sst xmlns="{names}">{items}</sst>')
    return buffer.getvalue()


def parse(data: bytes, **options):
    assert registry.detect(data, "statement.xlsx") == "xlsx"
    return xlsx_file.parse(data, **options)


def entries(*rows: list, **options) -> list:
    [statement] = parse(workbook(*rows, **options)).statements
    return list(statement.entries)


def amounts(*rows: list, **options) -> list[int]:
    return [entry.amount for entry in entries(*rows, **options)]


def cell(value, mark: str = "") -> str:
    """A value as it stands in the table."""
    text, _ = to_table(workbook(["x"], [value]), mark)
    return text.decode().split("\n")[1]


# What Excel typed


def test_a_sheet_is_read_as_a_statement():
    parsed = parse(workbook(HEAD, ROW, [dt.date(2024, 1, 6), "Salary", 2000]))
    assert parsed.format == "xlsx"
    assert list(parsed.statements[0].entries) == [
        StatementLine(2, DAY, -1250, "Shop"),
        StatementLine(3, dt.date(2024, 1, 6), 200000, "Salary"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12"),
        (12.5, "12.5"),
        (-0.1 - 0.2, "-0.3"),
        (1.234, "1.2340"),
        (1234567.891, "1234567.8910"),
        (1e-7, "0.0000001"),
        (123456789012345, "123456789012345"),
        (True, "TRUE"),
        (dt.date(2024, 3, 4), "2024-03-04"),
        (dt.datetime.combine(dt.date(2024, 3, 4), dt.time(5, 6, 7)), "2024-03-04 05:06:07"),
        (dt.time(5, 6), "05:06:00"),
        ("03/04/2024", "03/04/2024"),
        ("two\nlines\there", "two lines here"),
        ("#N/A", "#N/A"),
    ],
)
def test_typed_values_become_text_that_reads_in_one_way(value, text):
    assert cell(value) == text


def test_numbers_are_written_with_the_mark_of_the_mapping():
    assert cell(12.5, ",") == "12,5"


def test_a_number_with_three_decimals_is_no_thousand():
    assert amounts(HEAD, [DAY, "x", 1.234], [DAY, "y", 2]) == [123, 200]


def test_numbers_and_texts_in_one_column_are_read_alike():
    assert amounts(HEAD, [DAY, "x", -1084.5], [DAY, "y", "-1.084,25"]) == [-108450, -108425]
    assert amounts(HEAD, [DAY, "x", -1084.5], [DAY, "y", "-1,084.25"]) == [-108450, -108425]


def test_days_and_texts_in_one_column_are_read_alike():
    found = entries(HEAD, ROW, ROW, ["31.01.2024", "y", 1])
    assert [entry.date for entry in found] == [DAY, DAY, dt.date(2024, 1, 31)]


def test_texts_keep_their_question():
    data = workbook(HEAD, ["03/04/2024", "x", -1])
    assert [question.field for question in xlsx_file.guess(data).questions] == ["date_format"]
    assert xlsx_file.guess(workbook(HEAD, ROW)).questions == ()


def test_numbers_of_days_below_a_date_are_days():
    assert [entry.date for entry in entries(HEAD, [45296, "x", 1.5])] == [DAY]
    assert amounts(["Date", "Text", "Amount"], [DAY, "x", 45296.5]) == [4529650]


def test_a_workbook_may_count_from_1904():
    def since_1904(text):
        return text.replace("<workbookPr", '<workbookPr date1904="1"', 1)

    data = changed(workbook(HEAD, [43834, "x", 1.5]), workbook=since_1904)
    assert [entry.date for entry in parse(data).statements[0].entries] == [DAY]


def test_formulas_count_by_their_cached_value():
    def formula(text):
        return text.replace("<v>-12.5</v>", "<f>-10-2.5</f><v>-12.5</v>")

    [entry] = parse(changed(workbook(HEAD, ROW), sheet1=formula)).statements[0].entries
    assert entry.amount == -1250


def test_an_error_of_excel_is_a_problem():
    found = entries(HEAD, ROW, [DAY, "x", "#REF!"])
    assert [type(entry) for entry in found] == [StatementLine, Problem]


def test_debit_and_credit_columns_are_read():
    rows = [[DAY, "a", 5.5, None], [DAY, "b", None, 7.25], [DAY, "c", 1.5, None]]
    assert amounts(["Date", "Text", "Debit", "Credit"], *rows) == [-550, 725, -150]


# Where the table is


def test_margins_and_lines_above_the_table_are_passed_over():
    rows = [[], [None, "Statement of account"], [], [None, None, *HEAD], [None, None, *ROW]]
    assert entries(*rows) == [StatementLine(5, DAY, -1250, "Shop")]


def test_blank_rows_keep_the_numbers_of_the_others():
    assert [entry.line for entry in entries(HEAD, ROW, [], [], ROW)] == [2, 5]


def test_totals_are_no_transactions():
    assert amounts(HEAD, ROW, ROW, ["Total", None, -25]) == [-1250, -1250]


def test_the_account_number_stands_above_the_table():
    [statement] = parse(workbook(["IBAN: DE89 3704 0044 0532 0130 00"], HEAD, ROW)).statements
    assert statement.account_number == "DE89370400440532013000"


def test_a_day_merged_over_rows_holds_for_each():
    def merge(sheet):
        sheet.merge_cells("A2:A3")

    found = entries(HEAD, ROW, [None, "Cafe", -3.5], change=merge)
    assert [(entry.date, entry.amount) for entry in found] == [(DAY, -1250), (DAY, -350)]


def test_an_amount_merged_over_rows_counts_once():
    def merge(sheet):
        sheet.merge_cells("C2:C3")

    assert amounts(HEAD, ROW, [DAY, "more text", None], change=merge) == [-1250]


def test_merged_titles_do_no_harm():
    def merge(sheet):
        sheet.merge_cells("A1:C1")

    assert amounts(["My bank"], HEAD, ROW, change=merge) == [-1250]


def test_wrong_dimensions_are_passed_over():
    def smaller(text):
        return text.replace('<dimension ref="A1:C2"', '<dimension ref="A1"')

    data = changed(workbook(HEAD, ROW), sheet1=smaller)
    assert [entry.amount for entry in parse(data).statements[0].entries] == [-1250]


def test_the_sheet_with_transactions_is_read_and_others_are_named():
    notes = [["Notes"], ["Only text here"]]
    parsed = parse(workbook(*notes, Current=[HEAD, ROW, ROW], Notes=notes, Card=[HEAD, ROW]))
    assert [entry.amount for entry in parsed.statements[0].entries] == [-1250, -1250]
    assert parsed.warnings == ["Only the sheet “Current” was read. Left out: “Card”."]


def test_a_hidden_sheet_comes_last():
    def hide(sheet):
        sheet.sheet_state = "hidden"

    assert amounts(HEAD, ROW, ROW, change=hide, Shown=[HEAD, [DAY, "x", 1]]) == [100]


# Mapping


def test_a_mapping_is_remembered_and_applied():
    data = workbook(["When", "Text", "A", "B"], [DAY, "x", 1.5, 2.5])
    mapping = CsvMapping(date=0, description=(1,), amount=3, delimiter=";", decimal_mark=",")
    [entry] = parse(data, mapping=mapping).statements[0].entries
    assert (entry.line, entry.amount) == (2, 250)
    guess = xlsx_file.guess(data, mapping_hint=mapping)
    assert (guess.mapping.amount, guess.mapping.decimal_mark) == (3, ",")


def test_the_fingerprint_is_not_that_of_a_csv_file():
    guess = xlsx_file.guess(workbook(HEAD, ROW))
    table = csv_file.guess(b"Date,Description,Amount\n2024-01-05,Shop,-12.50\n")
    assert guess.headers == table.headers
    assert guess.fingerprint != table.fingerprint
    assert len(guess.fingerprint) == 16
    assert guess.fingerprint == xlsx_file.guess(workbook(HEAD, ROW, ROW)).fingerprint


def test_a_table_without_rows_has_no_entries():
    assert entries(HEAD) == []


# Hostile and broken workbooks


DECLARATIONS = [
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
]


def test_shared_texts_are_read():
    [entry] = parse(with_shared_strings("Shop")).statements[0].entries
    assert (entry.date, entry.description, entry.amount) == (DAY, "Shop", -1250)


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_entities_in_shared_texts_are_refused(declaration):
    with pytest.raises(UnreadableFile):
        xlsx_file.parse(with_shared_strings("&a;", before=declaration))


@pytest.mark.parametrize("part", ["sheet1", "workbook", "styles", "Content_Types"])
@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_entities_are_refused(part, declaration):
    def insert(text):
        head, mark, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
        return head + mark + declaration + rest

    data = changed(workbook(HEAD, ROW), **{part: insert})
    with pytest.raises(UnreadableFile):
        xlsx_file.parse(data)


def test_archives_that_grow_too_much_are_refused(monkeypatch):
    bomb = changed(workbook(HEAD, ROW), sheet1=lambda text: text + " " * 30_000_000)
    with pytest.raises(UnreadableFile, match="far more"):
        xlsx_file.parse(bomb)
    monkeypatch.setattr(archive, "MAX_RATIO", 10_000)
    monkeypatch.setattr(xlsx_sheet, "MAX_UNPACKED", 20_000_000)
    with pytest.raises(UnreadableFile, match="unpacks to more"):
        xlsx_file.parse(bomb)


def test_a_size_that_lies_is_refused():
    data = bytearray(workbook(HEAD, ROW))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    data[at + 24 : at + 28] = (5).to_bytes(4, "little")
    with pytest.raises(UnreadableFile):
        xlsx_file.parse(bytes(data))


def test_cells_far_away_are_no_burden():
    def far(text):
        rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(3, 3000))
        return text.replace("</sheetData>", rows + "</sheetData>")

    with pytest.raises(UnreadableFile, match="cells"):
        xlsx_file.parse(changed(workbook(HEAD, ROW), sheet1=far))


def test_a_row_far_below_is_refused():
    def far(text):
        return text.replace("</sheetData>", '<row r="1048576"><c><v>1</v></c></row></sheetData>')

    with pytest.raises(UnreadableFile, match="rows"):
        xlsx_file.parse(changed(workbook(HEAD, ROW), sheet1=far))


def test_one_text_in_many_cells_is_refused():
    with pytest.raises(UnreadableFile, match="MB of text"):
        xlsx_file.parse(with_shared_strings("x" * 30_000, rows=1000))


def test_what_is_no_workbook_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("xl/other.xml", "<a/>")
    for data in (b"PK\x03\x04", buffer.getvalue(), workbook()):
        with pytest.raises(UnreadableFile):
            xlsx_file.parse(data)


def test_other_office_files_are_not_taken_for_workbooks():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("[Content_Types].xml", "<a/>")
        made.writestr("word/document.xml", "<a/>")
    with pytest.raises(UnreadableFile, match="Office file"):
        registry.detect(buffer.getvalue(), "letter.docx")


def test_a_large_workbook_is_read():
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEAD)
    for number in range(10_000):
        sheet.append([DAY, f"Shop {random.random()}", number / 100])
    buffer = io.BytesIO()
    book.save(buffer)
    began = time.process_time()
    assert len(list(parse(buffer.getvalue()).statements[0].entries)) == 10_000
    assert time.process_time() - began < 3


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=60), st.floats(0, 1), st.sampled_from(["sheet1", "styles", "workbook", ""])
)
def test_any_bytes_are_read_or_refused(noise, at, part):
    def spoil(text):
        place = int(len(text) * at)
        return text[:place].encode() + noise + text[place + len(noise) // 2 :].encode()

    whole = workbook(HEAD, ROW)
    data = changed(whole, **{part: spoil}) if part else None
    if data is None:
        place = int(len(whole) * at)
        data = whole[:place] + noise + whole[place + len(noise) :]
    for content in (data, noise):
        with contextlib.suppress(UnreadableFile):
            for statement in xlsx_file.parse(content).statements:
                assert all(isinstance(e, StatementLine | Problem) for e in statement.entries)


# Tables with tabs


TABS = "Date\tDescription\tAmount\n2024-01-05\tShop, Inc; Berlin\t-12,50\n2024-01-06\tx\t1.234,00\n"


@pytest.mark.parametrize("filename", ["statement.tsv", "statement.txt", "statement.csv", "export"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_with_tabs_are_read(filename, encoding):
    data = TABS.encode(encoding)
    assert registry.detect(data, filename) == "csv"
    guess = csv_file.guess(data)
    assert guess.mapping.delimiter == "\t"
    [statement] = csv_file.parse(data, guess.mapping).statements
    assert [(entry.description, entry.amount) for entry in statement.entries] == [
        ("Shop, Inc; Berlin", -1250),
        ("x", 123400),
    ]


def test_tabs_win_over_commas_in_every_amount():
    rows = "".join(f"0{day}.01.2024\tShop\t-1,50\t98,50\n" for day in range(1, 9))
    data = f"Buchungstag\tText\tBetrag\tSaldo\n{rows}".encode()
    [statement] = csv_file.parse(data).statements
    assert [entry.amount for entry in statement.entries] == [-150] * 8
