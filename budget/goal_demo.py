"""Goals and debts of the demo household."""

import datetime as dt
from decimal import Decimal

from accounts.models import Household, User
from budget.models import Goal
from budget.services.debts import save_debt, set_debt_extra
from budget.services.goals import save_goal, set_aside
from core.months import add_months
from ledger.models import Account

HOLIDAY, RESERVE = 65_000, (180_000, 40_000, 40_000, 40_000, 40_000, 40_000)


def make_goals(
    household: Household, _user: User | None = None, today: dt.date | None = None
) -> None:
    """A holiday and a reserve on the savings account, net worth; a mortgage, a card, a sofa."""
    accounts: dict[str, Account] = {}
    for account in Account.objects.for_household(household).open():
        accounts.setdefault(account.kind, account)
    today = today or household.today()
    if savings := accounts.get(Account.Kind.SAVINGS):
        _set_aside_for(
            _goal(savings, "Summer in Portugal", 320_000, "plane", "cat-11", 5, ahead=8),
            [0, *[HOLIDAY] * 2, HOLIDAY // 2, HOLIDAY // 2],
        )
        _set_aside_for(_goal(savings, "Reserve", 900_000, "umbrella", "cat-2", 6), RESERVE)
    save_goal(
        household=household,
        name="A quarter of a million",
        target=25_000_000,
        link=Goal.Link.NET_WORTH,
        target_on=add_months(today, 36),
        icon="home",
        colour="cat-9",
    )
    if loan := accounts.get(Account.Kind.LOAN):
        save_debt(
            household=household,
            name="Mortgage",
            account=loan,
            rate=Decimal("3.45"),
            minimum=112_000,
            payment_day=1,
        )
    if card := accounts.get(Account.Kind.CREDIT_CARD):
        save_debt(
            household=household,
            name="Credit card",
            account=card,
            rate=Decimal("18.9"),
            minimum=2_500,
            minimum_percent=Decimal(3),
            payment_day=15,
        )
    save_debt(
        household=household,
        name="Sofa in instalments",
        balance=24_000,
        rate=Decimal(0),
        minimum=6_000,
        payment_day=20,
    )
    set_debt_extra(household=household, amount=15_000)


def _goal(account: Account, name: str, target: int, icon: str, colour: str, months: int, ahead=0):
    """A part of `account`, begun `months` ago and (if `ahead`) to be reached that many months from now."""
    today = account.household.today()
    goal = save_goal(
        household=account.household,
        name=name,
        target=target,
        link=Goal.Link.PART,
        account=account,
        target_on=add_months(today, ahead) if ahead else None,
        icon=icon,
        colour=colour,
    )
    goal.started_on = add_months(today, -months)
    goal.save(update_fields=["started_on"])
    return goal


def _set_aside_for(goal: Goal, amounts) -> None:
    """One amount a month, the last one this month's."""
    today = goal.household.today()
    for back, amount in enumerate(reversed(amounts)):
        if amount:
            set_aside(goal=goal, amount=amount, on=add_months(today, -back), by=None)
