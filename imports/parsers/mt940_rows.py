"""The fields of MT940: a row (:61:) and a balance (:60F: :62F:), as loosely as banks print them."""

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from imports.parsers.amounts import AmountReader
from imports.parsers.base import Entry, raw
from imports.parsers.mt940_text import Details, read_details, read_notes, squeezed
from ledger.statement_line import Problem, StatementLine

_ROW = re.compile(
    r"\s*(?P<days>\d{6,16})[ ]{0,8}(?P<mark>[RE]?[CD])(?P<funds>[A-Z]{1,2})?[ ]{0,2}"
    r"(?P<amount>[-+]?[\d.,]{1,40})(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_KIND = re.compile(r"[NSFI][A-Z0-9]{3}")
# An old Dutch form: the account number padded to 16, then the name.
_PADDED = re.compile(r"(\S{1,16}) {2,15}(\S.*)")
_BALANCE = re.compile(
    r"\s*(?P<mark>[CD]) ?(?P<day>\d{8}(?=[A-Z])|\d{6})? ?(?P<currency>[A-Z]{3})? ?"
    r"(?P<amount>[-+]?[\d.,]{1,40})",
    re.IGNORECASE,
)
_NO_REFERENCE = frozenset(["NONREF", "NOREF", "NOTPROVIDED", "NONE"])


@dataclass(slots=True)
class Row:
    """A :61: with the texts that belong to it, unread."""

    line: int
    lines: list[str]
    details: list[list[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Balance(NamedTuple):
    """A balance as printed."""

    minor: int
    day: dt.date | None
    currency: str


class Booking(NamedTuple):
    """What a :61: says."""

    day: dt.date
    minor: int
    pending: bool
    kind: str
    reference: str
    bank_reference: str
    supplement: str
    name: str


class Amounts:
    """Reads amounts of one currency; the last mark parts the decimals."""

    def __init__(self, currency: str) -> None:
        self.readers = {mark: AmountReader(mark, currency) for mark in ",."}

    def minor(self, text: str) -> int | None:
        """Minor units, None when this is not an amount."""
        value = self.readers[self._mark(text)][text]
        return value if type(value) is int else None

    def _mark(self, text: str) -> str:
        comma, stop = text.rfind(","), text.rfind(".")
        if comma >= 0 and stop >= 0:
            return "," if comma > stop else "."
        if stop < 0:
            return "," if text.count(",") < 2 else "."
        # The standard knows the comma only, so 1.234 groups where a currency has no thousandths.
        grouped = text.count(".") > 1 or len(text) - stop - 1 == 3
        return "," if grouped and self.readers["."].places != 3 else "."

    @property
    def rounded(self) -> int:
        """How many different amounts had more decimals than the currency."""
        return sum(reader.rounded for reader in self.readers.values())


def read_balance(text: str, amounts: Amounts) -> Balance | None:
    """The balance of :60F: or :62F:, None when it cannot be read."""
    match = _BALANCE.match(text)
    minor = amounts.minor(match["amount"]) if match else None
    if match is None or minor is None:
        return None
    sign = -1 if match["mark"].upper() == "D" else 1
    return Balance(sign * minor, _day(match["day"] or ""), currency_in(text))


def currency_in(text: str) -> str:
    """The currency of a balance as printed, "" when there is none."""
    match = _BALANCE.match(text)
    return (match["currency"] or "").upper() if match else ""


def read_booking(row: Row, amounts: Amounts) -> Booking | str:
    """What the :61: says, or a sentence about what is wrong with it."""
    lines = row.lines
    match = _ROW.match(lines[0])
    if match is None and len(lines) > 1:
        # Broken in the middle.
        lines = [lines[0] + lines[1], *lines[2:]]
        match = _ROW.match(lines[0])
    if match is None:
        return "The row cannot be read: it has no date, mark and amount."
    day = read_days(match["days"])
    if day is None:
        return "The date cannot be read."
    minor = amounts.minor(match["amount"])
    if minor is None:
        return "The amount cannot be read."
    mark, rest = match["mark"].upper(), match["rest"]
    # A reversed credit takes money away.
    sign = 1 if mark in ("C", "EC", "RD") else -1
    kind = _KIND.match(rest)
    reference, _, bank_reference = rest[4 if kind else 0 :].partition("//")
    name = ""
    if padded := _PADDED.match(reference):
        reference, name = padded[1], padded[2]
    return Booking(
        day=day,
        minor=sign * minor,
        pending=mark[0] == "E",
        kind=kind[0] if kind else "",
        reference=squeezed(reference),
        bank_reference=squeezed(bank_reference),
        supplement=squeezed(" ".join(lines[1:])),
        name=squeezed(name),
    )


def read_days(digits: str) -> dt.date | None:
    """The booking day of "2402130214", else the value day of "240213"; also with long years.

    The booking day has no year of its own: the one next to the value day is meant.
    """
    for value, entry in _splits(digits):
        if len(entry) > 4:
            if day := _day(entry):
                return day
        elif day := _entry_day(value, entry):
            return day
        if day := _day(value):
            return day
    return None


def _splits(digits: str) -> list[tuple[str, str]]:
    """How a run of digits may divide into value and booking day, the likelier first."""
    ways = {6: [(6, 6)], 8: [(8, 8)], 10: [(6, 10)], 14: [(8, 14), (6, 14)], 16: [(8, 16)]}
    if len(digits) == 12:
        long_year, short_year = [(8, 12)], [(6, 12)]
        value, entry = _day(digits[:8]), _entry_day(digits[:8], digits[8:])
        near = value and entry and abs((value - entry).days) <= 60
        ways[12] = long_year + short_year if near else short_year + long_year
    return [(digits[:cut], digits[cut:end]) for cut, end in ways.get(len(digits), [])]


def _day(digits: str) -> dt.date | None:
    if len(digits) == 6:
        digits = ("20" if digits < "69" else "19") + digits
    if len(digits) != 8 or not digits.isascii():
        return None
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None


def _entry_day(value: str, entry: str) -> dt.date | None:
    """`entry` (MMDD) in the year next to `value`, which may be a 30 February."""
    if len(entry) != 4:
        return None
    month_start = _day(f"{value[:-2]}01")
    if month_start is None:
        return None
    days = [_day(f"{month_start.year + step}{entry}") for step in (-1, 0, 1)]
    near = month_start + dt.timedelta(days=14)
    return min(filter(None, days), key=lambda day: abs((day - near).days), default=None)


def finish(rows: list[Row], amounts: Amounts, currency: str) -> list[Entry]:
    """Read the rows of one account."""
    bookings = [read_booking(row, amounts) for row in rows]
    seen: dict[str, int] = {}
    for booking in bookings:
        if isinstance(booking, Booking):
            seen[booking.bank_reference] = seen.get(booking.bank_reference, 0) + 1
    return [
        Problem(row.line, booking, raw(" ".join(row.lines)))
        if isinstance(booking, str)
        else _line(row, booking, currency, is_unique=seen[booking.bank_reference] == 1)
        for row, booking in zip(rows, bookings, strict=True)
    ]


def _line(row: Row, booking: Booking, currency: str, *, is_unique: bool) -> StatementLine:
    details = read_details(row.details)
    if row.notes:
        notes = read_notes(row.notes)
        details = notes if not details.text else details
    payee = details.payee or _payee(booking, details)
    details = details._replace(payee=payee)
    supplement = booking.supplement
    is_words = sum(map(str.isalpha, supplement)) > sum(map(str.isdigit, supplement))
    if (
        not is_words
        or supplement.startswith("/")
        or supplement.casefold() in details.text.casefold()
    ):
        supplement = ""
    text = details.description(supplement)
    if not text:
        reference = "" if booking.reference in _NO_REFERENCE else booking.reference
        text = squeezed(f"{booking.kind} {booking.supplement or reference}")
    return StatementLine(
        line=row.line,
        date=booking.day,
        amount=booking.minor,
        description=text,
        payee=payee,
        external_id=_identifier(booking.bank_reference) if is_unique else "",
        currency=currency,
        pending=booking.pending,
    )


def _payee(booking: Booking, details: Details) -> str:
    """The name behind a padded account number, or the one that the :86: repeats after it."""
    if booking.name:
        return booking.name
    name = booking.supplement
    is_repeated = details.text.startswith(squeezed(f"{booking.reference} {name}"))
    return name if name and booking.reference and is_repeated else ""


def _identifier(reference: str) -> str:
    """The bank's reference where it can identify: "POS" and "1" come again in the next file."""
    code = reference.replace(" ", "")
    digits = sum(map(str.isdigit, code))
    if code.upper() in _NO_REFERENCE or len(code) < 6 or digits < 4 or not code.strip("0"):
        return ""
    return reference[:255]
