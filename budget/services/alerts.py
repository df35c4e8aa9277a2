"""What people should hear of a running budget. Each matter is told once, however often it is looked at."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone

from accounts.models import Household
from budget.errors import ForeignCategoryError
from budget.figures import NEAR, OVER, BudgetMonthAnswer, Line
from budget.house import plan_of
from budget.models import AccountAlert
from budget.month import budget_month, current_month
from ledger.balances import account_balances
from ledger.models import Account, Transaction
from notifications.services.notify import notify

FRESH = dt.timedelta(days=2)
"""A transaction is told of as large only when it has just come in."""


def evaluate(household: Household) -> int:
    """Look at the running month, new transactions and balances. Returns how many people are told."""
    plan = plan_of(household)
    if plan.pk is None:
        return _low_balances(household)
    told = _low_balances(household)
    month = budget_month(household, current_month(household))
    for line in month.lines.values():
        told += _line(household, month, line)
    if plan.large_amount:
        told += _large(household, plan.large_amount)
    return told


def _line(household: Household, month: BudgetMonthAnswer, line: Line) -> int:
    if line.category is None or line.is_income or line.limit <= 0:
        return 0
    kind = {OVER: "over", NEAR: "near"}.get(line.state) or _pace(month, line)
    if not kind:
        return 0
    return notify(
        household=household,
        kind=f"budget.{kind}",
        key=f"budget.{kind}:{line.key}:{month.month.index}",
        params={
            "name": line.category.name,
            "month": month.month.index,
            "spent": line.spent,
            "limit": line.limit,
            "left": line.available,
            "over": -line.available,
            "ends": line.projected or line.spent,
            "currency": month.currency,
        },
        url=reverse("budget:month", args=[month.month]),
    )


def _pace(month: BudgetMonthAnswer, line: Line) -> str:
    """ "pace" when a quarter of the month has passed, more is spent than in whole months before,
    and the limit will not hold. Without months before nothing is unusual."""
    elapsed = (month.today - month.period.start).days + 1
    if elapsed * 4 < month.period.days or line.projected is None or line.average <= 0:
        return ""
    return "pace" if line.projected > line.limit and line.spent > line.average else ""


def _large(household: Household, least: int) -> int:
    """New transactions of at least so much, in the base currency; transfers are none."""
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(
            Q(amount__gte=least) | Q(amount__lte=-least),
            account__currency=household.base_currency,
            transfer=None,
            date__gte=household.today() - dt.timedelta(days=14),
            created_at__gte=timezone.now() - FRESH,
        )
    )
    return sum(
        notify(
            household=household,
            kind="budget.large",
            key=f"budget.large:{row.pk}",
            params={
                "amount": row.amount,
                "name": row.account.name,
                "currency": row.account.currency,
            },
            url=reverse("ledger:transaction_edit", args=[row.pk]),
        )
        for row in rows.select_related("account")[:50]
    )


def _low_balances(household: Household) -> int:
    """Accounts below what they should hold; told again only after they were above."""
    alerts = {one.account_id: one for one in AccountAlert.objects.filter(household=household)}
    if not alerts:
        return 0
    today, told = household.today(), 0
    for item in account_balances(household, today):
        alert = alerts.get(item.account.pk)
        if alert is None or item.account.is_closed:
            continue
        is_low = item.balance < alert.below
        if is_low != (alert.low_since is not None):
            alert.low_since = today if is_low else None
            alert.save(update_fields=["low_since"])
        if is_low:
            told += notify(
                household=household,
                kind="budget.low",
                key=f"budget.low:{item.account.pk}:{alert.low_since}",
                params={
                    "name": item.account.name,
                    "balance": item.balance,
                    "below": alert.below,
                    "currency": item.account.currency,
                },
                url=reverse("ledger:account_detail", args=[item.account.pk]),
            )
    return told


@atomic
def set_account_alerts(
    *, household: Household, accounts: Iterable[Account], below: Mapping[int, int | None]
) -> None:
    """Warn below so much (minor units of the account's currency); None warns no more."""
    for account in accounts:
        if account.household_id != household.pk:
            raise ForeignCategoryError
        least = below.get(account.pk)
        if least is None:
            AccountAlert.objects.filter(account=account).delete()
            continue
        AccountAlert.objects.update_or_create(
            account=account, defaults={"household": household, "below": least}
        )
