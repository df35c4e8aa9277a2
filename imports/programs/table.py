"""Tables of the programs: CSV with a header whose names are known. Pure."""

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterable

from imports.parsers.amounts import AmountReader, mark_votes
from imports.parsers.base import UnreadableFile
from imports.parsers.csv_table import DELIMITERS, DIGITS, Rows, check_text
from imports.parsers.dates import DateReader, vote
from imports.parsers.text import decode
from imports.programs.book import Builder

_HEADER_LINES = 10


def normal(header: str) -> str:
    """A column's name as it is compared."""
    return " ".join(header.replace("_", " ").split()).casefold()


def header_of(text: str, needed: Iterable[str]) -> tuple[int, str, list[str]] | None:
    """Line number from 0, delimiter and names of the header that has all `needed` columns."""
    wanted = set(needed)
    for number, line in enumerate(text[:20_000].splitlines()[:_HEADER_LINES]):
        for delimiter in DELIMITERS:
            if delimiter not in line:
                continue
            try:
                names = [normal(name) for name in next(csv.reader([line], delimiter=delimiter))]
            except (csv.Error, StopIteration):
                continue
            if wanted <= set(names):
                return number, delimiter, names
    return None


def has_header(head: bytes, needed: Iterable[str]) -> bool:
    """Does a file begin with a table that has these columns?"""
    if b"\x00" in head[:64] and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    text, _ = decode(head)
    return header_of(text.lstrip("\ufeff"), needed) is not None


class Record(dict):
    """A row by the names of its columns; `line` is where it stands."""

    line = 0

    def text(self, *names: str) -> str:
        """The first of these columns that says something."""
        for name in names:
            if value := (self.get(name) or "").strip():
                return value
        return ""


class Table:
    """All rows of a table, with readers for its amounts and dates."""

    def __init__(self, data: bytes, needed: Iterable[str], what: str) -> None:
        text, _ = decode(data)
        text = text.lstrip("\ufeff")
        check_text(text)
        found = header_of(text, needed)
        if found is None:
            raise UnreadableFile(f"This is not {what}: its columns are not there.")
        skip, delimiter, self.names = found
        rows = Rows(text, delimiter=delimiter, skip=skip)
        iterator = iter(rows)
        next(iterator, None)
        self.records: list[Record] = []
        for cells in iterator:
            if any(cell.strip() for cell in cells):
                record = Record(zip(self.names, cells, strict=False))
                record.line = rows.line
                self.records.append(record)

    def cells(self, *names: str) -> list[str]:
        """Every cell of these columns."""
        return [record[name] for record in self.records for name in names if record.get(name)]

    def amounts(self, currency: str, *names: str) -> AmountReader:
        """A reader for these columns, its decimal mark decided over all of them."""
        shapes = Counter(cell.translate(DIGITS) for cell in self.cells(*names))
        votes = mark_votes(shapes)
        return AmountReader("," if votes[","] > votes["."] else ".", currency)

    def dates(
        self, name: str, build: Builder, *, prefer: str = "dmy", form: str = ""
    ) -> DateReader:
        """A reader for this column; asks when day and month cannot be told apart."""
        if not form:
            voted = vote(dict.fromkeys(self.cells(name)), prefer=build.date_order or prefer)
            form = voted.form or "%Y-%m-%d"
            if voted.other and not build.date_order:
                order = "the day" if form.find("%d") < form.find("%m") else "the month"
                build.warn(
                    f"Day and month cannot be told apart in this file: {order} was read first."
                )
                build.book.questions.append("Is the day first in this file, or the month?")
        return DateReader(form)


def prefer_of(currency: str) -> str:
    """The usual order of day and month where this currency is."""
    return "mdy" if currency == "USD" else "dmy"


def read_row(
    build: Builder, record: Record, dates: DateReader, date: str, amounts: AmountReader, amount: str
) -> tuple[dt.date, int] | None:
    """Day and amount of a row; None, and a problem, when one cannot be read."""
    day = dates[record.get(date, "")]
    if not isinstance(day, dt.date):
        build.problem(record.line, "the date cannot be read", ",".join(record.values()))
        return None
    value = amounts[record.get(amount, "")]
    if not isinstance(value, int):
        build.problem(record.line, "the amount cannot be read", ",".join(record.values()))
        return None
    return day, value
