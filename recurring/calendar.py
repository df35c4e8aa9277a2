"""A month's days with what is due on them."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Household
from core.months import Month
from recurring.models import Occurrence, Series


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid; `is_inside` the month that is shown."""

    date: dt.date
    is_inside: bool
    is_today: bool
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """Weeks from Monday to Sunday. Totals are of the month's own days in the household's currency,
    without transfers, as sizes; `left` is what of the payments is not matched yet."""

    month: Month
    weeks: tuple[tuple[Day, ...], ...]
    money_out: int
    money_in: int
    left: int
    count: int

    @property
    def busy_days(self) -> list[Day]:
        """The month's days on which something is due."""
        return [day for week in self.weeks for day in week if day.is_inside and day.occurrences]


def calendar_month(household: Household, month: Month, today: dt.date) -> CalendarMonth:
    """One query. Shown are active series, and what was paid of others."""
    start, end = month.start(), month.end()
    first = start - dt.timedelta(days=start.weekday())
    last = end + dt.timedelta(days=(7 - end.weekday()) % 7 - 1)
    rows = (
        Occurrence.objects.for_household(household)
        .filter(
            Q(series__state=Series.State.ACTIVE) | Q(state=Occurrence.State.MATCHED),
            due_on__range=(first, last),
        )
        .select_related("series", "transaction")
        .order_by("due_on", "amount", "pk")
    )
    by_day: dict[dt.date, list[Occurrence]] = defaultdict(list)
    for row in rows:
        by_day[row.due_on].append(row)
    days = [
        Day(day, start <= day < end, day == today, tuple(by_day[day]))
        for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    ]
    counted = [
        row
        for day in days
        if day.is_inside
        for row in day.occurrences
        if row.series.kind != Series.Kind.TRANSFER
        and row.series.currency == household.base_currency
        and row.state != Occurrence.State.SKIPPED
    ]
    out = [(row, _amount(row)) for row in counted if row.amount < 0]
    return CalendarMonth(
        month=month,
        weeks=tuple(tuple(days[n : n + 7]) for n in range(0, len(days), 7)),
        money_out=-sum(amount for _row, amount in out),
        money_in=sum(_amount(row) for row in counted if row.amount > 0),
        left=-sum(amount for row, amount in out if row.state != Occurrence.State.MATCHED),
        count=len(counted),
    )


def _amount(row: Occurrence) -> int:
    """What it really was, where it is known."""
    return row.transaction.amount if row.transaction else row.amount
