"""What is due before the next pay-day, and what should have come by now."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from accounts.models import Household
from recurring.models import Occurrence, Series

MISSING_FOR = dt.timedelta(days=45)
"""What was not seen for longer is asked for no more."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """One occurrence that is open. `days` until it is due, negative when it is late."""

    occurrence: Occurrence
    days: int

    @property
    def series(self) -> Series:
        return self.occurrence.series

    @property
    def is_missing(self) -> bool:
        return self.occurrence.state == Occurrence.State.MISSING

    @property
    def is_late(self) -> bool:
        return self.days < 0


@dataclass(frozen=True, slots=True)
class Due:
    """`until` is the next pay-day, or the first day of the next month when no income is known.

    `total` is the size of what leaves in the household's currency: bills and subscriptions, late
    and missing ones too. `others` the same by other currencies, `transfers` what moves to own
    accounts. `items` are payments, late and missing first; `income` what comes in.
    """

    today: dt.date
    until: dt.date
    is_payday: bool
    currency: str
    total: int
    others: tuple[tuple[str, int], ...]
    transfers: int
    items: tuple[DueItem, ...]
    income: tuple[DueItem, ...]

    @property
    def days(self) -> int:
        return (self.until - self.today).days

    @property
    def late(self) -> list[DueItem]:
        return [item for item in self.items if item.is_late]


def next_payday(household: Household, today: dt.date) -> dt.date | None:
    """The next day after today on which income is expected. One query."""
    rows = (
        Occurrence.objects.for_household(household)
        .open()
        .filter(series__kind=Series.Kind.INCOME, due_on__gt=today)
        .order_by("due_on")
    )
    return rows.values_list("due_on", flat=True).first()


def due_before_payday(household: Household, today: dt.date) -> Due:
    """Two queries, at any size."""
    payday = next_payday(household, today)
    until = payday or household.month_of(today).end(household.first_month_day)
    rows = (
        Occurrence.objects.for_household(household)
        .open()
        .filter(due_on__range=(today - MISSING_FOR, until))
        .select_related(
            "series__account", "series__other_account", "series__payee", "series__category"
        )
        .order_by("due_on", "series__name", "pk")
    )
    items, income = [], []
    for row in rows:
        item = DueItem(row, (row.due_on - today).days)
        if row.series.is_income:
            income.append(item)
        elif row.due_on < until:
            items.append(item)
    sums: dict[str, int] = defaultdict(int)
    transfers = 0
    for item in items:
        if item.series.kind == Series.Kind.TRANSFER:
            if item.series.currency == household.base_currency:
                transfers -= item.occurrence.amount
        else:
            sums[item.series.currency] -= item.occurrence.amount
    return Due(
        today=today,
        until=until,
        is_payday=payday is not None,
        currency=household.base_currency,
        total=sums.pop(household.base_currency, 0),
        others=tuple(sorted(sums.items())),
        transfers=transfers,
        items=tuple(items),
        income=tuple(income),
    )
