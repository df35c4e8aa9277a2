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
    found = BudgetPlan.objects.filter(household=household).first()
    return found or BudgetPlan(household=household, first_month=household.current_month().index)


def house_of(
    household: Household,
    first: int | None = None,
    last: int | None = None,
    *,
    today: dt.date | None = None,
    accounts: Sequence[Account] | None = None,
) -> House:
    """Plan, calendar (of the months `first` to `last`), accounts and categories. Up to five queries."""
    today = today or household.today()
    plan = plan_of(household)
    now = household.month_of(today).index
    first, last = (now if first is None else first), (now if last is None else last)
    calendar = Calendar(household, plan, min(first, plan.first_month), last, today)
    if accounts is None:
        accounts = list(Account.objects.for_household(household))
    rows = Category.objects.for_household(household).select_related("budget_plan")
    categories = {category.pk: category for category in rows}
    plans = {pk: c.budget_plan for pk, c in categories.items() if hasattr(c, "budget_plan")}
    moved = moved_refunds(household, calendar)
    return House(household, plan, calendar, accounts, categories, plans, moved)
