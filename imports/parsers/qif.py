"""QIF, the Quicken Interchange Format: every account type, with or without a list of accounts.

Own reader, because the format is a habit, not a standard: one letter and a text per line, a
caret ends the record (Quickbooks writes two), a line with `!` says what follows. Neither the
currency, nor the order of day and month, nor often the account is named. Lists of categories,
classes, securities, prices and memorised transactions are passed over; signs are taken as printed.
"""

import re
from dataclasses import dataclass, field

from imports.parsers.base import MAX_ROWS, Parsed, Statement, UnreadableFile, check_size
from imports.parsers.qif_rows import Record, Style, finish
from imports.parsers.text import decode, words

name = "qif"
label = "QIF"

_HEADER = re.compile(r"^[ \t]*![ \t]*(?:type|account|option|clear)\b", re.IGNORECASE | re.MULTILINE)
_LISTS = words("""
cat class memorized memorised security prices price budget tag tags payee payees invitem template
tax categories category
""")
"""Sections that hold no transactions."""
_INVESTMENT = words("invst invest port portfolio 401(k)/403(b) 401(k)")
_KINDS = {"bank": "current", "ccard": "credit_card", "creditcard": "credit_card"} | dict.fromkeys(
    _INVESTMENT, "investment"
)
_ORDERS = {"mdy": "%m/%d/%Y", "dmy": "%d/%m/%Y", "ymd": "%Y/%m/%d"}
_CODES = frozenset("DTUPMLCNASE$%QIOYFXKBGRV")
_OPENING = words("opening solde saldo anfangssaldo eröffnungssaldo openingssaldo beginsaldo")
"""First words of the payee of the row that opens an account."""


def score(head: bytes, filename: str) -> int | None:
    """95 when a line says what follows (!Type:Bank), 60 for records without any such line."""
    text = head.replace(b"\x00", b"").decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    text = text.lstrip("\xef\xbb\xbf\xff\xfe \t\n")
    if _HEADER.search(text):
        return 95
    return 60 if _looks_like_records(text) else None


def _looks_like_records(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n") if line.strip()][:-1] or [text.strip()]
    if not any(line.startswith("^") for line in text.split("\n")):
        return False
    starts = [line[0] for line in lines if line]
    return {"D", "T"} <= set(starts) <= _CODES | {"^"}


def parse(data: bytes, *, currency: str = "") -> Parsed:
    """All accounts of a QIF file. `currency` sizes the amounts, the format names none.

    Raises UnreadableFile when there is neither a header nor a record.
    """
    check_size(data)
    # Bare carriage returns are from a Macintosh of the last century, and so are the letters.
    is_mac = b"\r" in data and b"\n" not in data and b"\x00" not in data
    text, _ = decode(data, "mac_roman" if is_mac else None)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    has_header = _HEADER.search(text) is not None
    if not has_header and not _looks_like_records(text[:65_536]):
        raise UnreadableFile("This is not a QIF file: there is no !Type line and no record.")
    reader = _Reader(has_header=has_header)
    reader.read(text)
    return _parsed(reader, currency)


@dataclass(slots=True)
class _Account:
    """One account of the file with its unread records."""

    name: str = ""
    kind: str = ""
    """The type as printed, in small letters without blanks: "bank", "ccard", "otha"."""
    records: list[Record] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)
    """The types of the sections that its records came from."""

    @property
    def key(self) -> str:
        return self.name or f"!{self.kind}"


class _Reader:
    """Sorts the lines into records, and the records into accounts."""

    def __init__(self, *, has_header: bool) -> None:
        self.accounts: dict[str, _Account] = {}
        self.classes: set[str] = set()
        self.categories: set[str] = set()
        self.named: _Account | None = None
        """The account that the last !Account record names."""
        self.waiting: list[_Account] = []
        """The accounts that were named since the last transaction."""
        self.order = ""
        """The form of the dates where the file states it, which is rare."""
        self.listed = 0
        """Records since the last !Account line."""
        self.mode = "" if has_header else "bank"
        """ "" before the first header, "account", the name of a list, or the type of account."""
        self.current: _Account | None = None
        self.record: Record | None = None
        self.records = 0

    def read(self, text: str) -> None:
        for number, line in enumerate(text.split("\n"), 1):
            line = line.strip()
            if not line:
                continue
            if line[0] == "^":
                self._end()
            elif line[0] == "!":
                self._end()
                self._header(line[1:].strip())
            elif self.mode:
                self._field(number, line[0], line[1:].strip())
        self._end()

    def _header(self, header: str) -> None:
        word, _, rest = header.partition(":")
        word, rest = word.strip().lower(), "".join(rest.split()).lower()
        if word == "account":
            self.mode, self.listed = "account", 0
        elif word == "clear":
            if self.mode == "account" and self.listed > 1:
                self.named = None
            self.mode = ""
        elif word == "type":
            self.mode, self.current = rest or "bank", None
        elif word == "option":
            self.order = _ORDERS.get(rest, self.order)
        else:
            # Not known: what follows is read as long as it looks like transactions.
            self.mode, self.current = rest or word or "bank", None

    def _field(self, number: int, code: str, value: str) -> None:
        record = self.record
        if record is not None and code == "D" and record.is_whole and self.mode not in _LISTS:
            # The caret is missing.
            self._end()
            record = None
        if record is None:
            self.records += 1
            if self.records > MAX_ROWS:
                raise UnreadableFile(f"Line {number}: there are more than {MAX_ROWS:,} records.")
            record = self.record = Record(number, is_trade=self.mode in _INVESTMENT)
        record.add(code.upper(), value)

    def _end(self) -> None:
        record, self.record = self.record, None
        if record is None:
            return
        if self.mode == "account":
            self.listed += 1
            if title := record.fields.get("N", ""):
                kind = "".join(record.fields.get("T", "").split()).lower()
                account = self.accounts.get(title) or _Account(title, kind)
                account.kind = account.kind or kind
                self.named, self.current = account, None
                self.waiting.append(account)
        elif self.mode == "class":
            self.classes.add(record.fields.get("N", ""))
        elif self.mode in ("cat", "category", "categories"):
            self.categories.add(record.fields.get("N", ""))
        elif self.mode and self.mode not in _LISTS and record.counts():
            self._account_for(record).records.append(record)

    def _account_for(self, record: Record) -> _Account:
        if self.current is not None:
            return self.current
        account = self.named
        if account is not None and account.sections and self.mode not in account.sections:
            # A section of another type without a name of its own is not this account.
            account = self.named = None
        elif account is not None and len(self.waiting) > 1 and account.kind != self.mode:
            # Several accounts, then one section: the account whose type it is, not the last.
            fitting = [one for one in self.waiting if one.kind == self.mode]
            account = self.named = fitting[0] if len(fitting) == 1 else account
        self.waiting = []
        if account is None:
            account = self._unnamed(record)
        account.kind = account.kind or self.mode
        account.sections.add(self.mode)
        self.current = self.accounts.setdefault(account.key, account)
        return self.current

    def _unnamed(self, record: Record) -> _Account:
        """The first row of an exported account often opens it, as a transfer to itself."""
        payee = record.fields.get("P", "").lower().split(" ")[0]
        other = record.transfer_to
        if payee in _OPENING and other:
            known = self.accounts.get(other)
            return known or _Account(other, self.mode)
        return self.accounts.get(f"!{self.mode}") or _Account("", self.mode)


def _parsed(reader: _Reader, currency: str) -> Parsed:
    warnings: list[str] = []
    accounts = [account for account in reader.accounts.values() if account.records]
    style = Style(
        (record for account in accounts for record in account.records), currency, form=reader.order
    )
    style.classes = frozenset(filter(None, reader.classes))
    style.categories = frozenset(filter(None, reader.categories))
    statements = []
    for account in accounts:
        entries = finish(account.records, style, account.name)
        statements.append(
            Statement(
                entries=entries,
                key=account.key[:200],
                owner=account.name[:120],
                kind_hint=_KINDS.get(account.kind, ""),
            )
        )
    warnings += style.warnings()
    return Parsed(name, statements, warnings)
