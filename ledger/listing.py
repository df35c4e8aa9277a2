"""A page of the transaction list, by keyset: the same cost at any depth."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Aggregate, Count, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household
from core.formatting import format_day, format_money
from core.numbers import row_id
from ledger.models import Attachment, Category, Status, TransactionTag

PAGE = 50


@dataclass(slots=True)
class Row:
    """A transaction as the list shows it: texts are made here once, not in the template."""

    pk: int
    date: dt.date
    day: str
    amount: int
    amount_text: str
    is_in: bool
    url: str
    title: str
    subtitle: str
    account: str
    category: Category | None
    is_split: bool
    is_transfer: bool
    is_refund: bool
    is_pending: bool
    is_reconciled: bool
    files: int = 0
    tags: list[str] = field(default_factory=list)
    new_day: bool = False
    day_sum: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the cursors of the pages around them ("" where there is none)."""

    rows: list[Row]
    newer: str
    older: str


_COLUMNS = (
    "pk date amount description payee__name account_id category_id is_split transfer_id "
    "refund_of_id status tag_names files"
).split()
_BETWEEN_TAGS = "\x1f"  # the unit separator: no tag that anybody types has it


class _Joined(Aggregate):
    """Texts in one, so that a page's tags cost no query of their own."""

    output_field = TextField()

    def as_sqlite(self, compiler, connection, **context):
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", **context)

    def as_postgresql(self, compiler, connection, **context):
        return super().as_sql(compiler, connection, function="STRING_AGG", **context)


def _with_tags_and_files(rows: QuerySet) -> QuerySet:
    tags = (
        TransactionTag.objects.filter(transaction=OuterRef("pk"))
        .order_by()
        .values("transaction")
        .annotate(names=_Joined("tag__name", Value(_BETWEEN_TAGS)))
        .values("names")
    )
    files = (
        Attachment.objects.filter(transaction=OuterRef("pk"))
        .order_by()
        .values("transaction_id")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return rows.annotate(tag_names=Subquery(tags), files=Subquery(files))


def page_of(
    rows: QuerySet,
    household: Household,
    accounts: dict,
    categories: dict,
    *,
    after: str = "",
    before: str = "",
    last: bool = False,
    size: int = PAGE,
) -> Page:
    """The page after (older than) or before (newer than) a cursor; the newest without, the oldest
    with `last`. One query. A cursor that makes no sense is no cursor.
    """
    backwards = bool(before) or last
    cursor = _read_cursor(after or before)
    unbounded = rows
    if cursor is not None:
        rows = rows.filter(_beyond(*cursor, older=not backwards))
    ordered = rows.order_by("date", "pk") if backwards else rows.newest_first()
    found = list(_with_tags_and_files(ordered).values_list(*_COLUMNS)[: size + 1])
    more = len(found) > size
    beyond = {found[size][1]} if more else set()
    found = found[:size]
    if not found and cursor is not None:  # the rows that the link led to are gone
        return page_of(unbounded, household, accounts, categories, last=backwards, size=size)
    if backwards:
        found.reverse()
    # A day that goes on over the page's edge has no sum here: half a sum would be a wrong one.
    cut = beyond | ({cursor[0]} if cursor else set())
    made = _rows(found, accounts, categories, cut)
    if not made:
        return Page([], "", "")
    newest, oldest = _cursor(made[0]), _cursor(made[-1])
    has_newer = more if backwards else cursor is not None
    has_older = cursor is not None and not last if backwards else more
    return Page(made, newest if has_newer else "", oldest if has_older else "")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _beyond(day: dt.date, pk: int, *, older: bool) -> Q:
    # The first condition alone bounds the index scan; databases do not see that in the second.
    if older:
        return Q(date__lte=day) & (Q(date__lt=day) | Q(pk__lt=pk))
    return Q(date__gte=day) & (Q(date__gt=day) | Q(pk__gt=pk))


def _cursor(row: Row) -> str:
    return f"{row.date.isoformat()}.{row.pk}"


def _read_cursor(text: str) -> tuple[dt.date, int] | None:
    day, _, pk = text.partition(".")
    try:
        return (dt.date.fromisoformat(day), row_id(pk)) if row_id(pk) else None
    except ValueError:
        return None


def _rows(
    found: list[tuple], accounts: dict, categories: dict, cut: Collection[dt.date] = ()
) -> list[Row]:
    days: dict[dt.date, str] = {}
    made: list[Row] = []
    prefix, nobody = reverse("ledger:transaction_edit", args=[0]), _("No payee")
    sums: dict[dt.date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (
        pk,
        date,
        amount,
        text,
        payee,
        account,
        category,
        split,
        transfer,
        refund,
        status,
        tags,
        files,
    ) in found:
        if date not in days:
            days[date] = format_day(date, "d MMM y")
        place = accounts[account]
        sums[date][place.currency] += amount
        made.append(
            Row(
                pk=pk,
                date=date,
                day=days[date],
                amount=amount,
                amount_text=format_money(amount, place.currency, sign=True),
                is_in=amount > 0,
                url=prefix.replace("/0/", f"/{pk}/"),
                title=_cut(payee or text, 60) or nobody,
                subtitle=_cut(text, 70) if payee else "",
                account=place.name,
                category=categories.get(category),
                is_split=split,
                is_transfer=transfer is not None,
                is_refund=refund is not None,
                is_pending=status == Status.PENDING,
                is_reconciled=status == Status.RECONCILED,
                files=files or 0,
                tags=sorted(tags.split(_BETWEEN_TAGS)) if tags else [],
                new_day=not made or made[-1].date != date,
            )
        )
    for row in made:
        if row.new_day and row.date not in cut:
            row.day_sum = " · ".join(
                format_money(total, currency) for currency, total in sums[row.date].items()
            )
    return made
