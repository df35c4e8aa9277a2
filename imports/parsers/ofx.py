"""OFX and QFX: 1.x (SGML) and 2.x (XML), as banks really send them.

Specification: OFX 1.0.2 to 2.2 (Financial Data Exchange). Read by a scan of its own in linear time,
because no library takes all that banks send: missing end tags, headers on one line or none, wrong
charsets, empty balances. Never fed to an XML parser; DOCTYPE and ENTITY are refused.
"""

import contextlib
import datetime as dt
import html
import re
from collections import defaultdict
from decimal import Decimal, InvalidOperation

from core.money import MoneyError, exponent, from_decimal
from imports.parsers.base import (
    MAX_ROWS,
    Entry,
    Parsed,
    Statement,
    UnreadableFileError,
    ensure_size,
)
from imports.parsers.text import decode
from ledger.statement_line import Problem, StatementLine

name = "ofx"
label = "OFX / QFX"

_START = re.compile(r"<\s*OFX\b[^<>]*>", re.IGNORECASE)
_TOKEN = re.compile(r"<([^<>]*)>([^<]*)")
_CHARSET = re.compile(r"(?i)CHARSET[:=]\s*\"?([\w-]+)")
_XML_ENCODING = re.compile(r"(?i)encoding\s*=\s*[\"']([\w-]+)")
_AMOUNT = re.compile(r"[+-]?[\d.,]*\d[\d.,]*\Z")

_STATEMENTS = {"STMTRS": "current", "CCSTMTRS": "credit_card", "INVSTMTRS": "investment"}
_ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
_KINDS = {"CHECKING": "current", "SAVINGS": "savings", "MONEYMRKT": "savings", "CREDITLINE": "loan"}
_TRADES = frozenset(
    "BUYDEBT BUYMF BUYOPT BUYOTHER BUYSTOCK CLOSUREOPT INCOME INVEXPENSE JRNLFUND JRNLSEC "
    "MARGININTEREST REINVEST RETOFCAP SELLDEBT SELLMF SELLOPT SELLOTHER SELLSTOCK SPLIT TRANSFER".split()
)
_NO_ID = frozenset({"", "0", "NONREF", "NOTPROVIDED", "NONE", "NULL", "N/A"})


def score(head: bytes, filename: str) -> int | None:
    """An OFX header, or the element, near the start."""
    text = head.replace(b"\x00", b"").upper()
    if b"OFXHEADER" in text or b"<OFX" in text or b"<?OFX" in text:
        return 100
    return 60 if filename.lower().endswith((".ofx", ".qfx")) and b"<" in text else None


def parse(data: bytes) -> Parsed:
    """Read every statement of the file; amounts in minor units of each one's CURDEF.

    Dates are kept as printed. A row without a readable date or amount is a Problem; its line
    number is the line of the file where the row begins. Raises UnreadableFileError.
    """
    ensure_size(data)
    text = _text(data)
    start = _START.search(text)
    if start is None:
        raise UnreadableFileError("This is not an OFX file: there is no <OFX> element.")
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise UnreadableFileError("This OFX file declares entities, which no bank does.")
    reader = _Reader()
    reader.read(text, start.end())
    return Parsed(name, reader.statements(), reader.warnings)


def _text(data: bytes) -> str:
    text, encoding = decode(data)
    if encoding == "cp1252":
        head = text[:2000]
        named = _CHARSET.search(head) or _XML_ENCODING.search(head)
        charset = named.group(1).lower() if named else ""
        if charset and charset not in ("1252", "none", "utf-8", "usascii"):
            charset = charset if not charset.startswith("8859") else f"iso-{charset}"
            with contextlib.suppress(UnreadableFileError):
                text, _used = decode(data, f"cp{charset}" if charset.isdigit() else charset)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL) if "<!--" in text else text
    if "<![CDATA[" in text:
        text = re.sub(
            r"<!\[CDATA\[(.*?)\]\]>", lambda m: html.escape(m.group(1)), text, flags=re.DOTALL
        )
    return text


class _Open:
    """A statement that is being read."""

    def __init__(self, kind: str):
        self.kind = kind
        self.account: dict[str, str] = {}
        self.currency = ""
        self.balance: dict[str, str] = {}
        self.rows: list[tuple[int, dict[str, str]]] = []


class _Reader:
    """Walks the tags once, filling statements with rows of raw fields."""

    def __init__(self):
        self.warnings: list[str] = []
        self._open: list[_Open] = []
        self._institution = ""
        self._count = 0

    def read(self, text: str, position: int) -> None:
        current: _Open | None = None
        row: dict[str, str] | None = None
        context, inner = "", ""
        line, counted = 1, 0
        for match in _TOKEN.finditer(text, position):
            tag, value = match.group(1), match.group(2)
            closing = tag.startswith("/")
            # A tag may carry attributes or a namespace; neither means anything to us.
            key = (
                tag.strip("/ \t\r\n").split(None, 1)[0].rpartition(":")[2].upper()
                if tag.strip("/ \t\r\n")
                else ""
            )
            if closing:
                if row is not None and key == context:
                    row, context = None, ""
                elif key in (inner, context):
                    inner = ""
                    if key == context:
                        context = ""
                if key in _STATEMENTS:
                    current = None
                continue
            if key in _STATEMENTS:
                current = _Open(_STATEMENTS[key])
                self._open.append(current)
                row, context = None, ""
            elif current is not None and (key == "STMTTRN" or (key in _TRADES and row is None)):
                line += text.count("\n", counted, match.start())
                counted = match.start()
                self._count += 1
                if self._count > MAX_ROWS:
                    raise UnreadableFileError(f"This file has more than {MAX_ROWS:,} rows.")
                row, context, inner = {"": key}, key, ""
                current.rows.append((line, row))
            elif key in _ACCOUNTS or key in ("LEDGERBAL", "AVAILBAL"):
                if row is None or key in _ACCOUNTS:
                    row, context = None, key
            elif (
                key in ("PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO")
                and not value.strip()
            ):
                inner = key
            elif value and not value.isspace():
                self._leaf(current, row, context, inner, key, html.unescape(value.strip()))

    def _leaf(self, current, row, context, inner, key, value) -> None:
        if key == "ORG" and not self._institution:
            self._institution = value[:80]
        elif current is None:
            return
        elif row is not None:
            row.setdefault(f"{inner}.{key}" if inner else key, value)
        elif context in _ACCOUNTS:
            current.account.setdefault(key, value)
        elif context == "LEDGERBAL":
            current.balance.setdefault(key, value)
        elif key == "CURDEF":
            current.currency = value.upper()[:3]

    def statements(self) -> list[Statement]:
        return [self._statement(index, found) for index, found in enumerate(self._open)]

    def _statement(self, index: int, found: _Open) -> Statement:
        currency = found.currency if found.currency.isalpha() else ""
        entries = [self._entry(line, row, currency or "EUR") for line, row in found.rows]
        number = found.account.get("ACCTID", "")[:64]
        balance, balance_on = found.balance.get("BALAMT"), found.balance.get("DTASOF", "")
        try:
            closing = from_decimal(_decimal(balance), currency or "EUR") if balance else None
        except MoneyError:
            closing = None
        return Statement(
            entries=_without_false_ids(entries),
            key=f"{found.kind}:{number or index}",
            account_number=number,
            currency=currency,
            kind_hint=_KINDS.get(found.account.get("ACCTTYPE", "").upper(), found.kind),
            institution=self._institution,
            closing_balance=closing,
            closing_on=_date(balance_on) if closing is not None else None,
        )

    def _entry(self, line: int, row: dict[str, str], currency: str) -> Entry:
        raw = " ".join(f"{key}={value}" for key, value in row.items() if key)[:200]
        own = row.get("CURRENCY.CURSYM", "").upper()[:3]
        currency = own or currency
        date = _date(row.get("DTPOSTED") or row.get("DTTRADE") or row.get("DTSETTLE") or "")
        is_trade = row[""] != "STMTTRN"
        text = row.get("TOTAL", "0") if is_trade else row.get("TRNAMT", "")
        if date is None:
            return Problem(line, "the date is missing or cannot be read", raw)
        try:
            value = _decimal(text)
            amount = from_decimal(value, currency, rounding=True)
        except MoneyError:
            return Problem(line, "the amount is missing or cannot be read", raw)
        if value.scaleb(exponent(currency)) != amount:
            self.warnings.append(
                f"Line {line}: an amount has more decimals than {currency}; rounded."
            )
        payee = (row.get("NAME") or row.get("PAYEE.NAME") or "").strip()
        return StatementLine(
            line=line,
            date=date,
            amount=amount,
            description=_description(row, payee),
            payee=payee,
            external_id=row.get("FITID", "").strip()[:255],
            currency=own,
        )


def _description(row: dict[str, str], payee: str) -> str:
    """NAME, then what MEMO adds: banks cut NAME at 32 letters and go on in MEMO, or repeat it."""
    memo = row.get("MEMO", "").strip()
    if not memo or memo == payee:
        text = payee
    elif memo.startswith(payee):
        text = memo
    else:
        text = f"{payee} {memo}".strip()
    return text or row.get("CHECKNUM", "") or row.get("TRNTYPE", "") or row[""]


def _date(text: str) -> dt.date | None:
    """The day of an OFX date (YYYYMMDD[HHMMSS[.XXX][[offset:zone]]]), as printed."""
    digits = text.strip()[:8]
    try:
        day = dt.datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 a day, not a moment
    except ValueError:
        return None
    return day if len(digits) == 8 and day.year >= 1900 else None


def _decimal(text: str) -> Decimal:
    """An OFX amount: point or comma before the decimals, a sign. Raises MoneyError."""
    text = text.strip().replace(" ", "")
    if not _AMOUNT.match(text):
        raise MoneyError("This is not an amount.")
    if "," in text and "." in text:
        group = "," if text.rfind(".") > text.rfind(",") else "."
        text = text.replace(group, "")
    text = text.replace(",", ".")
    if text.count(".") > 1:
        whole, _, fraction = text.rpartition(".")
        text = whole.replace(".", "") + "." + fraction
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise MoneyError("This is not an amount.") from error


def _without_false_ids(entries: list[Entry]) -> list[Entry]:
    """Ids that are no ids are taken off: placeholders, and those that stand for several rows."""
    contents: dict[str, set] = defaultdict(set)
    for entry in entries:
        if isinstance(entry, StatementLine):
            contents[entry.external_id].add((entry.date, entry.amount, entry.description))
    return [
        entry._replace(external_id="")
        if isinstance(entry, StatementLine)
        and (entry.external_id.upper() in _NO_ID or len(contents[entry.external_id]) > 1)
        else entry
        for entry in entries
    ]
