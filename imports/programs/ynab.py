"""YNAB: the register and budget CSV of "Export Budget", alone or in their zip; YNAB 4 as well.

Format: support.ynab.com "How to Export Budget Data". A register row has Outflow and Inflow with
the currency's symbol; the category stands as "Group: Category", "Category Group" and "Category"
(YNAB 4: "Master Category" and "Sub Category"). Each side of a transfer is a row of its own with
the payee "Transfer : Account"; parts of a split follow each other with "Split (1/2)" (YNAB 4:
"(Split 1/2)") before their memo. The zip also is how YNAB 4 budgets travel: see `ynab_json`.
"""

import datetime as dt
import re

from imports.parsers import archive
from imports.parsers.amounts import SYMBOLS, split_amount
from imports.parsers.base import UnreadableFile, check_size
from imports.parsers.dates import month_number
from imports.programs import ynab_json
from imports.programs.book import Book, BookTransaction, Builder, clean, pair_transfers, whole_of
from imports.programs.table import Record, Table, has_header, prefer_of

name = "ynab"
label = "YNAB"

_REGISTER = ("account", "date", "payee", "outflow", "inflow")
_BUDGET = ("month", "category")
_SPLIT = re.compile(r"\(?Split \(?(\d+)\s*/\s*(\d+)\)\s*", re.IGNORECASE)
_TRANSFER = re.compile(r"Transfer\s*:\s*(.+)", re.IGNORECASE)
_MONTH = re.compile(r"(?:([^\W\d]+)\.?\s+(\d{4})|(\d{4})[-/](\d{1,2}))")
_DOLLARS = frozenset("USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP".split())


def score(head: bytes, filename: str) -> int | None:
    """A zip is only ours when its names say so; the registry shows its beginning."""
    if head.startswith(archive.ZIP):
        return 90 if b".ynab4" in head or b"Register" in head or b".yfull" in head else None
    if ynab_json.is_ours(head):
        return 90
    if has_header(head, _REGISTER):
        return 90
    return 85 if _is_budget(head) else None


def _is_budget(head: bytes) -> bool:
    return any(has_header(head, (*_BUDGET, word)) for word in ("budgeted", "assigned"))


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """The whole budget. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency, date_order)
    if data.startswith(archive.ZIP):
        _read_zip(build, data)
    elif ynab_json.is_ours(data[:65_536]):
        ynab_json.read_into(build, data)
    else:
        _read_csv(build, data)
    return build.finish()


def _read_zip(build: Builder, data: bytes) -> None:
    whole = archive.Archive(data)
    fulls = [info for info in whole.infos if info.filename.lower().endswith(".yfull")]
    if fulls:
        # Each device keeps a copy; the one written last has seen the most.
        ynab_json.read_into(build, whole.content(max(fulls, key=lambda one: one.date_time)))
        return
    found = False
    for info in sorted(whole.infos, key=lambda one: "budget" in one.filename.lower()):
        path = info.filename
        if path.lower().endswith((".csv", ".tsv", ".json")) and not path.startswith("__MACOSX"):
            content = whole.content(info)
            if ynab_json.is_ours(content[:65_536]):
                ynab_json.read_into(build, content)
                found = True
            elif has_header(content[:65_536], _REGISTER) or _is_budget(content[:65_536]):
                _read_csv(build, content)
                found = True
    if not found:
        raise UnreadableFile("This archive has no YNAB register and no YNAB budget in it.")


def _read_csv(build: Builder, data: bytes) -> None:
    if has_header(data[:65_536], _REGISTER):
        _Register(build, data).read()
    elif _is_budget(data[:65_536]):
        _read_budget(build, data)
    else:
        raise UnreadableFile("This is neither a register nor a budget of YNAB.")


class _Register:
    def __init__(self, build: Builder, data: bytes) -> None:
        self.build = build
        self.table = Table(data, _REGISTER, "a YNAB register")
        self.currency = build.currency = currency_in(
            self.table.cells("outflow", "inflow"), build.currency
        )
        self.amounts = self.table.amounts(self.currency, "outflow", "inflow")
        prefer = prefer_of(self.currency)
        self.dates = self.table.dates("date", build, prefer=prefer)

    def read(self) -> None:
        rows, splits = [], []
        for record in self.table.records:
            row = self._row(record)
            if row is not None:
                rows.append(row)
                splits.append(_SPLIT.match(record.text("memo")))
        self._group(pair_transfers(rows), splits)

    def _row(self, record: Record) -> BookTransaction | None:
        day = self.dates[record.get("date", "")]
        sides = [self.amounts[record.get(side) or ""] for side in ("outflow", "inflow")]
        if not isinstance(day, dt.date):
            self.build.problem(record.line, "the date cannot be read", ",".join(record.values()))
            return None
        if any(side is self.amounts.GARBLED for side in sides):
            self.build.problem(record.line, "the amount cannot be read", ",".join(record.values()))
            return None
        payee = record.text("payee")
        transfer = _TRANSFER.fullmatch(payee)
        memo = record.text("memo")
        is_split = _SPLIT.match(memo)
        flag = record.text("flag")
        return BookTransaction(
            account=self.build.account(record.text("account")).name,
            date=day,
            amount=(sides[1] or 0) - (sides[0] or 0),
            payee=clean(payee),
            notes=memo[is_split.end() :] if is_split else memo,
            tags=(flag,) if flag else (),
            transfer_account=clean(transfer[1].rsplit(" / ", 1)[0]) if transfer else "",
            status=record.text("cleared").casefold(),
            line=record.line,
            **self._category(record),
        )

    def _category(self, record: Record) -> dict[str, str]:
        group = record.text("category group", "master category")
        name = record.text("sub category")
        if not name and "sub category" not in self.table.names:
            name = record.text("category")
        whole = record.text("category group/category")
        if not name and ":" in whole:
            group, name = (clean(part) for part in whole.split(":", 1))
        is_income = group.casefold() in ("inflow", "income")
        name, group = self.build.category(name, group, is_income=is_income)
        return {"category": name, "group": group}

    def _group(self, rows: list[BookTransaction], splits: list) -> None:
        """Rows that follow each other as 1/2 and 2/2 are one transaction."""
        n = 0
        while n < len(rows):
            total = self._length(rows, splits, n)
            if total > 1:
                self.build.add(whole_of(rows[n : n + total]))
            elif rows[n].payee.casefold() == "starting balance" and rows[n].amount:
                self.build.opening(rows[n])
            else:
                self.build.add(self._alone(rows[n]))
            n += total

    def _length(self, rows, splits, n: int) -> int:
        if splits[n] is None or splits[n][1] != "1":
            return 1
        total = int(splits[n][2]) if len(splits[n][2]) < 5 else 1
        first = rows[n]
        for step in range(1, total):
            here = n + step
            if (
                here >= len(rows)
                or splits[here] is None
                or splits[here].groups() != (str(step + 1), str(total))
                or (rows[here].account, rows[here].date) != (first.account, first.date)
            ):
                return step
        return max(total, 1)

    def _alone(self, row: BookTransaction) -> BookTransaction:
        if row.transfer_account and not row.transfer_id:
            self.build.warn("Transfers whose other side is not in the file came as single rows.")
        return row


def currency_in(cells: list[str], currency: str) -> str:
    """The currency that the symbols of amounts name; `currency` where they leave it open."""
    for cell in cells[:50]:
        parts = split_amount(cell)
        mark = parts[3] if parts else ""
        if mark == "$":
            return currency if currency in _DOLLARS else "USD"
        if mark in SYMBOLS:
            return SYMBOLS[mark]
    return currency


def _read_budget(build: Builder, data: bytes) -> None:
    table = Table(data, _BUDGET, "a YNAB budget")
    column = "assigned" if "assigned" in table.names else "budgeted"
    currency = currency_in(table.cells(column), build.currency)
    amounts = table.amounts(currency, column)
    for record in table.records:
        found = _MONTH.search(record.text("month"))
        amount = amounts[record.get(column) or ""]
        month = None
        if found:
            number = month_number(found[1].casefold()) if found[1] else int(found[4])
            month = dt.date(int(found[2] or found[3]), number, 1) if 1 <= number <= 12 else None
        if month is None or amount is amounts.GARBLED:
            build.problem(record.line, "the month or amount cannot be read", list(record.values()))
            continue
        group = record.text("category group", "master category")
        category = record.text("sub category") or record.text("category")
        category, group = build.category(category, group)
        build.budget(month, category, group, amount or 0)
