"""A household with a budget for tests."""

from accounts.tests.factories import HouseholdFactory
from budget.models import BudgetPlan
from budget.services.plans import change_plan
from core.months import Month
from ledger.models import CategoryKind
from ledger.tests.factories import AccountFactory, CategoryFactory, CategoryGroupFactory

NOVEMBER = Month.of(2026, 11)


def make_budget(household=None, method=BudgetPlan.Method.LIMITS, first=NOVEMBER, **facts):
    """(household, account, income category, [spending categories]) with a plan from `first` on."""
    household = household or HouseholdFactory(time_zone="UTC")
    change_plan(household=household, method=method, first_month=first.index, **facts)
    income_group = CategoryGroupFactory(household=household, kind=CategoryKind.INCOME)
    group = CategoryGroupFactory(household=household)
    salary = CategoryFactory(household=household, group=income_group, name="Salary")
    spending = [
        CategoryFactory(household=household, group=group, name=name)
        for name in ("Food", "Fun", "Rent")
    ]
    return household, AccountFactory(household=household), salary, spending
