"""What is on each account: the answer behind the side bar, the account cards and net worth."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Household
from ledger.models import Account, AccountMonth, Transaction


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account, its balance in minor units of its currency, and how many movements it has."""

    account: Account
    balance: int
    count: int


@dataclass(frozen=True, slots=True)
class BalanceCurve:
    """Balances of one account at the ends of consecutive months (the last one: today)."""

    account: Account
    months: tuple[int, ...]
    balances: tuple[int, ...]


def account_balances(household: Household, today: dt.date) -> list[AccountBalance]:
    """The balance of every account at the end of `today`. One query, at any size."""
    months = AccountMonth.objects.filter(account=OuterRef("pk")).order_by().values("account")
    future = (
        Transaction.objects.movements()
        .filter(account=OuterRef("pk"), date__gt=today)
        .order_by()
        .values("account")
    )
    accounts = Account.objects.for_household(household).annotate(
        moved=Coalesce(Subquery(months.annotate(total=Sum("amount")).values("total")), 0),
        movements=Coalesce(Subquery(months.annotate(total=Sum("count")).values("total")), 0),
        to_come=Coalesce(Subquery(future.annotate(total=Sum("amount")).values("total")), 0),
    )
    return [
        AccountBalance(
            account, account.opening_balance + account.moved - account.to_come, account.movements
        )
        for account in accounts
    ]


def _sums(rows) -> dict[int, int]:
    return dict(rows.order_by().values_list("account_id").annotate(Sum("amount")))


def balance_curves(
    household: Household, balances: list[AccountBalance], months: int
) -> list[BalanceCurve]:
    """The last `months` month ends of each account, from `account_balances`. One query."""
    current = household.current_month().index
    first = current - months + 1
    moved: dict[int, dict[int, int]] = defaultdict(dict)
    for account_id, month, amount in AccountMonth.objects.filter(
        household=household, month__range=(first, current)
    ).values_list("account_id", "month", "amount"):
        moved[account_id][month] = amount
    before = _sums(AccountMonth.objects.filter(household=household, month__lt=first))
    curves = []
    for item in balances:
        account = item.account
        running = account.opening_balance + before.get(account.pk, 0)
        points = []
        for month in range(first, current):
            running += moved[account.pk].get(month, 0)
            points.append(running)
        points.append(item.balance)
        curves.append(BalanceCurve(account, tuple(range(first, current + 1)), tuple(points)))
    return curves


def balance_on(account: Account, day: dt.date) -> int:
    """The balance of `account` at the end of `day`: opening + movements up to it."""
    moved = (
        Transaction.objects.movements()
        .filter(account=account, date__lte=day)
        .aggregate(total=Sum("amount"))["total"]
    )
    return account.opening_balance + (moved or 0)


def balances_by_day(account: Account, first: dt.date, last: dt.date) -> list[tuple[dt.date, int]]:
    """(day, balance at its end) for every day from `first` to `last`, both included."""
    running = balance_on(account, first - dt.timedelta(days=1))
    moved = dict(
        Transaction.objects.movements()
        .filter(account=account, date__range=(first, last))
        .order_by()
        .values_list("date")
        .annotate(Sum("amount"))
    )
    days = []
    day = first
    while day <= last:
        running += moved.get(day, 0)
        days.append((day, running))
        day += dt.timedelta(days=1)
    return days
