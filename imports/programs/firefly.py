"""Firefly III: the CSV of "Export data".

Format: docs.firefly-iii.org, "How to export data", and what its ExportDataGenerator writes. The
columns changed over the versions, so they are found by name only. One row a journal. Signs changed
too (only withdrawals are always negative), so the direction comes from the type of the row and of
its accounts: source and destination, of which the household owns one or both. Journals of one group
are the parts of a split.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from imports.parsers.amounts import AmountReader
from imports.parsers.base import check_size
from imports.programs.book import (
    CODES,
    Book,
    BookAccount,
    BookPart,
    BookTransaction,
    Builder,
    clean,
    joined,
)
from imports.programs.table import Record, Table, has_header

name = "firefly"
label = "Firefly III"

_COLUMNS = ("type", "amount", "date", "source name", "destination name", "description")
_OWN = {"asset account": "", "asset": "", "default account": "", "loan": "loan", "debt": "loan",
        "mortgage": "loan", "cash account": "cash"}  # fmt: skip
_TYPES = frozenset(
    ["withdrawal", "deposit", "transfer", "opening balance", "reconciliation", "liability credit"]
)
_BALANCES = ("opening balance", "reconciliation", "liability credit")


def score(head: bytes, filename: str) -> int | None:
    """By its columns."""
    return 95 if has_header(head, _COLUMNS) else None


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """All accounts. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency)
    table = Table(data, _COLUMNS, "an export of Firefly III")
    reader = _Reader(build, table)
    groups: dict[str, list[BookTransaction]] = defaultdict(list)
    for record in table.records:
        if (row := reader.row(record)) is None:
            continue
        kind = record.text("type").casefold()
        if kind == "opening balance":
            build.opening(row)
            continue
        group = record.text("group id") or f"line {record.line}"
        groups[group].append(row)
        reader.titles.setdefault(group, record.text("group title"))
    for group, rows in groups.items():
        _add_group(build, group, rows, reader.titles[group])
    return build.finish()


class _Reader:
    def __init__(self, build: Builder, table: Table) -> None:
        self.build = build
        self.dates = table.dates("date", build, form="%Y-%m-%d")
        self.table = table
        self.titles: dict[str, str] = {}
        self._amounts: dict[str, AmountReader] = {}

    def amount(self, text: str, code: str) -> object:
        if code not in self._amounts:
            self._amounts[code] = AmountReader(".", code)  # it always writes a full stop
        return self._amounts[code][text]

    def row(self, record: Record) -> BookTransaction | None:
        code = record.text("currency code").upper() or self.build.currency
        day = self.dates[record.get("date", "")]
        amount = self.amount(record.get("amount") or "", code)
        if not isinstance(day, dt.date) or not isinstance(amount, int):
            self.build.problem(
                record.line, "the date or amount cannot be read", ",".join(record.values())
            )
            return None
        if record.text("type").casefold() not in _TYPES:
            self.build.problem(
                record.line, "this type of row is not known", ",".join(record.values())
            )
            return None
        if code and code not in CODES:
            self.build.problem(
                record.line, f"the currency {code} is not known", list(record.values())
            )
            return None
        return self._row(record, code, day, amount)

    def _row(self, record: Record, code: str, day: dt.date, amount: int) -> BookTransaction | None:
        kind = record.text("type").casefold()
        names = {side: clean(record.text(f"{side} name")) for side in ("source", "destination")}
        own = self._own_side(record, kind, names, amount)
        other = "destination" if own == "source" else "source"
        if not names[own]:
            self.build.problem(record.line, "no account of its own", ",".join(record.values()))
            return None
        signed = -abs(amount) if own == "source" else abs(amount)
        if kind in _BALANCES and not self._owns(record, own):
            signed = amount  # no side says which way: the sign does
        made = self._account(record, own, names[own], code)
        transfer = {}
        if kind not in _BALANCES and (
            kind == "transfer"
            or (self._owns(record, "source") and self._owns(record, "destination"))
        ):
            # A withdrawal between two accounts of one's own pays off a loan.
            transfer = self._transfer(record, other, names[other], -signed)
        category, group = self.build.category(
            "" if transfer else record.text("category"), is_income=kind == "deposit"
        )
        return BookTransaction(
            account=made.name,
            date=day,
            amount=signed,
            payee="" if transfer or kind in _BALANCES else names[other],
            description=record.text("description"),
            notes=joined(record.text("notes"), record.text("external url")),
            category=category,
            group=group,
            tags=tuple(filter(None, (clean(tag) for tag in record.text("tags").split(",")))),
            status="reconciled" if record.text("reconciled") in ("1", "true") else "",
            external_id=record.text("journal id"),
            line=record.line,
            **transfer,
        )

    def _owns(self, record: Record, side: str) -> bool:
        return record.text(f"{side} type").casefold() in _OWN

    def _own_side(self, record: Record, kind: str, names: dict[str, str], amount: int) -> str:
        """The side whose account the row is a movement of."""
        if kind in ("withdrawal", "transfer"):
            return "source"
        if kind == "deposit":
            return "destination"
        owned = [side for side in ("source", "destination") if self._owns(record, side)]
        if len(owned) == 1:
            return owned[0]
        helper = ("initial balance", "reconciliation")
        helps = {side: any(word in names[side].casefold() for word in helper) for side in names}
        if names["destination"] and (not names["source"] or helps["source"]):
            return "destination"
        if names["source"] and (not names["destination"] or helps["destination"]):
            return "source"
        return "destination" if amount > 0 else "source"

    def _account(self, record: Record, side: str, called: str, code: str) -> BookAccount:
        kind = _OWN.get(record.text(f"{side} type").casefold(), "")
        return self.build.account(called, code, kind_hint=kind, number=record.text(f"{side} iban"))

    def _transfer(self, record: Record, side: str, called: str, arrives: int) -> dict:
        code, foreign = record.text("currency code"), record.text("foreign currency code").upper()
        if foreign in CODES:
            value = self.amount(record.get("foreign amount") or "", foreign)
            if isinstance(value, int) and value:
                code, arrives = foreign, abs(value) if arrives > 0 else -abs(value)
        made = self._account(record, side, called, code.upper())
        return {"transfer_account": made.name, "transfer_amount": arrives}


def _add_group(build: Builder, group: str, rows: list[BookTransaction], title: str) -> None:
    """Journals of one group on one account and day are one movement with parts."""
    fits = (
        len({(row.account, row.date) for row in rows}) == 1
        and len({row.amount > 0 for row in rows}) == 1
    )
    if len(rows) < 2 or not fits:
        for row in rows:
            build.add(row)
        return
    payees = {row.payee for row in rows if row.payee}
    build.add(
        replace(
            rows[0],
            amount=sum(row.amount for row in rows),
            payee=payees.pop() if len(payees) == 1 else "",
            description=title or rows[0].description,
            notes="",
            category="",
            group="",
            tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags)),
            transfer_account="",
            transfer_amount=None,
            external_id=f"group-{group}",
            parts=tuple(
                BookPart(
                    amount=row.amount,
                    category=row.category,
                    group=row.group,
                    notes=joined(row.description, row.notes),
                    payee=row.payee,
                    transfer_account=row.transfer_account,
                    transfer_amount=row.transfer_amount,
                )
                for row in rows
            ),
        )
    )
