"""The page of one account: its balance, its curve, its figures."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, Sum
from django.urls import reverse

from core.formatting import drawn, format_day, format_money
from ledger.balances import balances_by_day
from ledger.models import Account, Reconciliation, Status, Transaction

RANGES = {"90": 90, "365": 365, "all": 3650}


@dataclass(frozen=True, slots=True)
class AccountPage:
    """Amounts in minor units of the account's currency."""

    account: Account
    balance: int
    money_in: int
    money_out: int
    pending: int
    all_in: int
    """Since the opening balance, up to today; `all_out` likewise."""
    all_out: int
    later: int
    """How many rows are dated after today, which the balance leaves out."""
    count: int
    first: dt.date | None
    last: dt.date | None
    reconciled: Reconciliation | None
    chart: dict


def account_page(account: Account, today: dt.date, days: int) -> AccountPage:
    """Figures of this month, and the balance at the end of each of the last `days` days."""
    household = account.household
    month = household.month_of(today)
    rows = Transaction.objects.movements().filter(account=account)
    facts = rows.aggregate(
        money_in=Sum("amount", filter=Q(month=month.index, amount__gt=0), default=0),
        money_out=Sum("amount", filter=Q(month=month.index, amount__lt=0), default=0),
        pending=Sum("amount", filter=Q(status=Status.PENDING), default=0),
        all_in=Sum("amount", filter=Q(date__lte=today, amount__gt=0), default=0),
        all_out=Sum("amount", filter=Q(date__lte=today, amount__lt=0), default=0),
        later=Count("pk", filter=Q(date__gt=today)),
        count=Count("pk"),
        first=Min("date"),
        last=Max("date"),
    )
    start = today - dt.timedelta(days=days)
    if facts["first"]:
        start = max(start, facts["first"] - dt.timedelta(days=1))
    curve = balances_by_day(account, min(start, today), today)
    reconciled = (
        Reconciliation.objects.filter(account=account, finished_at__isnull=False)
        .order_by("-statement_on", "-pk")
        .first()
    )
    return AccountPage(
        account=account,
        balance=curve[-1][1],
        reconciled=reconciled,
        chart=_chart(account, curve),
        **facts,
    )


def _chart(account: Account, curve: list[tuple[dt.date, int]]) -> dict:
    step = max(1, len(curve) // 180)
    points = curve[::-1][::step][::-1]
    link = reverse("ledger:transaction_list")
    return {
        "labels": [format_day(day, "d MMM") for day, _balance in points],
        "series": [
            {
                "name": account.name,
                "color": "accent",
                "values": [drawn(balance, account.currency) for _day, balance in points],
                "texts": [format_money(balance, account.currency) for _day, balance in points],
                "urls": [f"{link}?account={account.pk}&to={day}" for day, _balance in points],
            }
        ],
    }
