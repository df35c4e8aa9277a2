"""CSV and its cousins: comma, semicolon, tab and bar, in the dialects of banks."""

import csv
from collections.abc import Iterator

from imports.parsers.base import (
    MAX_ROWS,
    Entry,
    Parsed,
    Statement,
    UnreadableFileError,
    ensure_size,
)
from imports.parsers.csv_guess import Guess, guess, read_rows
from imports.parsers.csv_mapping import (
    DEAD_STATES,
    OUT_FLAGS,
    PENDING_STATES,
    CsvMapping,
    MappingError,
)
from imports.parsers.text import decode
from imports.parsers.values import amount_text, read_amount, read_date
from ledger.statement_line import Problem, StatementLine

__all__ = ["CsvMapping", "Guess", "MappingError", "guess", "parse"]

name = "csv"
label = "CSV"


def score(head: bytes, filename: str) -> int | None:
    """Plain text in columns; the last resort of the formats."""
    if (
        b"\x00" in head[:200]
        and head[:2] not in (b"\xff\xfe", b"\xfe\xff")
        and not (head[1:200:2].count(0) > 30 or head[0:200:2].count(0) > 30)
    ):
        return None
    lines = [line for line in head.splitlines() if line.strip()]
    columns = any(mark in line for line in lines for mark in (b",", b";", b"\t", b"|"))
    return 20 if columns else None


def parse(data: bytes, mapping: CsvMapping, *, currency: str) -> Parsed:
    """Read `data` as `mapping` says; amounts in minor units of `currency` (ISO code).

    Raises UnreadableFileError for a file that is no table and MappingError for an incomplete
    mapping. A row that has a date or an amount but not both is a Problem with its line number;
    rows that have neither (titles, totals, continuations) are left out.
    """
    ensure_size(data)
    mapping.ensure_valid()
    if not mapping.is_complete:
        raise MappingError("Say which columns hold the date and the amount.")
    text, _encoding = decode(data, mapping.encoding)
    return Parsed(name, [Statement(_Reader(mapping, currency).entries(text), currency=currency)])


class _Reader:
    """Reads rows by one mapping."""

    def __init__(self, mapping: CsvMapping, currency: str):
        self.mapping = mapping
        self.currency = currency

    def entries(self, text: str) -> Iterator[Entry]:
        mapping = self.mapping
        csv.field_size_limit(1024 * 1024)
        reader = read_rows(text, mapping.delimiter)
        to_skip = mapping.skip + mapping.has_header
        count = 0
        try:
            for number, row in enumerate(reader):
                if number < to_skip or not row:
                    continue
                count += 1
                if count > MAX_ROWS:
                    raise UnreadableFileError(f"This file has more than {MAX_ROWS:,} rows.")
                entry = self._entry(reader.line_num, row)
                if entry is not None:
                    yield entry
        except csv.Error as error:
            raise UnreadableFileError(f"Line {reader.line_num}: {error}.") from error

    def _cell(self, row: list[str], column: int | None) -> str:
        return row[column].strip() if column is not None and column < len(row) else ""

    def _entry(self, line: int, row: list[str]) -> Entry | None:
        mapping, cell = self.mapping, self._cell
        date_text = cell(row, mapping.date)
        date = read_date(date_text, mapping.date_order) if date_text else None
        amount, unread = self._amount(row)
        if date is None:
            # A row without a day is a total, a title or the rest of the row above it.
            has_digits = any(char.isdigit() for char in date_text)
            wrong = (
                date_text and amount is not None and (has_digits or self._is_row(row, date_text))
            )
            return self._problem(line, row, "the date cannot be read") if wrong else None
        if amount is None:
            return self._problem(line, row, "the amount cannot be read") if unread else None
        state = cell(row, mapping.state).casefold().replace(" ", "_")
        if state in DEAD_STATES:
            return None
        texts = [cell(row, column) for column in mapping.description]
        payee = cell(row, mapping.payee)
        description = " ".join(text for text in texts if text) or payee
        return StatementLine(
            line=line,
            date=date,
            amount=amount,
            description=description,
            payee=payee,
            external_id=cell(row, mapping.external_id)[:255],
            currency=cell(row, mapping.currency).upper()[:3],
            balance=self._balance(row),
            pending=state in PENDING_STATES,
            notes=cell(row, mapping.notes),
            category=cell(row, mapping.category)[:120],
        )

    def _is_row(self, row: list[str], date_text: str) -> bool:
        """Whether a row with a word for a date is a broken row rather than a total: it is full."""
        words = date_text.casefold()
        total = any(
            word in words for word in ("total", "balance", "saldo", "sum", "pending", "summe")
        )
        return not total and all(self._cell(row, column) for column in self.mapping.description)

    def _amount(self, row: list[str]) -> tuple[int | None, bool]:
        """(minor units or None, whether there was something that could not be read)."""
        mapping = self.mapping
        if mapping.amount is not None:
            text = self._cell(row, mapping.amount)
            amount = self._read(text)
            if amount is None:
                return None, bool(text)
            if mapping.flag is not None:
                is_out = self._cell(row, mapping.flag).casefold() in OUT_FLAGS
                amount = -abs(amount) if is_out else abs(amount)
            return (-amount if mapping.flip_sign else amount), False
        debit, credit = self._cell(row, mapping.debit), self._cell(row, mapping.credit)
        out, into = self._read(debit), self._read(credit)
        if (debit and out is None and _looks_numeric(debit)) or (
            credit and into is None and _looks_numeric(credit)
        ):
            return None, True
        if out is None and into is None:
            return None, False
        amount = abs(into or 0) - abs(out or 0) if (into or 0) >= 0 else (into or 0) - abs(out or 0)
        return (-amount if mapping.flip_sign else amount), False

    def _read(self, text: str) -> int | None:
        return read_amount(text, self.currency, self.mapping.decimal_mark) if text else None

    def _balance(self, row: list[str]) -> int | None:
        return self._read(self._cell(row, self.mapping.balance))

    def _problem(self, line: int, row: list[str], reason: str) -> Problem:
        return Problem(line, reason, self.mapping.delimiter.join(row)[:200])


def _looks_numeric(text: str) -> bool:
    return amount_text(text) is not None or any(char.isdigit() for char in text)
