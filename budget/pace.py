"""How a running month goes on, what this week has left, and how old the money is that is spent."""

import datetime as dt
from collections import defaultdict

from django.db.models import Q, Sum

from budget import envelope
from budget.adjustments import UNSORTED_OUT
from ledger.models import Transaction

PAST = (1, 2, 3)
AGE_REACH = dt.timedelta(days=200)
"""Money is not looked at for longer than this: older is simply old."""


def projected(month) -> dict[int, int]:
    """What is still to be spent this month, by category (positive is money out). One query.

    The mean of what the last three months spent after as many days as have passed now: rent that
    is paid does not come again, and the shopping of the last week does. Without months before,
    each category goes on at its pace.
    """
    calendar, index = month.calendar, month.index
    elapsed = (month.today - month.period.start).days + 1
    known = [back for back in PAST if month.counted[back]]
    if not known:
        return _at_pace(month, elapsed)
    wanted = Q()
    for back in known:
        span = calendar.span(index - back)
        after = span.start + dt.timedelta(days=elapsed)
        wanted |= Q(date__gte=after, date__lt=span.end)
    later: dict[int, int] = {}
    for category, amount in _spending(month, wanted):
        key = category or UNSORTED_OUT
        if not month.house.is_income(key):
            later[key] = later.get(key, 0) + envelope.mean(-amount, len(known))
    return later


def _at_pace(month, elapsed: int) -> dict[int, int]:
    left = month.period.days - elapsed
    return {
        key: envelope.mean(-amount * left, elapsed)
        for key, amount in month.counted[0].items()
        if not month.house.is_income(key)
    }


def _spending(month, wanted: Q):
    """(category, sum) of the base currency's accounts on budget; money in without category aside."""
    base = month.household.base_currency
    home = [a.pk for a in month.house.accounts if not a.is_off_budget and a.currency == base]
    rows = Transaction.objects.allocations().filter(
        wanted, household=month.household, account__in=home, transfer=None
    )
    rows = rows.exclude(category=None, amount__gt=0).order_by()
    return rows.values_list("category_id").annotate(Sum("amount"))


def week_spending(month) -> dict[int, int]:
    """What each category had from this week's Monday on (spending is negative). One query."""
    monday = month.today - dt.timedelta(days=month.today.weekday())
    week = Q(date__gte=monday, date__lt=monday + dt.timedelta(days=7))
    return {key or UNSORTED_OUT: amount for key, amount in _spending(month, week)}


def age_of_money(month, balance: int) -> int | None:
    """How many days ago the money came in that is spent now, first in first out. One query.

    What lies on the accounts is the newest money; the oldest of it is spent next. None without
    money, or when it is older than is looked at.
    """
    if balance <= 0:
        return None
    until = min(month.today, month.period.last)
    base = month.household.base_currency
    home = [a.pk for a in month.house.accounts if not a.is_off_budget and a.currency == base]
    rows = Transaction.objects.movements().filter(
        household=month.household,
        account__in=home,
        amount__gt=0,
        transfer=None,
        date__range=(until - AGE_REACH, until),
    )
    by_day: dict[dt.date, int] = defaultdict(int)
    for day, amount in rows.order_by().values_list("date").annotate(Sum("amount")):
        by_day[day] += amount
    left = balance
    for day in sorted(by_day, reverse=True):
        left -= by_day[day]
        if left <= 0:
            return (until - day).days
    return None
