"""The records of QIF files: fields to StatementLine or Problem.

The order of day and month and the decimal mark are decided once, over all records of the file.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from imports.parsers.amounts import AmountReader, mark_votes
from imports.parsers.base import Entry, raw
from imports.parsers.csv_table import DIGITS
from imports.parsers.dates import DateReader, vote
from ledger.own_id import SHAPE
from ledger.statement_line import LinePart, Problem, StatementLine

# 1/15'2005, 9/ 9/99, 9/ 9' 8, 2005-01-15, 15.1.2005 00:00. An apostrophe parts like a slash.
_DATE = re.compile(
    r"(\d{1,4})[ ]{0,3}([-/.'’])[ ]{0,3}(\d{1,2})[ ]{0,3}([-/.'’])[ ]{0,3}(\d{1,4})(?:[ T].*)?"
)
_NOT_A_CATEGORY = frozenset(
    ["--split--", "|--split--|", "split", "splits", "(split)", "split/multiple categories"]
)
_PARTS = frozenset("SE$%")


class Record:
    """The lines of one record, unread."""

    __slots__ = ("address", "fields", "is_trade", "line", "parts")

    def __init__(self, line: int, *, is_trade: bool = False) -> None:
        self.line = line
        self.is_trade = is_trade
        self.fields: dict[str, str] = {}
        self.address: list[str] = []
        self.parts: list[dict[str, str]] = []

    def add(self, code: str, value: str) -> None:
        """Take one line. The first of a kind counts; dates inside of splits are passed over."""
        if code == "S" and not self.is_trade:
            self.parts.append({"S": value})
        elif code in _PARTS and self.parts and code not in self.parts[-1]:
            self.parts[-1][code] = value
        elif code == "A":
            self.address.append(value)
        elif value and (not self.parts or code != "D"):
            self.fields.setdefault(code, value)

    @property
    def is_whole(self) -> bool:
        """Are day and amount there, and no split that may have days of its own?"""
        return "D" in self.fields and not self.parts and ("T" in self.fields or "U" in self.fields)

    def counts(self) -> bool:
        """Is it a transaction, or a stray line?"""
        return bool(self.fields.keys() & {"D", "T", "U"})

    @property
    def transfer_to(self) -> str:
        """The account in `L[Savings]`, `L[Savings]/Class` or `LDivInc|[Savings]`."""
        return account_in(self.fields.get("L", ""))

    def quoted(self) -> str:
        """As a Problem quotes it."""
        return raw(" ".join(f"{code}{value}" for code, value in self.fields.items()))


def account_in(text: str) -> str:
    """The name between the brackets of a transfer, "" when it is none."""
    text = text.rpartition("|")[2].strip()
    if not text.startswith("["):
        return ""
    return text[1:].partition("]")[0].strip()


def _canonical(cell: str) -> str:
    """A numeric date with slashes and at least two digits of the year; others as they are."""
    match = _DATE.fullmatch(cell.strip()[:40])
    if match is None:
        return cell
    first, mark, second, mark2, third = match.groups()
    if len(first) == 3 or len(third) == 3 or (len(first) == 4 and len(third) > 2):
        return cell
    if mark == mark2 and mark in ".-":
        return f"{first}{mark}{second}{mark}{third.zfill(2)}"
    return f"{first}/{second}/{third.zfill(2)}"


class Style:
    """How the dates and amounts of one file are written."""

    def __init__(self, records: Iterable[Record], currency: str, *, form: str = "") -> None:
        self.currency = currency
        self.classes: frozenset[str] = frozenset()
        self.categories: frozenset[str] = frozenset()
        self.unusable_splits = 0
        self.trades = 0
        days: dict[str, None] = {}
        shapes: dict[str, int] = {}
        for record in records:
            days[_canonical(record.fields.get("D", ""))] = None
            amounts = [record.fields.get("T", ""), record.fields.get("U", "")]
            for cell in [*amounts, *(part.get("$", "") for part in record.parts)]:
                if cell:
                    shape = cell[:60].translate(DIGITS)
                    shapes[shape] = shapes.get(shape, 0) + 1
        days.pop("", None)
        found = vote(days, prefer="mdy")
        self.is_order_unknown = bool(found.other) and not form
        self.is_order_mixed = self.is_order_unknown and any(
            max(map(int, parts[:2])) > 12
            for way, parts in found.seen
            if way != "named" and len(parts[0]) < 3
        )
        self._days = DateReader(form or found.form or "%m/%d/%Y")
        votes = mark_votes(shapes)
        main, other = (",", ".") if votes[","] > votes["."] else (".", ",")
        self._readers = (AmountReader(main, currency), AmountReader(other, currency))

    def day(self, text: str) -> dt.date | None:
        """The date as printed, None when it cannot be read."""
        value = self._days[_canonical(text)]
        return value if type(value) is dt.date else None

    def minor(self, text: str) -> int | None:
        """Minor units, None when this is not an amount."""
        for reader in self._readers:
            value = reader[text]
            if type(value) is int:
                return value
        return None

    def warnings(self) -> list[str]:
        """What a person should know of the reading."""
        found = []
        if self.is_order_mixed:
            found.append("Some dates have the day first and some the month; read month first.")
        elif self.is_order_unknown:
            found.append(
                "Day and month cannot be told apart in this file; it was read with the month first."
            )
        if rounded := sum(reader.rounded for reader in self._readers):
            found.append(f"Amounts with more decimals than their currency has, rounded: {rounded}.")
        if self.unusable_splits:
            found.append(
                f"Splits that do not add up to their amount, not used: {self.unusable_splits}."
            )
        if self.trades:
            found.append(
                "Purchases and sales of securities are printed without a sign in QIF; "
                f"check their amounts: {self.trades}."
            )
        return found


def finish(records: list[Record], style: Style, own_name: str = "") -> list[Entry]:
    """Read the records of one account called `own_name`."""
    return [_entry(record, style, own_name) for record in records]


def _entry(record: Record, style: Style, own_name: str) -> Entry:
    fields = record.fields
    day = style.day(fields.get("D", ""))
    if day is None:
        reason = "The date cannot be read." if fields.get("D") else "The date is missing."
        return Problem(record.line, reason, record.quoted())
    printed = fields.get("T") or fields.get("U") or ""
    shares = [style.minor(part["$"]) if part.get("$") else None for part in record.parts]
    if printed:
        amount = style.minor(printed)
    elif record.is_trade:
        # Securities that move between accounts have no total: no money moved.
        amount = 0
    else:
        amount = sum(filter(None, shares)) if shares and None not in shares else None
    if amount is None:
        reason = "The amount cannot be read." if printed else "The amount is missing."
        return Problem(record.line, reason, record.quoted())
    style.trades += record.is_trade and amount != 0
    category = fields.get("L", "")
    parts: tuple[LinePart, ...] = ()
    if len(record.parts) == 1:
        category = category or record.parts[0]["S"]
    elif record.parts:
        parts = _parts(record, amount, shares, style)
        # Quicken repeats the first split's category for the whole.
        category = "" if parts else category
    other = account_in(category)
    is_own = other.casefold() == own_name.casefold()
    return StatementLine(
        line=record.line,
        date=day,
        amount=amount,
        description=_trade_text(record) if record.is_trade else _text(record),
        payee=fields.get("P", ""),
        # QIF has no identifiers; our own files carry theirs among the address lines.
        external_id=next((text for text in record.address if SHAPE.fullmatch(text)), ""),
        currency=style.currency,
        category="" if other else _category(category, style),
        parts=parts,
        transfer_to="" if is_own else other,
    )


def _parts(
    record: Record, amount: int, shares: list[int | None], style: Style
) -> tuple[LinePart, ...]:
    """The splits, () when they do not add up. One without an amount takes the rest."""
    if shares.count(None) == 1:
        index = shares.index(None)
        # Nothing printed is the rest; something that cannot be read is not.
        if not record.parts[index].get("$"):
            shares[index] = amount - sum(filter(None, shares))
    if None in shares or sum(filter(None, shares)) != amount:
        style.unusable_splits += 1
        return ()
    return tuple(_named_parts(record, shares, style))


def _named_parts(record: Record, shares: list[int | None], style: Style) -> Iterator[LinePart]:
    for part, share in zip(record.parts, shares, strict=True):
        notes = part.get("E", "")
        if account_in(part["S"]):
            # Half of a transfer: the account is no category, so its name goes before the text.
            yield LinePart(share or 0, "", f"{part['S']} {notes}".strip())
        else:
            yield LinePart(share or 0, _category(part["S"], style), notes)


def _category(text: str, style: Style) -> str:
    """The category without the class that Quicken writes behind a slash."""
    text = text.strip()
    if text.lower() in _NOT_A_CATEGORY:
        return ""
    before, mark, after = text.rpartition("/")
    if not mark or text in style.categories:
        return text
    if after in style.classes or before in style.categories:
        return before
    return text


def _text(record: Record) -> str:
    """Payee and memo in one; only the longer where it repeats the other that was cut."""
    fields = record.fields
    payee, memo = fields.get("P", ""), fields.get("M", "")
    if not payee or memo.lower().startswith(payee.lower()):
        text = memo
    elif payee.lower().startswith(memo.lower()):
        text = payee
    else:
        text = f"{payee} {memo}"
    return (
        text
        or " ".join(text for text in record.address if text and not SHAPE.fullmatch(text))
        or fields.get("N", "")
    )


def _trade_text(record: Record) -> str:
    """What was done with which security: "Buy Microsoft 94.008 units"."""
    fields = record.fields
    units = fields.get("Q", "")
    said = [fields.get("N", ""), fields.get("Y", ""), f"{units} units" if units else ""]
    return " ".join(part for part in [*said, _text_without_number(record)] if part)


def _text_without_number(record: Record) -> str:
    text = _text(record)
    return "" if text == record.fields.get("N", "") else text
