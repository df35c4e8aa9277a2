"""What must hold for every format alike: the same rows, written by writers.py, come in once.

Short here; HYPOTHESIS_PROFILE=long (make test-long) tries many more rows.
"""

import contextlib
import datetime as dt
import io
import os
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Role
from accounts.tests.factories import MembershipFactory
from core.money import MAX_MINOR
from imports import reading
from imports.parsers import registry
from imports.parsers.base import Parsed, UnreadableFile
from imports.services.files import Choices, Summary, import_file
from imports.tests.writers import NUMBER, WRITERS, Row
from ledger.invariants import check
from ledger.models import Account, Category, CategoryGroup, Payee, Transaction
from ledger.services.matching import Outcome
from ledger.statement_line import Problem, StatementLine
from ledger.tests.factories import AccountFactory

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
FORMATS = list(WRITERS)
WITH_IDS = ["ofx", "camt", "mt940", "xlsx", "csv"]
XML = ["ofx", "camt"]

few = settings(max_examples=200 if LONG else 5)
many = settings(max_examples=3000 if LONG else 40)
every_format = pytest.mark.parametrize("name", FORMATS)

SHOPS = st.sampled_from(["Corner Shop", "Bakery Smith", "City Rail", "Wages Acme", "Café Zoé"])
AMOUNTS = st.one_of(
    st.sampled_from([-100, -250, 5, 1999]), st.integers(-9_999_999, 9_999_999).filter(bool)
)
DAYS = st.dates(dt.date(2024, 1, 28), dt.date(2024, 3, 4))
ROWS = st.lists(st.builds(Row, DAYS, AMOUNTS, SHOPS, st.just("")), min_size=1, max_size=12)


def with_ids(rows: list[Row]) -> list[Row]:
    """The same rows, each with a number of its own."""
    return [row._replace(id=f"B2024{number:011}") for number, row in enumerate(rows)]


def new_account(currency: str = "EUR", number: str = "") -> Account:
    """An account in a household of its own: examples do not see each other."""
    owner = MembershipFactory(role=Role.OWNER)
    return AccountFactory(household=owner.household, currency=currency, number=number)


def parsed(data: bytes, name: str, account: Account) -> Parsed:
    """As wizard and command read: the format is told by the content."""
    found = reading.inspect(
        data, "statement", household=account.household, currency=account.currency
    )
    assert found.format == name
    return reading.read(data, found.format, found.mapping, account.currency)


def load(account: Account, name: str, rows: list[Row], **choices) -> Summary:
    """Write `rows` as a file, import it and prove the ledger."""
    return load_file(account, name, WRITERS[name](rows, account.currency), **choices)


def load_file(account: Account, name: str, data: bytes, **choices) -> Summary:
    summary = import_file(
        data=data,
        name=f"statement.{name}",
        parsed=parsed(data, name, account),
        account_for=lambda statement: account,
        by=None,
        choices=Choices(**choices),
    )
    assert check(account.household) == []
    return summary


def movements(account: Account) -> list[tuple[dt.date, int]]:
    found = Transaction.objects.filter(account=account, parent=None)
    return sorted(found.values_list("date", "amount"))


def moved(rows: list[Row]) -> list[tuple[dt.date, int]]:
    return sorted((row.date, row.amount) for row in rows)


def entries(data: bytes, name: str, currency: str = "EUR") -> list[StatementLine | Problem]:
    found = registry.module(name).parse(data, currency=currency)
    return [entry for statement in found.statements for entry in statement.entries]


# The same rows


@every_format
@few
@given(ROWS)
def test_what_is_written_comes_in(db, name, rows):
    account = new_account()
    assert load(account, name, rows).added == len(rows)
    assert movements(account) == moved(rows)
    texts = Transaction.objects.filter(account=account).values_list("description", flat=True)
    assert sorted(texts) == sorted(row.text for row in rows)


@every_format
@few
@given(ROWS)
def test_the_same_file_twice_adds_nothing(db, name, rows):
    account = new_account()
    load(account, name, rows)
    again = load(account, name, rows)
    assert (again.added, again.counts[Outcome.DUPLICATE]) == (0, len(rows))
    assert movements(account) == moved(rows)


@pytest.mark.parametrize("name", WITH_IDS)
@few
@given(ROWS)
def test_rows_with_numbers_twice_add_nothing(db, name, rows):
    account = new_account()
    load(account, name, with_ids(rows))
    assert movements(account) == moved(rows)
    assert load(account, name, with_ids(rows)).added == 0
    assert movements(account) == moved(rows)


@every_format
@few
@given(ROWS)
def test_rows_in_the_other_order_are_the_same_rows(db, name, rows):
    account = new_account()
    load(account, name, rows)
    assert load(account, name, rows[::-1]).added == 0
    assert movements(account) == moved(rows)


@every_format
@few
@given(ROWS, st.data())
def test_overlapping_halves_make_the_whole(db, name, rows, data):
    """Files cut between days, as banks cut them: a day is whole in each file that has it."""
    rows.sort(key=lambda row: row.date)
    first = data.draw(st.sampled_from([row.date for row in rows]))
    second = data.draw(st.sampled_from([row.date for row in rows if row.date <= first]))
    account = new_account()
    load(account, name, [row for row in rows if row.date <= first])
    load(account, name, [row for row in rows if row.date >= second])
    assert movements(account) == moved(rows)


@every_format
def test_two_equal_rows_are_two(db, name):
    account = new_account()
    rows = [Row(dt.date(2024, 1, 15), -280, "Corner Shop")] * 2
    assert load(account, name, rows).added == 2
    assert load(account, name, rows).added == 0
    assert load(account, name, rows + rows[:1]).added == 1
    assert len(movements(account)) == 3


@every_format
@few
@given(ROWS)
def test_what_people_change_does_not_bring_rows_back(db, name, rows):
    account = new_account()
    load(account, name, rows)
    household = account.household
    group = CategoryGroup.objects.create(household=household, name="Ours", kind="expense")
    category = Category.objects.create(household=household, group=group, name="Ours")
    payee = Payee.objects.create(household=household, name="Renamed by people")
    found = Transaction.objects.filter(account=account)
    found.update(payee=payee, category=category, notes="ours")
    summary = import_file(
        data=b"",
        name="again",
        parsed=parsed(WRITERS[name](rows), name, account),
        account_for=lambda statement: account,
        by=None,
    )
    assert summary.added == 0
    assert set(found.values_list("payee", "category", "notes")) == {(payee.pk, category.pk, "ours")}


@few
@given(ROWS, st.permutations(FORMATS))
def test_a_month_in_every_format_comes_in_once(db, rows, order):
    account = new_account()
    assert load(account, order[0], with_ids(rows)).added == len(rows)
    for name in [*order[1:], *order]:
        summary = load(account, name, with_ids(rows))
        assert (name, summary.added) == (name, 0)
        assert summary.counts.total() == len(rows)
        assert movements(account) == moved(rows)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "csv"])
@few
@given(ROWS)
def test_the_month_of_another_format_is_probably_known(db, name, rows):
    account = new_account()
    load(account, "csv", rows)
    renamed = [row._replace(text=f"{row.text} Ltd") for row in rows]
    assert load(account, name, renamed).counts == {Outcome.PROBABLE: len(rows)}
    assert load(account, name, renamed).added == 0
    assert movements(account) == moved(rows)
    assert load(account, name, [renamed[0]._replace(amount=7_654_321)]).added == 1


@every_format
def test_who_wants_probable_rows_gets_them(db, name):
    account = new_account()
    rows = [Row(dt.date(2024, 1, 15), -280, "Corner Shop")]
    other = "qif" if name != "qif" else "csv"
    load(account, other, rows)
    renamed = [rows[0]._replace(text="Another Shop")]
    assert load(account, name, renamed, with_probable=True).added == 1


@every_format
def test_equal_amounts_every_week_stay(db, name):
    account = new_account()
    weeks = [dt.date(2024, 1, 1) + dt.timedelta(weeks=week) for week in range(10)]
    rows = [Row(day, -2500, "Gym") for day in weeks]
    for count in (4, 7, 10):
        load(account, name, rows[max(0, count - 5) : count])
    assert movements(account) == moved(rows)


# Days, amounts, texts


EDGES = [
    dt.date(2024, 2, 29), dt.date(2000, 2, 29), dt.date(2023, 12, 31), dt.date(2024, 1, 1),
    dt.date(2024, 3, 10), dt.date(2024, 3, 31), dt.date(2024, 10, 27), dt.date(2024, 11, 3),
    dt.date(2024, 4, 7), dt.date(2024, 10, 6), dt.date(2019, 12, 30), dt.date(2011, 12, 30),
]  # fmt: skip
"""Leap days, year ends, nights of the clock change, and the day that Samoa left out."""


@every_format
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/New_York"])
def test_days_are_taken_as_printed(db, name, zone, settings):
    settings.TIME_ZONE = zone
    account = new_account()
    rows = [Row(day, -100 - number, "Shop") for number, day in enumerate(EDGES)]
    load(account, name, rows)
    assert movements(account) == moved(rows)


@every_format
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_amounts_are_exact_up_to_the_limit(db, name, currency):
    account = new_account(currency)
    amounts = [1, -1, 10, -99, 100, -1000, 12345, 1234567, -123456789, MAX_MINOR, -MAX_MINOR]
    if name == "xlsx":
        # Excel has fifteen digits.
        amounts = [amount for amount in amounts if abs(amount) < 10**14]
    rows = [Row(dt.date(2024, 1, 15), amount, "Shop") for amount in amounts]
    load(account, name, rows)
    assert movements(account) == moved(rows)


@every_format
def test_amounts_beyond_the_limit_are_reported(name):
    day = dt.date(2024, 1, 15)
    rows = [Row(day, -100, "Shop"), Row(day, MAX_MINOR * 10, "Shop"), Row(day, 250, "Shop")]
    found = entries(WRITERS[name](rows), name)
    assert [entry.amount for entry in found if isinstance(entry, StatementLine)] == [-100, 250]
    assert sum(isinstance(entry, Problem) for entry in found) == 1


TEXTS = [
    "مقهى السلام", "קפה שלום", "a\u202eb\u2066c", "\U0001f469\u200d\U0001f469\u200d\U0001f467 family",
    "Z" + "\u0301" * 60 + "algo", "Müller & Söhne <GmbH>", "\"quoted\" 'text'", "tab\there",
    "semi;colon, comma|pipe", "x" * 900, "&amp; &lt;b&gt; &#65;", "日本語の店", "\\N \\x00 \\u0041",
    "100% {0} %s {{x}} <script>alert(1)</script>", "İstanbul ŞİŞLİ ﬁ ß",
]  # fmt: skip


@every_format
@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_stored(db, name, text):
    account = new_account()
    rows = [Row(dt.date(2024, 1, 15), -280, text), Row(dt.date(2024, 1, 16), -1, "Shop")]
    load(account, name, rows)
    assert load(account, name, rows).added == 0
    assert movements(account) == moved(rows)
    stored = Transaction.objects.get(account=account, amount=-280).description
    if name in ("csv", "camt"):
        assert stored.split() == text.split()
    assert stored.strip()


FORMULAS = ["=1+1", "+SUM(A1)", "-2+3 cmd|' /C calc'!A0", "@SUM(1)", "=HYPERLINK(\"http://x\")",
            "＝1+1", "\t=1+1"]  # fmt: skip


@every_format
@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_texts(name, text):
    day = dt.date(2024, 1, 15)
    [entry, _] = entries(WRITERS[name]([Row(day, -280, text), Row(day, -1, "Shop")]), name)
    assert entry.amount == -280
    assert entry.description == text.strip()


def test_a_formula_of_a_workbook_is_never_worked_out():
    book = openpyxl.Workbook()
    book.active.append(["Date", "Description", "Amount"])
    book.active.append([dt.date(2024, 1, 5), "Shop", -12.5])
    book.active.append([dt.date(2024, 1, 6), "=1+1", "=2*3"])
    buffer = io.BytesIO()
    book.save(buffer)
    found = entries(buffer.getvalue(), "xlsx")
    assert [entry.amount for entry in found if isinstance(entry, StatementLine)] == [-1250]


# Encodings, bombs, damage


@every_format
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_encoding_is_read(name, encoding):
    if name == "xlsx":
        pytest.skip("a workbook has no encoding of its own")
    text = WRITERS[name]([Row(dt.date(2024, 1, 15), -280, "Café Zoé Münster")]).decode()
    data = text.replace('encoding="UTF-8"', "").encode(encoding)
    assert registry.detect(data, "") == name
    [entry] = entries(data, name)
    assert (entry.amount, entry.description) == (-280, "Café Zoé Münster")


@every_format
@pytest.mark.parametrize("ending", [b"\r\n", b"\r"])
def test_every_line_end_is_read(name, ending):
    if name == "xlsx":
        pytest.skip("a workbook has no lines")
    rows = [Row(dt.date(2024, 1, 15), -280, "Shop"), Row(dt.date(2024, 1, 16), 5, "Rail")]
    data = WRITERS[name](rows).replace(b"\r\n", b"\n").replace(b"\n", ending)
    assert registry.detect(data, "") == name
    assert [entry.amount for entry in entries(data, name)] == [-280, 5]


BOMB = (
    '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    '<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("name", XML)
@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, '<!DOCTYPE a SYSTEM "http://localhost/x">'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(name, declared, encoding):
    text = WRITERS[name]([Row(dt.date(2024, 1, 15), -280, "Shop")]).decode()
    declaration, _, rest = text.partition("<OFX>" if name == "ofx" else "\n")
    start = "<OFX>" if name == "ofx" else ""
    data = f"{declaration}{declared}{start}{rest}".encode(encoding)
    with pytest.raises(UnreadableFile, match="document type"):
        entries(data, name)


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for member, content in members.items():
            made.writestr(member, content)
    return buffer.getvalue()


def test_an_archive_of_months_is_read(db):
    account = new_account()
    rows = [Row(dt.date(2024, month, 15), -month, "Shop") for month in range(1, 13)]
    files = {f"../{row.date}.xml": WRITERS["camt"]([row]) for row in rows}
    assert load_file(account, "camt", archive(files)).added == 12
    assert load(account, "camt", rows).added == 0
    assert movements(account) == moved(rows)


@pytest.mark.parametrize("name", ["camt", "xlsx"])
def test_archives_that_explode_are_refused(name):
    inner = WRITERS[name]([Row(dt.date(2024, 1, 15), -280, "Shop")])
    zeros = b"\x00" * (30 * 1024 * 1024)
    if name == "xlsx":
        with zipfile.ZipFile(io.BytesIO(inner)) as whole:
            members = {info.filename: whole.read(info) for info in whole.infolist()}
        members["xl/media/image1.png"] = zeros
    else:
        members = {"a.xml": inner, "b.xml": zeros}
    with pytest.raises(UnreadableFile, match="unpacks to"):
        entries(archive(members), name)


def test_an_archive_in_an_archive_is_refused():
    inner = archive({"a.xml": WRITERS["camt"]([Row(dt.date(2024, 1, 15), -280, "Shop")])})
    with pytest.raises(UnreadableFile, match="archive in this archive"):
        entries(archive({"a.zip": inner, "b.xml": b"<x/>"}), "camt")


def read_or_refuse(data: bytes, name: str) -> list[StatementLine | Problem]:
    """What comes of `data`; nothing but UnreadableFile may come out of a parser."""
    with contextlib.suppress(UnreadableFile):
        found = entries(data, name)
        assert all(isinstance(entry, StatementLine | Problem) for entry in found)
        return found
    return []


@every_format
@many
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(name, data):
    read_or_refuse(data, name)


SAMPLE = [Row(dt.date(2024, 2, day), -100 * day, f"Shop {day}") for day in (1, 14, 29)]


@every_format
@many
@given(st.integers(0, 1000))
def test_files_that_are_cut_off_are_read_or_refused(name, thousandths):
    """What is left has no row that was not in the whole, apart from the one that was cut."""
    whole = WRITERS[name](SAMPLE)
    end = len(whole) * thousandths // 1000
    found = read_or_refuse(whole[:end], name)
    known = {(row.date, row.amount, row.text) for row in SAMPLE}
    lines = [entry for entry in found if isinstance(entry, StatementLine)]
    odd = [line for line in lines[:-1] if (line.date, line.amount, line.description) not in known]
    assert odd == []


@every_format
@many
@given(st.integers(0, 999), st.integers(0, 40), st.binary(max_size=30))
def test_files_with_damage_are_read_or_refused(name, thousandths, length, noise):
    whole = WRITERS[name](SAMPLE)
    at = len(whole) * thousandths // 1000
    read_or_refuse(whole[:at] + noise + whole[at + length :], name)


def test_the_account_is_found_by_its_number_in_every_format_that_states_it(db):
    account = new_account(number="DE89 3704 0044 0532 0130 00")
    for name in ("ofx", "camt", "mt940"):
        [statement] = parsed(WRITERS[name](SAMPLE), name, account).statements
        assert statement.account_number == NUMBER
        assert reading.account_of(statement, account.household) == account


@given(st.decimals(-(10**9), 10**9, places=2).filter(bool))
@few
def test_the_writers_agree_with_each_other(amount: Decimal):
    row = Row(dt.date(2024, 1, 15), int(amount * 100), "Shop")
    assert {entries(write([row]), name)[0].amount for name, write in WRITERS.items()} == {
        row.amount
    }
