"""SWIFT MT940 (end of day) and MT942 (during the day), as banks really write them.

Own tokenizer, because what is around differs with every bank: SWIFT blocks or none, `:940:`
lines, several statements and accounts in one file, tags without a line of their own, rows and
texts broken anywhere. The balances are checked: opening and rows must give closing.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.money import CURRENCIES
from imports.parsers.base import (
    MAX_ROWS,
    Entry,
    Parsed,
    Statement,
    UnreadableFile,
    check_size,
)
from imports.parsers.iban import is_iban
from imports.parsers.mt940_rows import (
    Amounts,
    Row,
    currency_in,
    finish,
    read_balance,
)
from imports.parsers.mt940_text import numbered_lines, squeezed
from imports.parsers.text import decode
from ledger.statement_line import StatementLine

name = "mt940"
label = "MT940 / MT942"

_TAG = re.compile(
    r"[ \t]{0,8}:(20|21|25P?|28C?|60[FM]?|61|86|62[FM]?|64|65|13[CD]|34F|90[CD]|NS|940|942) ?:",
    re.IGNORECASE,
)
_BROKEN_TAG = re.compile(r"\d\d[A-Z]?:")
_ROW_START = re.compile(r"^[ \t]{0,8}:61 ?:\s{0,4}\d{6}", re.MULTILINE)
_HEADS = re.compile(r"^[ \t]{0,8}:(20|21|25P?|28C?|60[FM]) ?:", re.MULTILINE)
_ANY = re.compile(r"^[ \t]{0,8}:(60[FM]|62[FM]|61|86|940|942|28C) ?:", re.MULTILINE)
_TIME = re.compile(r"\d\d(?!\d)")
_END = re.compile(r"-[A-Z]{0,4}\s*|-\}.*")
_FLOOR = re.compile(r"([A-Z]{3})[CD]?[\d.,]")
_SUMS = re.compile(r"\d{1,8}([A-Z]{3})[\d.,]")
_CODES = frozenset(CURRENCIES)
_SHOWN = 3
"""How many statements whose balances do not fit are named."""


def score(head: bytes, filename: str) -> int | None:
    """95 with a row or the tags that begin a statement, 60 with any other tag."""
    text = head.replace(b"\x00", b"").decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    text = text.lstrip("\xef\xbb\xbf\xff\xfe").replace("{4:", "\n")
    heads = {tag[:2] for tag in _HEADS.findall(text)}
    # Payment orders (MT101, MT103) have references too, but no account of their own or balance.
    if _ROW_START.search(text) or (len(heads) > 1 and heads & {"25", "60"}):
        return 95
    return 60 if _ANY.search(text) else None


def parse(data: bytes, *, currency: str = "") -> Parsed:
    """All statements of the file. `currency` is for rows without a balance that names one.

    Raises UnreadableFile when there is no tag.
    """
    check_size(data)
    text, _ = decode(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = _Reader()
    for number, tag, lines in _tags(text):
        reader.take(number, tag, lines)
    if not reader.tags:
        raise UnreadableFile("This is not an MT940 file: there is no tag such as :61: in it.")
    return _parsed(reader.messages, currency)


def _tags(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Every tag with its line number and the lines of its value."""
    tag, start, value = "", 0, []
    in_row_text = False
    lines = text.split("\n")
    skip = False
    for number, line in enumerate(lines, 1):
        if skip:
            skip = False
            continue
        if "{4:" in line:
            # The SWIFT blocks before it have no tag.
            line = line.partition("{4:")[2]
        elif line.strip() == ":" and number < len(lines) and _BROKEN_TAG.match(lines[number]):
            line, skip = f":{lines[number]}", True
        match = _TAG.match(line)
        if match and in_row_text and _is_text(match[1], line[match.end() :]):
            match = None
        if match or _END.fullmatch(line):
            if tag:
                yield start, tag, value
            tag, start, value = "", number, []
            if match:
                tag, value = match[1].upper(), [line[match.end() :]]
            in_row_text = tag == "86"
        elif tag:
            value.append(line)
    if tag:
        yield start, tag, value


def _is_text(tag: str, rest: str) -> bool:
    """Inside a text, ":20:15" at the start of a line is the rest of a time of day."""
    return tag in ("21", "25", "28") or (tag == "20" and _TIME.match(rest) is not None)


@dataclass(slots=True)
class _Message:
    """One statement of the file, unread."""

    account: str = ""
    bank_id: str = ""
    owner: str = ""
    number: str = ""
    opening: str = ""
    closing: str = ""
    stated: str = ""
    """The currency in the tags of MT942."""
    rows: list[Row] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """As printed, "" when no balance names one."""
        return currency_in(self.opening) or currency_in(self.closing) or self.stated


class _Reader:
    """Sorts the tags into messages and their rows."""

    def __init__(self) -> None:
        self.messages: list[_Message] = []
        self.message: _Message | None = None
        self.row: Row | None = None
        """The row that an :86: belongs to; none behind a balance."""
        self.tags = 0
        self.rows = 0
        self.last = ""

    def take(self, number: int, tag: str, lines: list[str]) -> None:
        """Take one tag."""
        self.tags += 1
        text = lines[0].strip()
        if tag == "25" and self.last == "61":
            # Seen once: an :86: whose tag is wrong.
            tag = "86"
        self.last = tag
        if tag == "61":
            self._row(number, lines)
        elif tag == "86":
            if self.row is not None:
                self.row.details.append(lines)
        elif tag == "NS":
            self._notes(lines)
        elif tag in ("20", "940", "942"):
            self._begin(keep_account=False)
        else:
            self._header(tag, text, lines)

    def _begin(self, *, keep_account: bool) -> _Message:
        before, self.row = self.message, None
        self.message = _Message()
        if keep_account and before is not None:
            self.message.account, self.message.bank_id = before.account, before.bank_id
            self.message.owner, self.message.stated = before.owner, before.currency
        self.messages.append(self.message)
        return self.message

    def _row(self, number: int, lines: list[str]) -> None:
        message = self.message
        if message is None or message.closing:
            message = self._begin(keep_account=True)
        self.rows += 1
        if self.rows > MAX_ROWS:
            raise UnreadableFile(f"Line {number}: there are more than {MAX_ROWS:,} rows.")
        self.row = Row(number, lines)
        message.rows.append(self.row)

    def _notes(self, lines: list[str]) -> None:
        if self.row is not None:
            self.row.notes += lines
        elif self.message is not None and not self.message.owner:
            self.message.owner = squeezed(numbered_lines(lines).get(22, ""))

    def _header(self, tag: str, text: str, lines: list[str]) -> None:
        message = self.message
        is_next = message is not None and (
            message.closing and tag in ("25", "25P", "60F", "60M", "60")
        )
        if message is None or is_next:
            message = self._begin(keep_account=not tag.startswith("25"))
        if tag in ("25", "25P"):
            message.account = text
            message.bank_id = lines[1].strip() if tag == "25P" and len(lines) > 1 else ""
        elif tag in ("28", "28C"):
            message.number = text
        elif tag.startswith("60"):
            if message.opening or message.rows:
                message = self._begin(keep_account=True)
            message.opening = text
        elif tag.startswith("62"):
            message.closing = text
        elif tag in ("34F", "90C", "90D"):
            match = (_FLOOR if tag == "34F" else _SUMS).match(text)
            message.stated = message.stated or (match[1] if match else "")
        self.row = None


class _Account:
    """The messages of one account and what they say together."""

    def __init__(self, message: _Message, currency: str, default: str) -> None:
        self.bank_id, self.number, self.owner = message.bank_id, "", message.owner
        bank, self.number = _split_account(message.account)
        self.bank_id = self.bank_id or bank
        self.currency = currency
        self.amounts = Amounts(currency or default)
        self.entries: list[Entry] = []
        self.rows: list[Row] = []
        self.spans: list[tuple[_Message, int]] = []
        """Each message, and where its rows begin."""

    def add(self, message: _Message) -> None:
        self.spans.append((message, len(self.rows)))
        self.rows += message.rows
        self.owner = self.owner or message.owner

    def statement(self, default: str, odd: list[str]) -> Statement:
        """Read everything; what does not add up goes to `odd`."""
        self.entries = finish(self.rows, self.amounts, self.currency or default)
        closing, closing_on = None, None
        first_on: dt.date | None = None
        last_on: dt.date | None = None
        for message, start in self.spans:
            entries = self.entries[start : start + len(message.rows)]
            before = read_balance(message.opening, self.amounts)
            after = read_balance(message.closing, self.amounts)
            if before and before.day:
                first_on = min(first_on or before.day, before.day)
            if after is None:
                if entries:
                    closing = closing_on = None
                continue
            if after.day:
                last_on = max(last_on or after.day, after.day)
            if closing_on is None or after.day is None or after.day >= closing_on:
                closing, closing_on = after.minor, after.day
            lines = [entry for entry in entries if isinstance(entry, StatementLine)]
            total = sum(line.amount for line in lines)
            if before and len(lines) == len(entries) and before.minor + total != after.minor:
                odd.append(message.number or str(after.day or ""))
        if first_on and last_on and first_on > last_on:
            first_on = None
        return Statement(
            entries=self.entries,
            key="/".join(filter(None, (self.bank_id, self.number, self.currency)))[:200],
            account_number=self.number[:64],
            bank_id=self.bank_id[:64],
            currency=self.currency,
            owner=self.owner[:120],
            closing_balance=closing,
            closing_on=closing_on,
            first_on=first_on,
            last_on=last_on,
        )


def _split_account(text: str) -> tuple[str, str]:
    """Bank and number of "50880050/0194774600888" or "UBRTHUHB/123/HUF", as printed."""
    parts = [part.strip(' "') for part in text.split("/") if part.strip(' "')]
    if len(parts) > 1 and parts[-1].upper() in _CODES:
        parts.pop()
    bank, number = ("", "") if not parts else ("", parts[0])
    if len(parts) > 1:
        bank, number = parts[0], "/".join(parts[1:])
    # Dutch banks append the currency.
    if (
        number[-3:].upper() in _CODES
        and number[:-3].rstrip()[-1:].isdigit()
        and not is_iban(number)
    ):
        number = number[:-3].strip()
    return bank, number


def _parsed(messages: list[_Message], default: str) -> Parsed:
    warnings: list[str] = []
    accounts: dict[tuple[str, str], _Account] = {}
    unknown = set()
    messages = [one for one in messages if one.account or one.rows or one.opening or one.closing]
    for message in messages:
        code = message.currency
        if code and code not in _CODES:
            unknown.add(code)
            code = ""
        key = (f"{message.bank_id} {message.account}", code)
        account = accounts.get(key)
        if account is None:
            account = accounts[key] = _Account(message, code, default)
        account.add(message)
    odd: list[str] = []
    statements = [account.statement(default, odd) for account in accounts.values()]
    if unknown:
        names = ", ".join(sorted(unknown))
        warnings.append(f"The currency of this file is not known: {names}.")
    warnings += _odd_balances(odd, len(messages))
    if rounded := sum(account.amounts.rounded for account in accounts.values()):
        warnings.append(f"Amounts with more decimals than their currency has, rounded: {rounded}.")
    return Parsed(name, statements, warnings)


def _odd_balances(odd: list[str], count: int) -> list[str]:
    if not odd:
        return []
    shown = ", ".join(filter(None, odd[:_SHOWN]))
    numbers = f" ({shown}{', …' if len(odd) > _SHOWN else ''})" if shown else ""
    return [
        "The opening balance and the rows do not give the closing balance "
        f"in {len(odd)} of {count} statements{numbers}."
    ]
