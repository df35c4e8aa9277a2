"""Mint, which closed in 2024: the CSV that its users took with them.

Format: the columns Date, Description, Original Description, Amount, Transaction Type (debit or
credit), Category, Account Name, Labels, Notes; American dates; amounts without a sign. Each part
of a split is a row of its own. A transfer is two rows, told by their category alone.
"""

import html
import re

from imports.parsers.base import check_size
from imports.programs.book import Book, BookTransaction, Builder, clean
from imports.programs.monarch import add_paired
from imports.programs.table import Table, has_header, read_row

name = "mint"
label = "Mint"

_COLUMNS = ("date", "description", "amount", "transaction type", "category", "account name")
_TRANSFERS = frozenset(
    ["transfer", "credit card payment", "transfer for cash spending", "internal transfer"]
)
_INCOME = frozenset(
    "income,paycheck,bonus,interest income,investment,rental income,reimbursement,returned purchase".split(
        ","
    )
)
_BREAK = re.compile(r"\s*<br\s*/?>\s*", re.IGNORECASE)
DAYS = 5
"""How far apart two banks book the sides of one transfer."""


def score(head: bytes, filename: str) -> int | None:
    """By its columns."""
    return 95 if has_header(head, _COLUMNS) else None


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """All accounts. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency or "USD")
    table = Table(data, _COLUMNS, "an export of Mint")
    dates, amounts = (
        table.dates("date", build, form="%m/%d/%Y"),
        table.amounts(build.currency, "amount"),
    )
    rows: list[BookTransaction] = []
    for record in table.records:
        if (found := read_row(build, record, dates, "date", amounts, "amount")) is None:
            continue
        kind = record.text("transaction type").casefold()
        if kind not in ("debit", "credit"):
            build.problem(record.line, "neither debit nor credit", list(record.values()))
            continue
        day, amount = found
        category = record.text("category")
        folded = category.casefold()
        description = _BREAK.sub(" / ", html.unescape(record.text("original description")))
        rows.append(
            BookTransaction(
                account=build.account(record.text("account name")).name,
                date=day,
                amount=-abs(amount) if kind == "debit" else abs(amount),
                payee=clean(html.unescape(record.text("description"))),
                description=description,
                notes=record.text("notes"),
                category=category if folded != "uncategorized" else "",
                tags=labels(record.text("labels")),
                transfer_account="?" if folded in _TRANSFERS else "",
                line=record.line,
            )
        )
    add_paired(build, rows, _INCOME, DAYS)
    return build.finish()


def labels(text: str) -> tuple[str, ...]:
    """Labels as tags. Mint parts them with blanks, which labels may have as well: then it is one."""
    return tuple(filter(None, (clean(one) for one in re.split(r"[,;]", text))))
