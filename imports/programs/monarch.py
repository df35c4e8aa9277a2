"""Monarch: the CSV of "Download transactions".

Format: the columns Date, Merchant, Category, Account, Original Statement, Notes, Amount, Tags, later also
Owner, Reviewed and Id; ISO dates; spending is negative. The sides of a transfer are two rows, told by
their category alone. (Seen in other people's tests; Monarch does not document it.)
"""

from dataclasses import replace

from imports.parsers.base import check_size
from imports.programs.book import Book, BookTransaction, Builder, clean, pair_transfers
from imports.programs.table import Table, has_header, prefer_of, read_row

name = "monarch"
label = "Monarch"

_COLUMNS = ("date", "merchant", "category", "account", "original statement", "amount")
_TRANSFERS = frozenset(["transfer", "transfers", "credit card payment", "balance adjustments"])
_INCOME = frozenset(
    ["paychecks", "paycheck", "interest", "business income", "other income", "income", "dividends"]
)
DAYS = 5


def score(head: bytes, filename: str) -> int | None:
    """By its columns."""
    return 95 if has_header(head, _COLUMNS) else None


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """All accounts. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency or "USD", date_order)
    table = Table(data, _COLUMNS, "an export of Monarch")
    dates = table.dates("date", build, prefer=prefer_of(build.currency))
    amounts = table.amounts(build.currency, "amount")
    rows: list[BookTransaction] = []
    for record in table.records:
        if (found := read_row(build, record, dates, "date", amounts, "amount")) is None:
            continue
        category = record.text("category")
        rows.append(
            BookTransaction(
                account=build.account(record.text("account")).name,
                date=found[0],
                amount=found[1],
                payee=clean(record.text("merchant")),
                description=record.text("original statement"),
                notes=record.text("notes"),
                category=category if category.casefold() != "uncategorized" else "",
                tags=tuple(filter(None, (clean(tag) for tag in record.text("tags").split(",")))),
                transfer_account="?" if category.casefold() in _TRANSFERS else "",
                external_id=record.text("id"),
                line=record.line,
            )
        )
    add_paired(build, rows, _INCOME, DAYS)
    return build.finish()


def add_paired(
    build: Builder, rows: list[BookTransaction], income: frozenset[str], days: int
) -> None:
    """Add rows whose transfers are told by the category: those that find their other side have none."""
    for row in pair_transfers(rows, days=days, must_name=False):
        if row.transfer_id:
            build.add(replace(row, category="", group="", transfer_account=""))
            continue
        is_income = row.category.casefold() in income or row.group.casefold() == "income"
        category, group = build.category(row.category, row.group, is_income=is_income)
        build.add(replace(row, category=category, group=group, transfer_account=""))
