"""The second pass: a mapping turns the rows of a CSV file into statement lines, one by one."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import islice

from imports.parsers.amounts import AmountReader, currency_of
from imports.parsers.base import Entry, Parsed, Statement, UnreadableFile, check_size, raw
from imports.parsers.csv_ids import LONGEST, is_number, repeated_numbers
from imports.parsers.csv_mapping import CsvMapping
from imports.parsers.csv_table import Row, Rows, check_text, lines_of
from imports.parsers.dates import DateReader
from imports.parsers.iban import find_iban
from imports.parsers.text import decode
from ledger.statement_line import Problem, StatementLine

GARBLED = object()
TOTAL_WORDS = (
    "total", "sum", "summe", "saldo", "solde", "balance", "opening", "closing", "gesamt", "totaal",
    "totale", "suma", "итого", "razem", "celkem", "összesen", "subtotal", "kontostand", "endsaldo",
    "anfangssaldo", "zwischensumme", "yhteensä", "остаток", "grand total", "bakiye",
)  # fmt: skip
PENDING_WORDS = (
    "pending",
    "vorgemerkt",
    "en attente",
    "pendiente",
    "processing",
    "a venir",
    "offen",
)


def parse_table(data: bytes, mapping: CsvMapping, *, currency: str) -> Parsed:
    """Read `data` as `mapping` says. Entries come one by one, warnings are complete after them.

    `currency` is the account's, for rows that name none. Raises UnreadableFile.
    """
    check_size(data)
    if not mapping.is_complete:
        raise UnreadableFile("A statement needs a column for the date and one for the amount.")
    text, _ = decode(data, mapping.encoding)
    check_text(text)
    warnings: list[str] = []
    reader = _Reader(mapping, currency, warnings)
    own = mapping.fixed_currency or currency
    number = _account_number(text, mapping)
    statement = Statement(
        entries=reader.entries(text), key=number, account_number=number, currency=own
    )
    return Parsed("csv", [statement], warnings)


def _account_number(text: str, mapping: CsvMapping) -> str:
    """The account's number from the first row, or an IBAN from the lines above the table."""
    if mapping.account is None:
        lines = islice(lines_of(text), min(mapping.skip, 50))
        return find_iban("".join(line[:1000] for line in lines))
    rows = Rows(text, delimiter=mapping.delimiter, quote=mapping.quote, skip=mapping.skip)
    for index, row in enumerate(rows):
        if index >= mapping.has_header and len(row) > mapping.account:
            return row[mapping.account].strip()[:64]
    return ""


class _Reader:
    def __init__(self, mapping: CsvMapping, currency: str, warnings: list[str]) -> None:
        self.mapping, self.currency, self.warnings = mapping, currency, warnings
        self.default = mapping.fixed_currency or currency
        self.dates = DateReader(mapping.date_format)
        self.readers: dict[str, AmountReader] = {}
        self.balances: dict[str, AmountReader] = {}
        self.codes: dict[str, str] = {}
        self.out, self.pending, self.ignored = (
            frozenset(mapping.out_flags),
            frozenset(mapping.pending_states),
            frozenset(mapping.ignored_states),
        )
        columns = [mapping.date, mapping.amount, mapping.debit, mapping.credit, mapping.flag]
        columns += [mapping.balance, mapping.currency, mapping.state, mapping.payee, mapping.notes]
        columns += [mapping.id, mapping.category, mapping.fee, mapping.payer, *mapping.description]
        self.needed = max(column for column in columns if column is not None) + 1
        self.amount: Callable[[Row, AmountReader], object] = self._choose_amount()
        self.describe = self._choose_description()
        self.undated = self.skipped = self.without_amount = 0
        self.repeated: frozenset[str] = frozenset()

    # How one row is read

    def _choose_amount(self) -> Callable[[Row, AmountReader], object]:
        mapping = self.mapping
        amount, flag, out = mapping.amount, mapping.flag, self.out
        if amount is not None and flag is not None:

            def flagged(row: Row, reader: AmountReader) -> object:
                value = reader[row[amount]]
                if type(value) is not int:
                    return value
                # A sign beside a flag repeats it, or is a card's view; the flag is in words.
                return -abs(value) if row[flag].strip().lower() in out else abs(value)

            return flagged
        if amount is not None and mapping.fee is not None:
            return self._less_fee
        if amount is not None:
            return lambda row, reader: reader[row[amount]]
        return self._pair

    def _less_fee(self, row: Row, reader: AmountReader) -> object:
        """What the balance moves by. A fee is money out, whatever the sign of the amounts."""
        value, fee = reader[row[self.mapping.amount]], reader[row[self.mapping.fee]]
        if type(value) is not int or fee is reader.GARBLED:
            return value if fee is not reader.GARBLED else fee
        if fee is not None and reader.flip:
            fee = -fee
        return value - (fee or 0)

    def _pair(self, row: Row, reader: AmountReader) -> object:
        mapping, out, in_ = self.mapping, None, None
        if mapping.debit is not None:
            out = reader[row[mapping.debit]]
        if mapping.credit is not None:
            in_ = reader[row[mapping.credit]]
        if out is reader.GARBLED or in_ is reader.GARBLED:
            return reader.GARBLED
        if in_ and mapping.credit_is_negated:
            in_ = -in_
        if out is None:
            return in_
        if not mapping.debit_is_signed:
            out = -out
        return out + (in_ or 0)

    def _choose_description(self) -> Callable[[Row], str]:
        columns, payee, notes = self.mapping.description, self.mapping.payee, self.mapping.notes
        fallback = [
            column for column in (payee, notes, self.mapping.category) if column is not None
        ]
        if len(columns) == 1:
            only = columns[0]
            return lambda row: row[only].strip() or _first(row, fallback)

        def several(row: Row) -> str:
            parts = dict.fromkeys(part for column in columns if (part := row[column].strip()))
            return " ".join(parts) or _first(row, fallback)

        return several

    def _code(self, row: Row) -> str:
        column = self.mapping.currency
        if column is None:
            return self.default
        cell = row[column]
        code = self.codes.get(cell)
        if code is None:
            code = currency_of(cell) or self.default
            if len(self.codes) < 10_000:
                self.codes[cell] = code
        return code

    def _reader(self, code: str) -> AmountReader:
        reader = self.readers.get(code)
        if reader is None:
            mapping = self.mapping
            flip = mapping.flip_sign and mapping.amount is not None
            reader = self.readers[code] = AmountReader(mapping.decimal_mark, code, flip=flip)
            self.balances[code] = AmountReader(mapping.decimal_mark, code)
        return reader

    # The rows

    def entries(self, text: str) -> Iterator[Entry]:
        """Every line and problem in the order of the file."""
        self.repeated = repeated_numbers(text, self.mapping)
        if not self.mapping.joins_rows:
            yield from self._entries(text)
        else:
            yield from self._joined(text)
        self._warn()

    def _joined(self, text: str) -> Iterator[Entry]:
        """Text of rows without date and amount belongs to the line above."""
        held: StatementLine | None = None
        for entry in self._entries(text, keep_texts=True):
            if isinstance(entry, str):
                if held is not None and entry:
                    held = held._replace(description=f"{held.description} {entry}".strip())
                continue
            if held is not None:
                yield held
            held = entry if isinstance(entry, StatementLine) else None
            if held is None:
                yield entry
        if held is not None:
            yield held

    def _entries(self, text: str, *, keep_texts: bool = False) -> Iterator[Entry | str]:
        mapping, dates, needed, amount_of = self.mapping, self.dates, self.needed, self.amount
        rows = Rows(text, delimiter=mapping.delimiter, quote=mapping.quote, skip=mapping.skip)
        date, fixed, is_header = mapping.date, mapping.currency is None, mapping.has_header
        code, reader, make = self.default, self._reader(self.default), self._line
        width = mapping.width or 10**9
        for row in rows:
            if is_header:
                is_header = False
                continue
            if not row:
                continue
            if len(row) < needed:
                row += [""] * (needed - len(row))
            if not fixed:
                code = self._code(row)
                reader = self._reader(code)
            day, amount = dates[row[date]], amount_of(row, reader)
            if type(day) is dt.date and type(amount) is int:
                line = make(rows.line, day, amount, code, row)
                if line is not None:
                    yield line
                continue
            if len(row) > width and (mended := self._mend(row, width)):
                row, day, amount = mended
                if (line := make(rows.line, day, amount, code, row)) is not None:
                    yield line
                continue
            problem = self._judge(row, day, amount, rows.line)
            if problem is not None:
                yield problem
            elif keep_texts and day is None and amount is None:
                yield self.describe(row)

    def _line(
        self, line: int, day: dt.date, amount: int, code: str, row: Row
    ) -> StatementLine | None:
        mapping, pending = self.mapping, False
        if mapping.state is not None:
            state = row[mapping.state].strip().lower()
            if state in self.ignored:
                self.skipped += 1
                return None
            pending = state in self.pending
        balance = None
        if mapping.balance is not None:
            found = self.balances[code][row[mapping.balance]]
            balance = found if type(found) is int else None
        return StatementLine(
            line,
            day,
            amount,
            self.describe(row),
            self._payee(row, amount),
            self._number(row[mapping.id]) if mapping.id is not None else "",
            code,
            balance,
            pending,
            row[mapping.notes].strip() if mapping.notes is not None else "",
            row[mapping.category].strip() if mapping.category is not None else "",
        )

    def _payee(self, row: Row, amount: int) -> str:
        payee, payer = self.mapping.payee, self.mapping.payer
        if amount > 0 and payer is not None and (name := row[payer].strip()):
            return name
        return row[payee].strip() if payee is not None else ""

    def _number(self, cell: str) -> str:
        number = cell.strip()[:LONGEST]
        return number if number not in self.repeated and is_number(number) else ""

    def _mend(self, row: Row, width: int) -> tuple[Row, dt.date, int] | None:
        """A row with too many cells: a delimiter stands in its text, put the text together."""
        extra = len(row) - width
        texts = (*self.mapping.description, self.mapping.payee, self.mapping.notes)
        for column in dict.fromkeys(column for column in texts if column is not None):
            joined = self.mapping.delimiter.join(row[column : column + extra + 1])
            mended = [*row[:column], joined, *row[column + extra + 1 :]]
            if len(mended) < self.needed:
                continue
            day = self.dates[mended[self.mapping.date]]
            amount = self.amount(mended, self._reader(self._code(mended)))
            if type(day) is dt.date and type(amount) is int:
                return mended, day, amount
        return None

    def _judge(self, row: Row, day: object, amount: object, line: int) -> Problem | None:
        """What to do with a row that is no transaction: pass over it or report it."""
        has_date, has_amount = type(day) is dt.date, type(amount) is int
        if has_date and amount is None:
            self.without_amount += 1
            return None
        if has_date:
            return Problem(line, "The amount cannot be read.", raw(" ".join(row)))
        if not has_amount and not self._looks_garbled(row, day, amount):
            return None
        if has_amount and self._is_no_transaction(row, day):
            return None
        if has_amount:
            reason = "The date is missing." if day is None else "The date cannot be read."
            return Problem(line, reason, raw(" ".join(row)))
        return Problem(line, "The date and the amount cannot be read.", raw(" ".join(row)))

    def _looks_garbled(self, row: Row, day: object, amount: object) -> bool:
        """Neither date nor amount can be read: a transaction only if both cells hold numbers."""
        if day is None or amount is None:
            return False
        money = (self.mapping.amount, self.mapping.debit, self.mapping.credit)
        cells = "".join(row[column] for column in money if column is not None)
        return _digits(row[self.mapping.date]) >= 4 and _digits(cells) >= 2

    def _is_no_transaction(self, row: Row, day: object) -> bool:
        """A total, a balance, or a row that the bank has not dated yet."""
        words = [cell.strip().lower() for cell in row if cell and cell.strip()]
        if any(word.startswith(TOTAL_WORDS) or word.endswith(" total") for word in words[:3]):
            return True
        cell = row[self.mapping.date].strip().lower()
        if cell.startswith(PENDING_WORDS):
            self.undated += 1
            return True
        return False

    def _warn(self) -> None:
        rounded = sum(reader.rounded for reader in self.readers.values())
        for count, text in (
            (rounded, "Amounts with more decimals than their currency, rounded"),
            (self.undated, "Pending rows without a date, left out"),
            (self.skipped, "Rows that failed or were reversed, left out"),
            (self.without_amount, "Rows with a date but no amount, left out"),
            (len(self.repeated), "Transaction numbers that stand for different rows, not used"),
        ):
            if count:
                self.warnings.append(f"{text}: {count}.")


def _first(row: Row, columns: list[int]) -> str:
    return next((text for column in columns if (text := row[column].strip())), "")


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))
