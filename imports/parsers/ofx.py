"""OFX and QFX, versions 1.0 to 2.3: bank, credit card and investment statements.

Own reader, because none of the libraries reads what banks really send: no header or half of one,
empty ledger balances (Wells Fargo, T-Bank), account numbers beyond the specification, USASCII with
UTF-8 inside, end tags that follow the whole record (American Express). Signs, dates and texts are
taken as printed; a date keeps its day whatever time zone stands behind it.
"""

import re

from imports.parsers.base import Entry, Parsed, Statement, UnreadableFile, check_size
from imports.parsers.ofx_rows import (
    Account,
    AmountStyle,
    Row,
    finish_account,
)
from imports.parsers.ofx_tokens import CLOSE, LEAF, MAX_DEPTH, OPEN, text_of, tokens
from imports.parsers.text import decode

name = "ofx"
label = "OFX / QFX"

_START = re.compile(r"<\s?OFX\s?>", re.IGNORECASE)
_CHARSET = re.compile(rb"CHARSET[:>\s]{1,4}([A-Za-z0-9_\-]{2,20})", re.IGNORECASE)
_ENCODING = re.compile(rb"ENCODING[:>=\s\"']{1,4}([A-Za-z0-9_\-]{2,20})", re.IGNORECASE)
_KINDS = {"STMTRS": "", "CCSTMTRS": "credit_card", "INVSTMTRS": "investment"}
# Elements whose NAME, CURSYM or ACCTID is not the row's own.
_APART = frozenset(
    ["PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "SECID", "IMAGEDATA"]
)


def score(head: bytes, filename: str) -> int | None:
    """95 when there is an <OFX> element, 40 for its header alone."""
    start = head.replace(b"\x00", b"").upper()
    if re.search(rb"<\s?OFX\s?>", start):
        return 95
    return 40 if b"OFXHEADER" in start[:4096] else None


def parse(data: bytes, *, currency: str = "") -> Parsed:
    """All statements of an OFX file. `currency` is for files that name none.

    Raises UnreadableFile when there is no <OFX> element or a document type is declared.
    """
    check_size(data)
    text, _ = decode(data, _declared(data[:4096]))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = _START.search(text)
    if start is None:
        raise UnreadableFile("This is not an OFX file: there is no <OFX> element.")
    header = text[: start.start()]
    if "<!DOCTYPE" in header.upper() or "<!ENTITY" in header.upper():
        raise UnreadableFile("A document type is not allowed in OFX.")
    reader = _Reader()
    reader.read(text[start.start() :], header.count("\n") + 1)
    return _parsed(reader, currency)


def _declared(head: bytes) -> str | None:
    """The encoding that the header claims, in Python's words."""
    charset, encoding = _CHARSET.search(head), _ENCODING.search(head)
    for match in (charset, encoding):
        word = match[1].decode("ascii").lower() if match else ""
        if word in ("", "none", "usascii", "us-ascii", "unicode"):
            continue
        if word.isdigit():
            return f"cp{word}"
        return {"8859-1": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252"}.get(word, word)
    return None


class _Reader:
    """Walks over the elements and sorts their texts into accounts and rows.

    What an element means depends on the few containers that are known, not on the depth: unknown
    ones are transparent, missing end tags are made up for by the next known container.
    """

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.securities: dict[str, str] = {}
        self.organisation = ""
        self.error = ""
        self.stack: list[str] = []
        self.open: dict[str, int] = {}
        self.account: Account | None = None
        self.row: Row | None = None
        self.records = 0
        self.security: dict[str, str] = {}

    def read(self, body: str, first_line: int) -> None:
        for token in tokens(body, first_line):
            if token.kind == LEAF:
                self._leaf(token.name, token.text)
            elif token.kind == OPEN:
                self._opened(token.name, token.line)
            elif token.kind == CLOSE and self.open.get(token.name):
                self._close_to(token.name)
        self._end_row()

    def _opened(self, element: str, line: int) -> None:
        if element in _KINDS:
            for other in _KINDS:
                if self.open.get(other):
                    self._close_to(other)
            self.account = Account(_KINDS[element])
            self.accounts.append(self.account)
        elif element in ("STMTTRN", "STMTTRNP"):
            for other in ("STMTTRN", "STMTTRNP"):
                if self.open.get(other):
                    self._close_to(other)
            self._begin_row(element, line)
        elif self.stack and self.stack[-1] == "INVTRANLIST" and element != "INVBANKTRAN":
            self._begin_row(element, line)
        if len(self.stack) >= MAX_DEPTH:
            raise UnreadableFile(f"Line {line}: elements are nested too deeply.")
        self.stack.append(element)
        self.open[element] = self.open.get(element, 0) + 1

    def _close_to(self, element: str) -> None:
        while self.stack:
            closed = self.stack.pop()
            self.open[closed] -= 1
            if closed == "SECINFO" and self.security.get("UNIQUEID"):
                self.securities[self.security["UNIQUEID"]] = self.security.get("SECNAME", "")
                self.security = {}
            if self.row is not None and closed == self.row.element:
                self._end_row()
            if closed in _KINDS:
                self._end_row()
                self.account = None
            if closed == element:
                return

    def _begin_row(self, element: str, line: int) -> None:
        self._end_row()
        self.records += 1
        self.row = Row(element, line, self.records)

    def _end_row(self) -> None:
        row, self.row = self.row, None
        if row is None or not row.fields or not row.counts():
            return
        if self.account is None:
            # Rows without a statement around them: the file was cut at its beginning.
            self.account = Account("")
            self.accounts.append(self.account)
        self.account.rows.append(row)

    def _leaf(self, element: str, text: str) -> None:
        parent = self.stack[-1] if self.stack else ""
        if self.row is not None:
            key = f"{parent}.{element}" if parent in _APART else element
            self.row.fields.setdefault(key, text)
        elif self.open.get("SECINFO"):
            self.security.setdefault(element, text_of(text))
        elif self.account is not None:
            self._account_leaf(self.account, parent, element, text_of(text))
        elif element == "ORG" and not self.organisation:
            self.organisation = text_of(text)
        elif element == "MESSAGE" and parent == "STATUS" and not self.error:
            self.error = text_of(text)

    def _account_leaf(self, account: Account, parent: str, element: str, text: str) -> None:
        if parent == "AVAILBAL" or self.open.get("INVPOSLIST") or self.open.get("INV401K"):
            return
        if self.open.get("BALLIST") or parent == "STATUS":
            return
        account.fields.setdefault(element, text)


def _parsed(reader: _Reader, currency: str) -> Parsed:
    warnings: list[str] = []
    style = AmountStyle(row for account in reader.accounts for row in account.rows)
    lines = [row.line for account in reader.accounts for row in account.rows]
    one_line = len(lines) > 1 and len(set(lines)) == 1
    merged: dict[str, Account] = {}
    statements = []
    for account in reader.accounts:
        known = merged.setdefault(account.key, account)
        if known is not account:
            known.join(account)
    for account in merged.values():
        entries: list[Entry] = finish_account(
            account, style, reader.securities, currency, one_line=one_line, warnings=warnings
        )
        statements.append(_statement(account, entries, style, reader.organisation, currency))
    if not statements and reader.error:
        warnings.append(f"The bank says: {reader.error[:200]}")
    return Parsed(name, statements, warnings)


def _statement(
    account: Account, entries: list[Entry], style: AmountStyle, organisation: str, currency: str
) -> Statement:
    code = account.currency or currency
    fields = account.fields
    return Statement(
        entries=entries,
        key=account.key,
        account_number=fields.get("ACCTID", "")[:64],
        bank_id=(fields.get("BANKID") or fields.get("BROKERID") or "")[:64],
        currency=account.currency,
        kind_hint=account.kind,
        institution=organisation[:120],
        closing_balance=style.minor(fields.get("BALAMT") or fields.get("AVAILCASH") or "", code),
        closing_on=account.day("DTASOF"),
        first_on=account.day("DTSTART"),
        last_on=account.day("DTEND"),
    )
