"""What an answer about a budget begins with."""

import datetime as dt
from collections.abc import Sequence

from accounts.models import Household
from budget.adjustments import moved_refunds
from budget.closing import House
from budget.models import BudgetPlan
from budget.periods import Calendar
from ledger.models import Account, Category


def plan_of(household: Household) -> BudgetPlan:
    """The household's plan; one that is not saved, with limits from this month on, where it has none."""
    return _or_new(household, BudgetPlan.objects.filter(household=household).first())


def _or_new(household: Household, found: BudgetPlan | None) -> BudgetPlan:
    return found or BudgetPlan(household=household, first_month=household.current_month().index)


def house_of(
    household: Household,
    first: int | None = None,
    last: int | None = None,
    *,
    today: dt.date | None = None,
    accounts: Sequence[Account] | None = None,
) -> House:
    """Plan, calendar (of the months `first` to `last`), accounts and categories. Up to four queries."""
    today = today or household.today()
    rows = Category.objects.for_household(household)
    # The plan comes with the categories: a query less on a page that has many.
    rows = rows.select_related("budget_plan", "household__budget_plan")
    categories = {category.pk: category for category in rows}
    plan = _plan_with(household, categories)
    now = household.month_of(today).index
    first, last = (now if first is None else first), (now if last is None else last)
    calendar = Calendar(household, plan, min(first, plan.first_month), last, today)
    if accounts is None:
        accounts = list(Account.objects.for_household(household))
    plans = {pk: c.budget_plan for pk, c in categories.items() if hasattr(c, "budget_plan")}
    moved = moved_refunds(household, calendar)
    return House(household, plan, calendar, accounts, categories, plans, moved)


def _plan_with(household: Household, categories: dict[int, Category]) -> BudgetPlan:
    for category in categories.values():
        return _or_new(household, getattr(category.household, "budget_plan", None))
    return plan_of(household)
