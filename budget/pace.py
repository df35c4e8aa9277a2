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


def running(month) -> tuple[dict[int, int], dict[int, int]]:
    """What is still to be spent this month, by category (positive is money out), and what each
    category had from this week's Monday on (spending is negative). One query.

    Still to be spent is the mean of what the last three months spent after as many days as have
    passed now: rent that is paid does not come again, and the shopping of the last week does.
    Without months before, each category goes on at its pace.
    """
    calendar, index = month.calendar, month.index
    elapsed = (month.today - month.period.start).days + 1
    known = [back for back in PAST if month.counted[back]]
    later = Q(date__isnull=True)
    for back in known:
        span = calendar.span(index - back)
        after = span.start + dt.timedelta(days=elapsed)
        later |= Q(date__gte=after, date__lt=span.end)
    monday = month.today - dt.timedelta(days=month.today.weekday())
    week = Q(date__gte=monday, date__lt=monday + dt.timedelta(days=7))
    left: dict[int, int] = {}
    spent: dict[int, int] = {}
    for category, coming, this_week in _spending(month, later, week):
        key = category or UNSORTED_OUT
        spent[key] = this_week
        if not month.house.is_income(key) and known:
            left[key] = envelope.mean(-coming, len(known))
    return left if known else _at_pace(month, elapsed), spent


def _at_pace(month, elapsed: int) -> dict[int, int]:
    left = month.period.days - elapsed
    return {
        key: envelope.mean(-amount * left, elapsed)
        for key, amount in month.counted[0].items()
        if not month.house.is_income(key)
    }


def _spending(month, later: Q, week: Q):
    """(category, sum of the one span, sum of the other) of the base currency's accounts on budget;
    money in without category aside."""
    base = month.household.base_currency
    home = [a.pk for a in month.house.accounts if not a.is_off_budget and a.currency == base]
    rows = Transaction.objects.allocations().filter(
        later | week, household=month.household, account__in=home, transfer=None
    )
    rows = rows.exclude(category=None, amount__gt=0).order_by()
    sums = rows.values("category_id").annotate(
        later=Sum("amount", filter=later, default=0), week=Sum("amount", filter=week, default=0)
    )
    return sums.values_list("category_id", "later", "week")


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
