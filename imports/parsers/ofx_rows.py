"""The rows of OFX statements: fields to StatementLine or Problem."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.money import CURRENCIES
from imports.parsers.amounts import CLEAN, AmountReader, mark_votes
from imports.parsers.base import Entry, raw
from imports.parsers.csv_table import DIGITS
from imports.parsers.ofx_tokens import text_of
from ledger.statement_line import Problem, StatementLine

_CODES = frozenset(CURRENCIES)
_SAVINGS = frozenset(["SAVINGS", "MONEYMRKT", "CD"])
# No currency signs and no brackets: an OFX amount that has them was made by a broken program.
_NUMBER = re.compile(r"\s*[+\-\u2212]?[\s0-9.,'\u00a0]*[0-9][\s0-9.,]*[+\-]?\s*")


@dataclass(slots=True)
class Row:
    """One transaction element with the texts of its elements, unread."""

    element: str
    line: int
    record: int
    fields: dict[str, str] = field(default_factory=dict)

    def counts(self) -> bool:
        """Is it a transaction, or a stray element of an investment list?"""
        if self.element in ("STMTTRN", "STMTTRNP"):
            return True
        return bool({"DTTRADE", "TOTAL", "FITID"} & self.fields.keys())

    def text(self, *names: str) -> str:
        """The first of the elements that has a text."""
        for name in names:
            if value := self.fields.get(name):
                value = text_of(value)
                if value:
                    return value
        return ""


@dataclass(slots=True)
class Account:
    """One statement of the file, unread."""

    kind_of_list: str
    fields: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)

    @property
    def key(self) -> str:
        parts = (
            self.kind_of_list,
            self.fields.get("BANKID") or self.fields.get("BROKERID", ""),
            self.fields.get("ACCTID", ""),
            self.fields.get("CURDEF", "").upper(),
        )
        return "/".join(part.strip() for part in parts)

    @property
    def kind(self) -> str:
        if self.kind_of_list:
            return self.kind_of_list
        named = self.fields.get("ACCTTYPE", "").upper()
        if named in _SAVINGS:
            return "savings"
        return "current" if named == "CHECKING" else ""

    @property
    def currency(self) -> str:
        """CURDEF, or what the rows agree on when it is empty."""
        code = iso(self.fields.get("CURDEF", ""))
        if code:
            return code
        stated = {iso(row.text("CURRENCY.CURSYM")) for row in self.rows}
        return stated.pop() if len(stated) == 1 else ""

    def day(self, name: str) -> dt.date | None:
        return read_day(self.fields.get(name, ""))

    def join(self, other: "Account") -> None:
        """The same account twice in one file is one statement; the later balance counts."""
        self.rows += other.rows
        if (other.day("DTASOF") or dt.date.min) >= (self.day("DTASOF") or dt.date.min):
            self.fields |= {
                name: text
                for name, text in other.fields.items()
                if name in ("BALAMT", "DTASOF") and text
            }


def iso(text: str) -> str:
    """An ISO 4217 code as it is, anything else as ""."""
    code = text.strip().upper()
    code = {"RUR": "RUB", "EURO": "EUR"}.get(code, code)
    return code if code in _CODES else ""


def read_day(text: str) -> dt.date | None:
    """The day of 20190123, 20190123120000.000[-5:EST] or 2019-01-23, as printed."""
    digits = text.strip()
    if digits[4:5] == "-" and digits[7:8] == "-":
        digits = digits[:10].replace("-", "")
    digits = digits[:8]
    if len(digits) < 8 or not digits.isascii() or not digits.isdigit():
        return None
    try:
        day = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None


class AmountStyle:
    """How the amounts of one file are written.

    OFX knows no grouping and takes a full stop or a comma as decimal mark, so `1,234` is 1.234.
    Files that use the other mark for decimals elsewhere group with it, though.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        shapes: dict[str, int] = {}
        for row in rows:
            for name in ("TRNAMT", "TOTAL"):
                if cell := row.fields.get(name):
                    shape = cell.strip()[:60].translate(DIGITS)
                    shapes[shape] = shapes.get(shape, 0) + 1
        votes = mark_votes(shapes, places=3)
        self.main = "," if votes[","] > votes["."] else "."
        self.is_mixed = votes["."] >= 1 and votes[","] >= 1
        self.readers: dict[tuple[str, str], AmountReader] = {}

    def minor(self, text: str, currency: str) -> int | None:
        """Minor units of `currency`, None when this is not an amount."""
        if len(text) > 60 or not _NUMBER.fullmatch(text):
            return None
        value = self._reader(self._mark(text), currency)[text]
        return value if type(value) is int else None

    def _mark(self, text: str) -> str:
        number = text.translate(CLEAN)
        stop, comma = number.rfind("."), number.rfind(",")
        if stop >= 0 and comma >= 0:
            return "." if stop > comma else ","
        if stop < 0 and comma < 0:
            return self.main
        mark = "." if stop >= 0 else ","
        other = "," if mark == "." else "."
        if number.count(mark) > 1:
            return other
        decimals = len(number) - max(stop, comma) - 1
        return other if decimals == 3 and self.main == other else mark

    def _reader(self, mark: str, currency: str) -> AmountReader:
        key = (mark, currency)
        if key not in self.readers:
            self.readers[key] = AmountReader(mark, currency)
        return self.readers[key]

    def rounded(self) -> int:
        """How many different amounts had more decimals than their currency."""
        return sum(reader.rounded for reader in self.readers.values())


def finish_account(
    account: Account,
    style: AmountStyle,
    securities: dict[str, str],
    currency: str,
    *,
    one_line: bool,
    warnings: list[str],
) -> list[Entry]:
    """Read the rows. `one_line`: the file is one line, so records are counted instead."""
    default = account.currency or currency
    before = style.rounded()
    repeated = _repeated_ids(account.rows)
    entries: list[Entry] = []
    for row in account.rows:
        line = row.record if one_line else row.line
        entries.append(_entry(row, line, style, securities, default, repeated))
    if rounded := style.rounded() - before:
        name = default or "their currency"
        warnings.append(f"Amounts with more decimals than {name} has, rounded: {rounded}.")
    if repeated:
        warnings.append(
            f"Transaction numbers that stand for different transactions, not used: {len(repeated)}."
        )
    return entries


def _repeated_ids(rows: list[Row]) -> set[str]:
    """FITIDs that occur with different content: they identify nothing."""
    seen: dict[str, tuple[str, ...]] = {}
    repeated = set()
    names = ("DTPOSTED", "DTTRADE", "TRNAMT", "TOTAL", "NAME", "MEMO", "SECID.UNIQUEID", "UNITS")
    for row in rows:
        number = row.text("FITID")
        if not number:
            continue
        content = tuple(row.fields.get(name, "").strip() for name in names)
        if seen.setdefault(number, content) != content:
            repeated.add(number)
    return repeated


def _entry(
    row: Row,
    line: int,
    style: AmountStyle,
    securities: dict[str, str],
    default: str,
    repeated: set[str],
) -> Entry:
    is_bank = row.element in ("STMTTRN", "STMTTRNP")
    names = ("DTPOSTED", "DTTRAN") if is_bank else ("DTTRADE", "DTSETTLE")
    printed = row.text(*names)
    day = read_day(printed)
    if day is None:
        reason = "The date cannot be read." if printed else "The date is missing."
        return Problem(line, reason, _raw(row))
    code = iso(row.text("CURRENCY.CURSYM")) or default
    amount_text = row.text("TRNAMT" if is_bank else "TOTAL")
    # Securities that move between accounts have no total: no money moved.
    amount = 0 if not is_bank and not amount_text else style.minor(amount_text, code)
    if amount is None:
        reason = "The amount cannot be read." if amount_text else "The amount is missing."
        return Problem(line, reason, _raw(row))
    number = row.text("FITID")
    if number in repeated or not number.strip("0") or number.upper() in ("NONREF", "NONE", "NULL"):
        number = ""
    payee = row.text("PAYEE.NAME", "NAME") if is_bank else ""
    return StatementLine(
        line=line,
        date=day,
        amount=amount,
        description=_bank_text(row) if is_bank else _trade_text(row, securities),
        payee=payee,
        external_id=number[:255],
        currency=code,
        pending=row.element == "STMTTRNP",
    )


def _bank_text(row: Row) -> str:
    """NAME and MEMO in one; only MEMO where it repeats a NAME that was cut."""
    name, memo = row.text("NAME", "PAYEE.NAME", "EXTDNAME"), row.text("MEMO")
    if not name or memo.lower().startswith(name.lower()):
        text = memo
    elif name.lower().startswith(memo.lower()):
        text = name
    else:
        text = f"{name} {memo}"
    return text or " ".join(filter(None, (row.text("TRNTYPE"), row.text("CHECKNUM")))).strip()


def _trade_text(row: Row, securities: dict[str, str]) -> str:
    """What was done with which security: "BUYMF Vanguard 500 Index"."""
    memo, units = row.text("MEMO"), row.text("UNITS")
    security = securities.get(row.text("SECID.UNIQUEID"), "") or row.text("SECID.UNIQUEID")
    action = row.text("INCOMETYPE") or row.element
    said = [memo or action, security, f"{units} units" if units else ""]
    return " ".join(part for part in said if part)


def _raw(row: Row) -> str:
    return raw(" ".join(f"<{name}>{text.strip()}" for name, text in row.fields.items()))
