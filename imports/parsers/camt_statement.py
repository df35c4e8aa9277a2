"""What a CAMT statement says of its account: number, owner, balances, days."""

import datetime as dt
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from imports.parsers.base import Entry, Statement
from imports.parsers.camt_entry import (
    Left,
    Undated,
    child,
    children,
    minor_units,
    read_entry,
    text_at,
)
from imports.parsers.ofx_rows import iso, read_day
from ledger.statement_line import Problem, StatementLine

_KINDS = {
    "CACC": "current", "TRAN": "current", "SACC": "current", "SVGS": "savings", "LLSV": "savings",
    "MOMA": "savings", "ONDP": "savings", "CARD": "credit_card",
}  # fmt: skip
_OPENING = ("OPBD", "PRCD")


class Account:
    """One Stmt, Rpt or Ntfctn while it is read: entries come before the whole is known."""

    def __init__(self, element: Element, depth: int, made_on: str) -> None:
        self.element, self.depth, self.made_on = element, depth, made_on
        self.entries: list[Entry] = []
        self.left_out = self.undated = 0
        self._known: _Facts | None = None
        self.facts: _Facts | None = None

    def add(self, entry: Element, number: int, currency: str) -> None:
        """Read one Ntry. `number` counts the entries of the file."""
        if self._known is None:
            self._known = _Facts(self.element)
        facts = self._known
        found = read_entry(entry, number, facts.currency or currency, facts.number, facts.owner)
        if isinstance(found, Left):
            self.left_out += 1
        elif isinstance(found, Undated):
            # Both dates of an entry are optional: the statement's own day is the next best.
            made = read_day(facts.made_on.strip() or self.made_on.strip())
            self.undated += made is not None
            self.entries.append(found.line._replace(date=made) if made else found.problem)
        else:
            self.entries.append(found)

    def finish(self) -> None:
        """The element has ended: all that it says is there."""
        self.facts = _Facts(self.element)

    def statement(self, currency: str, warnings: list[str]) -> Statement:
        """What was read, with warnings for people about what is odd in it."""
        facts = self.facts or _Facts(self.element)
        stated = {line.currency for line in self._lines() if line.currency}
        code = facts.named_currency or (stated.pop() if len(stated) == 1 else facts.currency)
        self._drop_repeated_ids(warnings)
        if self.left_out:
            warnings.append(f"Entries for information only, left out: {self.left_out}.")
        if self.undated:
            warnings.append(
                f"Entries without a date, put on the day of their statement: {self.undated}."
            )
        closing = facts.balance(("CLBD",), code or currency)
        self._prove(facts, closing, code or currency, warnings)
        return Statement(
            entries=self.entries,
            key=facts.number,
            account_number=facts.number[:64],
            bank_id=facts.bic[:64],
            currency=code,
            kind_hint=facts.kind,
            institution=facts.institution[:120],
            owner=facts.owner[:120],
            closing_balance=closing[0] if closing else None,
            closing_on=closing[1] if closing else None,
            first_on=facts.first_on,
            last_on=self._last_on(facts, closing),
        )

    def _lines(self) -> Iterator[StatementLine]:
        return (entry for entry in self.entries if isinstance(entry, StatementLine))

    def _last_on(self, facts: "_Facts", closing: tuple | None) -> dt.date | None:
        """The last day; midnight ends the day before unless something happened on that day."""
        last = facts.last_on
        if last is None or not facts.ends_at_midnight or last == facts.first_on:
            return last
        if closing and closing[1] == last or any(line.date == last for line in self._lines()):
            return last
        return last - dt.timedelta(days=1)

    def _drop_repeated_ids(self, warnings: list[str]) -> None:
        """References that stand for several entries of one statement identify none of them."""
        seen: dict[str, StatementLine] = {}
        repeated = set()
        for line in self._lines():
            if line.external_id:
                first = seen.setdefault(line.external_id, line)
                if first is not line and first[1:] != line[1:]:
                    repeated.add(line.external_id)
        if not repeated:
            return
        warnings.append(f"References of the bank that stand for several entries: {len(repeated)}.")
        self.entries = [
            entry._replace(external_id="")
            if isinstance(entry, StatementLine) and entry.external_id in repeated
            else entry
            for entry in self.entries
        ]

    def _prove(
        self, facts: "_Facts", closing: tuple | None, code: str, warnings: list[str]
    ) -> None:
        """Opening balance and booked entries make the closing balance, where all are stated."""
        opening = facts.balance(_OPENING, code, first=True)
        if not opening or not closing or any(isinstance(e, Problem) for e in self.entries):
            return
        booked = [line for line in self._lines() if not line.pending]
        if any(line.currency != code for line in booked):
            return
        if opening[0] + sum(line.amount for line in booked) != closing[0]:
            ending = facts.number[-4:] or "without a number"
            warnings.append(
                f"Account {ending}: the opening balance and the entries do not make "
                f"the closing balance of {closing[1] or 'the statement'}."
            )


class _Facts:
    """The texts of a statement that are not entries."""

    def __init__(self, statement: Element) -> None:
        account = child(statement, "Acct")
        self.number = _number(account)
        self.owner = text_at(account, "Ownr/Nm", "Ownr/Pty/Nm", "Nm")
        servicer = child(account, "Svcr/FinInstnId")
        self.institution = text_at(servicer, "Nm", "NmAndAdr/Nm")
        self.bic = text_at(servicer, "BICFI", "BIC", "ClrSysMmbId/MmbId", "Othr/Id")
        self.kind = _KINDS.get(text_at(account, "Tp/Cd").upper(), "")
        self.balances = children(statement, "Bal")
        stated = {iso(b.get("Ccy", "")) for b in children(statement, "Bal/Amt")} - {""}
        self.named_currency = iso(text_at(account, "Ccy"))
        """What the account is said to be in; `currency` may be its balances' instead."""
        self.currency = self.named_currency or (stated.pop() if len(stated) == 1 else "")
        self.made_on = text_at(statement, "CreDtTm")
        first = text_at(statement, "FrToDt/FrDtTm", "FrToDt/FrDt")
        last = text_at(statement, "FrToDt/ToDtTm", "FrToDt/ToDt")
        self.first_on, self.last_on = read_day(first), read_day(last)
        self.ends_at_midnight = last[10:19] == "T00:00:00"

    def balance(
        self, kinds: tuple[str, ...], code: str, *, first: bool = False
    ) -> tuple[int, dt.date | None] | None:
        """The latest (or `first`) balance of one of `kinds` in currency `code`, and its day."""
        found = []
        for element in self.balances:
            kind = text_at(element, "Tp/CdOrPrtry/Cd", "Tp/Cd")
            amount = child(element, "Amt")
            if kind not in kinds or amount is None:
                continue
            if iso(amount.get("Ccy", "")) not in ("", code):
                continue
            minor = minor_units(amount.text or "", code)
            if minor is None:
                continue
            if text_at(element, "CdtDbtInd") == "DBIT":
                minor = -minor
            found.append((read_day(text_at(element, "Dt/Dt", "Dt/DtTm", "Dt")), minor))
        if not found:
            return None
        choose = min if first else max
        day, minor = choose(found, key=lambda item: item[0] or dt.date.min)
        return minor, day


def _number(account: Element | None) -> str:
    """The IBAN without blanks, else what the bank calls the account."""
    iban = text_at(account, "Id/IBAN")
    if iban:
        return "".join(iban.split()).upper()
    return text_at(account, "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Id/UPIC", "Id")
