"""Lunch Money: the CSV of its transactions page.

Format: not documented; the columns are named as in its API (lunchmoney.dev): date, payee, amount, and
where they are there category, category_group, account (or asset), currency, notes, original_name, tags,
status, type, id. Its users choose whether spending is positive or negative, so the sign is decided over
the whole file: by the type of the rows, by income that is known as such, or by what most rows are.
"""

from dataclasses import replace

from imports.parsers.base import check_size
from imports.programs.book import CODES, PENDING, Book, BookTransaction, Builder, clean
from imports.programs.monarch import add_paired
from imports.programs.table import Record, Table, has_header, prefer_of, read_row

name = "lunchmoney"
label = "Lunch Money"

_COLUMNS = ("date", "payee", "amount")
_MARKS = ("original name", "category group", "plaid account", "asset", "asset name", "account name",
          "is group", "display name")  # fmt: skip
_TRANSFERS = frozenset(["transfer", "transfers", "payment, transfer", "credit card payment"])
_INCOME = frozenset(["income", "salary", "paycheck", "interest", "refund", "refunds"])
_ACCOUNTS = (
    "account",
    "account name",
    "asset name",
    "asset",
    "plaid account",
    "plaid account name",
)
DAYS = 5


def score(head: bytes, filename: str) -> int | None:
    """By columns that only it has."""
    if not has_header(head, _COLUMNS):
        return None
    return 70 if any(has_header(head, (*_COLUMNS, mark)) for mark in _MARKS) else None


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """All accounts. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency, date_order)
    table = Table(data, _COLUMNS, "an export of Lunch Money")
    dates = table.dates("date", build, prefer=prefer_of(currency))
    amounts = {"": table.amounts(currency, "amount")}
    rows: list[tuple[Record, BookTransaction]] = []
    for record in table.records:
        code = record.text("currency").upper()
        code = code if code in CODES else ""
        if code not in amounts:
            amounts[code] = table.amounts(code, "amount")
        if record.text("is group").casefold() in ("true", "1", "yes"):
            continue  # its members follow, each a row
        if (found := read_row(build, record, dates, "date", amounts[code], "amount")) is None:
            continue
        called = record.text(*_ACCOUNTS) or "Lunch Money"
        account = build.account(called, code)
        if code and account.currency != code:
            account = build.account(f"{called} {code}", code)
        category = record.text("category", "category name")
        is_transfer = category.casefold() in _TRANSFERS
        row = BookTransaction(
            account=account.name,
            date=found[0],
            amount=found[1],
            payee=clean(record.text("payee")),
            description=record.text("original name"),
            notes=record.text("notes"),
            category=category if category.casefold() != "uncategorized" else "",
            group=clean(record.text("category group", "category group name")),
            tags=tuple(filter(None, (clean(tag) for tag in record.text("tags").split(",")))),
            transfer_account="?" if is_transfer else "",
            status=PENDING if record.text("status").casefold() == PENDING else "",
            external_id=record.text("id", "transaction id"),
            line=record.line,
        )
        rows.append((record, row))
    add_paired(build, _signed(build, rows), _INCOME, DAYS)
    return build.finish()


def _signed(build: Builder, rows: list[tuple[Record, BookTransaction]]) -> list[BookTransaction]:
    """The rows with money in as positive."""
    kinds = {"debit": -1, "credit": 1, "expense": -1, "income": 1}
    if rows and all(record.text("type").casefold() in kinds for record, _ in rows):
        return [
            replace(row, amount=abs(row.amount) * kinds[record.text("type").casefold()])
            for record, row in rows
        ]
    votes = 0
    for record, row in rows:
        told = record.text("is income").casefold()
        is_income = told == "true" or row.category.casefold() in _INCOME
        if is_income and row.amount:
            votes += 1 if row.amount > 0 else -1
    if not votes:
        votes = -sum((row.amount > 0) - (row.amount < 0) for _, row in rows)
        if rows and votes < 0:
            build.warn("Most amounts are positive, so positive was taken for spending.")
    return [row if votes >= 0 else replace(row, amount=-row.amount) for _, row in rows]
