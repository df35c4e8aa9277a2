"""Guess how a table of cells is read, by votes of whole columns, never by a single cell."""

import csv
import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field

from core.money import exponent
from imports.parsers import csv_headers
from imports.parsers.base import UnreadableFileError, ensure_size
from imports.parsers.csv_mapping import (
    DEAD_STATES,
    IN_FLAGS,
    OUT_FLAGS,
    PENDING_STATES,
    CsvMapping,
)
from imports.parsers.text import decode
from imports.parsers.values import amount_text, decimal_votes, read_date

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 3000
"""Rows that vote. A column's marks and order show long before."""


@dataclass(frozen=True)
class Question:
    """Something the file leaves open. `name` is the field of CsvMapping that answers it."""

    name: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Guess:
    """The likeliest mapping, what is open, and what a person needs to judge it."""

    mapping: CsvMapping
    headers: list[str]
    rows: list[list[str]]
    fingerprint: str
    questions: list[Question] = field(default_factory=list)


def guess(data: bytes, *, currency: str = "", encoding: str = "", delimiter: str = "") -> Guess:
    """How to read `data`. `currency` (ISO code) helps with decimals; the others overrule the guess.

    Raises UnreadableFileError when there is no table.
    """
    ensure_size(data)
    text, encoding = decode(data, encoding)
    delimiter, rows = _table(text, delimiter)
    width = _width(rows)
    if width < 2:
        raise UnreadableFileError("This file has no columns: no comma, semicolon, tab or bar.")
    dates = _date_columns(rows, width)
    header_at, first = _header(rows, width, dates)
    headers = [cell.strip() for cell in rows[header_at]] if header_at is not None else []
    body = [row for row in rows[first:] if any(cell.strip() for cell in row)]
    table = _Table(headers, body, width, dates)
    mapping, questions = table.mapping(currency)
    skip = header_at if header_at is not None else first
    mapping = _with(
        mapping, encoding=encoding, delimiter=delimiter, skip=skip, has_header=header_at is not None
    )
    shape = "\x1f".join([delimiter, *(csv_headers.normal(cell) for cell in headers)]) + f"|{width}"
    if not headers:
        shape += "|" + ",".join(str(column) for column in sorted(dates))
    fingerprint = hashlib.sha256(shape.encode()).hexdigest()
    return Guess(mapping, headers, body[:20], fingerprint, questions)


def _with(mapping: CsvMapping, **changes) -> CsvMapping:
    return CsvMapping(
        **{**{f: getattr(mapping, f) for f in mapping.__dataclass_fields__}, **changes}
    )


def read_rows(text: str, delimiter: str):
    """csv.reader over `text`, with its quirks excused."""
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _table(text: str, delimiter: str) -> tuple[str, list[list[str]]]:
    csv.field_size_limit(1024 * 1024)
    best: tuple[tuple, str, list[list[str]]] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        rows = []
        try:
            for row in read_rows(text, candidate):
                rows.append(row)
                if len(rows) >= SAMPLE:
                    break
        except csv.Error as error:
            if best is None and candidate == DELIMITERS[-1]:
                raise UnreadableFileError(f"Line {len(rows) + 1}: {error}.") from error
            continue
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        rank = (count, width)
        if best is None or rank > best[0]:
            best = (rank, candidate, rows)
    if best is None:
        raise UnreadableFileError("This file has no columns: no comma, semicolon, tab or bar.")
    return best[1], best[2]


def _width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return max(widths.items(), key=lambda item: (item[1], item[0]))[0] if widths else 0


def _is_date(cell: str) -> bool:
    return len(cell) <= 40 and any(read_date(cell, order) for order in ("dmy", "mdy", "ymd"))


def _date_columns(rows: list[list[str]], width: int) -> dict[int, int]:
    """Columns where at least half of the filled cells below the first date are days."""
    found: dict[int, int] = {}
    for column in range(width):
        cells = [row[column] for row in rows if len(row) > column and row[column].strip()]
        hits = [_is_date(cell) for cell in cells[:500]]
        if True in hits:
            after = hits[hits.index(True) :]
            if sum(after) * 2 >= len(after):
                found[column] = sum(after)
    return found


def _header(rows: list[list[str]], width: int, dates: dict[int, int]) -> tuple[int | None, int]:
    """(row number of the header or None, row number of the first data row)."""
    first = next(
        (
            n
            for n, row in enumerate(rows)
            if any(len(row) > c and _is_date(row[c]) for c in dates)
            and len(row) >= min(width, 2)
            and sum(bool(cell.strip()) for cell in row) >= 2
            and any(
                amount_text(cell) for c, cell in enumerate(row) if c not in dates and cell.strip()
            )
        ),
        None,
    )
    limit = first if first is not None else len(rows)
    for number in range(limit - 1, -1, -1):
        cells = [cell for cell in rows[number] if cell.strip()]
        if len(cells) >= 2 and csv_headers.looks_like_header(cells):
            return number, number + 1
    if first is None:
        return (0, 1) if rows and csv_headers.looks_like_header(rows[0]) else (None, 0)
    above = [
        n
        for n in range(first)
        if len(rows[n]) in (width, width - 1, width + 1)
        and sum(bool(cell.strip()) for cell in rows[n]) >= 2
    ]
    if above:
        cells = [cell for cell in rows[above[-1]] if cell.strip()]
        plain = not any(_is_date(cell) or amount_text(cell) for cell in cells)
        if plain and len(set(cells)) == len(cells):
            return above[-1], first
    return None, first


class _Table:
    """The body of a file, and what its columns look like."""

    def __init__(
        self, headers: list[str], body: list[list[str]], width: int, dates: dict[int, int]
    ):
        self.headers = headers
        self.width = max([width, *(len(row) for row in body[:200])]) if body else width
        self.columns = [[row[c] if len(row) > c else "" for row in body] for c in range(self.width)]
        self.dates = dates
        self.taken: set[int] = set()

    def name(self, column: int) -> str:
        return self.headers[column] if column < len(self.headers) else ""

    def filled(self, column: int) -> list[str]:
        return [cell for cell in self.columns[column] if cell.strip()]

    def numbers(self, column: int) -> list[str]:
        return [number for cell in self.filled(column) if (number := amount_text(cell.strip()))]

    def is_numeric(self, column: int) -> bool:
        filled = self.filled(column)
        return bool(filled) and len(self.numbers(column)) * 10 >= len(filled) * 6

    def best(self, role: str, columns, minimum: int = 30) -> int | None:
        """The free column whose header names `role` best."""
        ranked = [
            (csv_headers.score(self.name(c), role), -c) for c in columns if c not in self.taken
        ]
        top = max(ranked, default=(0, 0))
        return -top[1] if top[0] >= minimum else None

    def take(self, column: int | None) -> int | None:
        if column is not None:
            self.taken.add(column)
        return column

    def mapping(self, currency: str) -> tuple[CsvMapping, list[Question]]:
        questions: list[Question] = []
        date = self.take(self._date())
        order, is_open = self._order(date)
        if is_open:
            questions.append(
                Question(
                    "date_order",
                    "Is 03/04 the 3rd of April or the 4th of March?",
                    (("dmy", "Day first: 3 April"), ("mdy", "Month first: 4 March")),
                )
            )
        numeric = [c for c in range(self.width) if c not in self.dates and self.is_numeric(c)]
        money = self._money(numeric)
        mark = self._mark([money.get(k) for k in ("amount", "debit", "credit")], currency)
        flip = False
        amount = money.get("amount")
        if amount is not None and money.get("flag") is None:
            values = list(self.numbers(amount))
            if values and not any(v.startswith(("-", "−", "(")) or v.endswith("-") for v in values):
                questions.append(
                    Question(
                        "flip_sign",
                        "No amount is negative. What is a positive one?",
                        (("false", "Money in"), ("true", "Money out, as on a card statement")),
                    )
                )
        return CsvMapping(
            date=date, date_order=order, decimal_mark=mark, flip_sign=flip, **money, **self._texts()
        ), questions

    def _date(self) -> int | None:
        if not self.dates:
            return self.best("date", range(self.width))
        most = max(self.dates.values())
        full = [c for c, hits in self.dates.items() if hits * 10 >= most * 8]
        named = self.best("date", full, minimum=1)
        return named if named is not None else min(full)

    def _order(self, column: int | None) -> tuple[str, bool]:
        """The order that reads most cells, and whether the file leaves it open."""
        cells = {c.strip() for c in self.filled(column)} if column is not None else set()
        votes = {
            order: sum(read_date(cell, order) is not None for cell in cells)
            for order in ("dmy", "mdy", "ymd")
        }
        if not cells or max(votes.values()) == 0:
            return "dmy", False
        differ = any(read_date(cell, "dmy") != read_date(cell, "mdy") for cell in cells)
        if votes["ymd"] > max(votes["dmy"], votes["mdy"]):
            return "ymd", False
        if votes["dmy"] == votes["mdy"]:
            if not differ:
                return ("ymd", False)
            dotted = all("." in cell for cell in cells)
            return "dmy", not dotted and not self._told_by_sequence(column)
        return ("dmy", False) if votes["dmy"] > votes["mdy"] else ("mdy", False)

    def _told_by_sequence(self, column: int) -> bool:
        return False

    def _money(self, numeric: list[int]) -> dict:
        """Columns of amount, or of debit and credit, or of amount and flag; and of balance."""
        balance = self.best("balance", numeric)
        self.take(balance)
        debit, credit = self.best("debit", numeric, 40), self.best("credit", numeric, 40)
        amount = self.best("amount", numeric, 20)
        if debit is None and credit is not None and credit != amount:
            debit = self._other_side(credit, "debit")
        if credit is None and debit is not None and debit != amount:
            credit = self._other_side(debit, "credit")
        pair = debit is not None and credit is not None and debit != credit
        if pair and not (
            amount is not None and amount not in (debit, credit) and self._signed(amount)
        ):
            self.taken |= {debit, credit}
            return {"debit": debit, "credit": credit, "balance": balance}
        if amount is None:
            sides = self._unnamed_sides(numeric)
            if sides:
                self.taken |= set(sides)
                return {"debit": sides[0], "credit": sides[1], "balance": balance}
            amount = self._likeliest(numeric)
        if amount is None and (debit is not None or credit is not None):
            return {"debit": self.take(debit), "credit": self.take(credit), "balance": balance}
        if amount is None and self.headers:
            amount = self.best("amount", range(self.width))
        self.take(amount)
        return {"amount": amount, "flag": self.take(self._flag(amount)), "balance": balance}

    def _signed(self, column: int) -> bool:
        return any(number[:1] in "-−(" for number in self.numbers(column))

    def _other_side(self, column: int, role: str) -> int | None:
        """The named partner of a debit or credit column, even where it is empty."""
        others = [
            c
            for c in range(self.width)
            if c not in (*self.dates, column) and (self.is_numeric(c) or not self.filled(c))
        ]
        return self.best(role, others, 40)

    def _unnamed_sides(self, numeric: list[int]) -> tuple[int, int] | None:
        """Two columns of which each row fills exactly one: out first, in second is what banks do
        with headers missing; where one has a sign it is no pair."""
        if self.headers:
            return None
        free = [c for c in numeric if c not in self.taken]
        for left in free:
            for right in range(left + 1, self.width):
                if right not in free and self.filled(right):
                    continue
                filled = [
                    bool(a.strip()) != bool(b.strip())
                    for a, b in zip(self.columns[left], self.columns[right], strict=True)
                ]
                decimal = any("." in n or "," in n for n in self.numbers(left))
                mostly = sum(filled) * 20 >= len(filled) * 19
                if (
                    decimal
                    and mostly
                    and not self._signed(left)
                    and (right in free or right == left + 1)
                ):
                    return (
                        (right, left)
                        if right in free and self._more_in(left, right)
                        else (left, right)
                    )
        return None

    def _more_in(self, left: int, right: int) -> bool:
        return len(self.filled(left)) < len(self.filled(right))

    def _likeliest(self, numeric: list[int]) -> int | None:
        """Without a name: the column with decimals whose values have signs, else with decimals."""

        def rank(column: int) -> tuple:
            numbers = self.numbers(column)
            decimals = sum("." in n or "," in n for n in numbers)
            return (
                decimals * 2 >= len(numbers),
                self._signed(column),
                not csv_headers._AVOID.search(csv_headers.normal(self.name(column))),
                -column,
            )

        free = [
            c
            for c in numeric
            if c not in self.taken
            and (not self.name(c) or any("." in n or "," in n for n in self.numbers(c)))
        ]
        return max(free, key=rank, default=None)

    def _flag(self, amount: int | None) -> int | None:
        if amount is None:
            return None
        signed = self._signed(amount)
        for column in range(self.width):
            if column in self.taken or column in self.dates:
                continue
            is_named = csv_headers.score(self.name(column), "flag") >= 85
            flags = Counter(cell.strip().casefold() for cell in self.filled(column))
            known = {flag: n for flag, n in flags.items() if flag in OUT_FLAGS | IN_FLAGS}
            if sum(known.values()) * 20 < sum(flags.values()) * 19 or not known:
                continue
            if (known.keys() & OUT_FLAGS and not signed) or is_named:
                return column
        return None

    def _mark(self, columns: list[int | None], currency: str) -> str:
        votes: Counter[str] = Counter()
        undecided = Counter()
        for column in columns:
            for number in self.numbers(column) if column is not None else ():
                found = decimal_votes(number)
                votes.update(found)
                if not found:
                    undecided.update(char for char in number if char in ".,")
        if votes:
            return max(votes, key=lambda mark: votes[mark])
        if undecided and exponent(currency or "EUR") != 3:
            # "1.234" everywhere: three digits behind are a group, not decimals.
            return "," if undecided["."] > undecided[","] else "."
        return "."

    def _texts(self) -> dict:
        free = [c for c in range(self.width) if c not in self.dates]
        states = self.best("state", free, 60)
        if states is not None:
            values = {cell.strip().casefold().replace(" ", "_") for cell in self.filled(states)}
            if not values & (
                PENDING_STATES | DEAD_STATES | {"completed", "posted", "settled", "booked"}
            ):
                states = None
        self.take(states)
        found = {"state": states}
        texts = [
            c
            for c in free
            if not self.is_numeric(c) or csv_headers.score(self.name(c), "external_id") > 60
        ]
        for role, minimum in (
            ("currency", 40),
            ("category", 60),
            ("notes", 90),
            ("external_id", 80),
        ):
            column = self.best(role, texts, minimum)
            if role == "currency" and column is not None and not self._is_currency(column):
                column = None
            if role == "external_id" and column is not None and not self._identifies(column):
                column = None
            found[role] = self.take(column)
        described = [c for c in texts if c not in self.taken]
        found["payee"] = self.best("payee", described, 40)
        words = [
            c
            for c in described
            if c != found["payee"] and csv_headers.score(self.name(c), "description") >= 30
        ]
        if not words and found["payee"] is None:
            words = sorted(described, key=lambda c: -sum(len(cell) for cell in self.filled(c)))[:1]
        found["description"] = tuple(sorted(words)[:4])
        return found

    def _is_currency(self, column: int) -> bool:
        values = {cell.strip() for cell in self.filled(column)}
        return bool(values) and all(len(value) == 3 and value.isalpha() for value in values)

    def _identifies(self, column: int) -> bool:
        values = [cell.strip() for cell in self.columns[column]]
        return all(values) and len(set(values)) == len(values) and min(map(len, values)) >= 6
