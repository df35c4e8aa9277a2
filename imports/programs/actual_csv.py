"""Actual's CSV: of one account, or of all.

Format: export-to-csv.ts in actualbudget/actual. Amounts are decimals, days ISO. Of one account the
category stands as "Group: Name", of all it stands alone. A split is a row of nothing with the notes
"(SPLIT INTO 2) …" (its whole in Split_Amount) and rows "(SPLIT 1 OF 2) …" with amounts. Each side of
a transfer is a row whose payee is the other account.
"""

import re
from dataclasses import replace

from imports.programs.book import BookTransaction, Builder, clean, joined, pair_transfers, whole_of
from imports.programs.table import Record, Table, has_header, prefer_of, read_row

_COLUMNS = ("account", "date", "payee", "notes", "category", "amount", "cleared")
_INTO = re.compile(r"\(SPLIT INTO (\d+)\)\s*", re.IGNORECASE)
_PART = re.compile(r"\(SPLIT (\d+) OF (\d+)\)\s*", re.IGNORECASE)


def score(head: bytes) -> int | None:
    """By its columns."""
    if has_header(head, (*_COLUMNS, "split amount")):
        return 95
    return 75 if has_header(head, _COLUMNS) else None


def read_into(build: Builder, data: bytes) -> None:
    """Fill `build`. Raises UnreadableFile."""
    table = Table(data, _COLUMNS[:-1], "an export of Actual")
    dates = table.dates("date", build, prefer=prefer_of(build.currency))
    amounts = table.amounts(build.currency, "amount", "split amount")
    accounts = {clean(record.text("account")) for record in table.records}
    rows: list[BookTransaction] = []
    for record in table.records:
        if found := read_row(build, record, dates, "date", amounts, "amount"):
            rows.append(_row(build, record, accounts, *found))
    _add(build, pair_transfers(rows))


def _row(build: Builder, record: Record, accounts: set[str], day, amount: int) -> BookTransaction:
    payee = clean(record.text("payee"))
    category, group = record.text("category"), record.text("category group")
    if not group and ": " in category:
        group, category = category.split(": ", 1)
    is_income = group.casefold() == "income"
    category, group = build.category(category, group, is_income=is_income)
    account = build.account(record.text("account")).name
    return BookTransaction(
        account=account,
        date=day,
        amount=amount,
        payee=payee,
        notes=record.text("notes"),
        category=category,
        group=group,
        transfer_account=payee if payee in accounts and payee != account else "",
        status={"true": "cleared"}.get(said := record.text("cleared").casefold(), said),
        line=record.line,
    )


def _add(build: Builder, rows: list[BookTransaction]) -> None:
    n = 0
    while n < len(rows):
        row = rows[n]
        into = _INTO.match(row.notes)
        parts = _parts(rows, n + 1, row, into[1]) if into else []
        if into and parts:
            notes = row.notes[into.end() :]
            whole = whole_of([_bare(part) for part in parts])
            build.add(
                replace(whole, notes=joined(notes), payee=row.payee or whole.payee, line=row.line)
            )
        elif into and not row.amount:
            build.warn("Parts of splits that do not follow their whole came as single rows.")
        elif row.payee.casefold() == "starting balance" and row.amount:
            build.opening(row)
        else:
            build.add(_bare(row))
        n += 1 + len(parts)


def _parts(rows: list[BookTransaction], start: int, whole: BookTransaction, count: str):
    """The rows after a whole that are its parts, none when one is missing."""
    number = int(count) if len(count) < 5 else 0
    found = rows[start : start + number]
    fits = all(
        (match := _PART.match(row.notes))
        and match[2] == count
        and (row.account, row.date) == (whole.account, whole.date)
        for row in found
    )
    return found if fits and len(found) == number else []


def _bare(row: BookTransaction) -> BookTransaction:
    return replace(row, notes=_PART.sub("", row.notes, count=1))
