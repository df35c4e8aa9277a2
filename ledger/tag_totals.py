"""What each tag gathers: how many transactions, and how much money in each currency."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from accounts.models import Household
from core.months import Month
from ledger.models import Tag, TransactionTag


@dataclass(frozen=True, slots=True)
class TagTotal:
    """A tag with the transactions that carry it, themselves or on a part.

    The sums are (currency, minor units), by currency; of a split of which only parts carry the tag,
    they have those parts.
    """

    tag: Tag
    count: int
    this_year: list[tuple[str, int]]
    ever: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class TagTotals:
    """Every tag of a household, by name, and the days that "this year" means."""

    tags: list[TagTotal]
    year: int
    first: dt.date
    last: dt.date


def tag_totals(household: Household) -> TagTotals:
    """The totals of all tags of `household`. Two queries, however many tags."""
    year = household.month_of(household.today()).year
    first, last = Month.of(year, 1), Month.of(year, 12)
    on_its_whole = TransactionTag.objects.filter(
        transaction=OuterRef("transaction__parent_id"), tag=OuterRef("tag_id")
    )
    in_year = Q(transaction__month__range=(first.index, last.index))
    found = (
        TransactionTag.objects.filter(tag__household=household)
        .exclude(Exists(on_its_whole))
        .order_by()
        .values("tag_id", currency=F("transaction__account__currency"))
        .annotate(
            count=Count(Coalesce("transaction__parent_id", "transaction_id"), distinct=True),
            ever=Sum("transaction__amount"),
            here=Sum("transaction__amount", filter=in_year),
        )
        .order_by("currency")
    )
    rows = defaultdict(list)
    for row in found:
        rows[row["tag_id"]].append(row)
    day = household.first_month_day
    return TagTotals(
        tags=[
            TagTotal(
                tag,
                sum(row["count"] for row in rows[tag.pk]),
                [(row["currency"], row["here"]) for row in rows[tag.pk] if row["here"] is not None],
                [(row["currency"], row["ever"]) for row in rows[tag.pk]],
            )
            for tag in Tag.objects.filter(household=household).order_by("name")
        ],
        year=year,
        first=first.start(day),
        last=last.last(day),
    )
