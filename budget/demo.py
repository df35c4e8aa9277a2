"""A believable budget for the demo household: limits of some months, one over, one near."""

import datetime as dt

from accounts.models import Household, User
from budget.models import CategoryPlan
from budget.month import budget_month
from budget.services.amounts import fill
from budget.services.plans import change_plan, set_category_plan
from core.months import Month
from ledger.models import Category

MONTHS = 6
_LIMITS = {
    "Rent and mortgage": 32_000,
    "Electricity and heating": 12_000,
    "Water and waste": 3_000,
    "Internet and phone": 6_000,
    "Furniture and repairs": 15_000,
    "Groceries": 80_000,
    "Eating out": 25_000,
    "Coffee and snacks": 13_000,
    "Fuel": 27_000,
    "Car and insurance": 36_000,
    "Public transport": 15_000,
    "Childcare and school": 39_000,
    "Children": 10_000,
    "Pets": 8_000,
    "Gifts and donations": 5_000,
    "Doctor and pharmacy": 8_000,
    "Sport": 4_000,
    "Body care": 12_000,
    "Holidays": 25_000,
    "Streaming and media": 3_500,
    "Hobbies and culture": 9_000,
    "Clothes": 20_000,
    "Electronics": 20_000,
    "Salary": 428_000,
    "Benefits and allowances": 25_000,
}
_BILLS = (
    "Rent and mortgage",
    "Electricity and heating",
    "Water and waste",
    "Internet and phone",
    "Car and insurance",
    "Childcare and school",
    "Sport",
    "Streaming and media",
)
_CARRY = ("Holidays", "Clothes", "Furniture and repairs")


def add_budget(household: Household, user: User, today: dt.date) -> None:
    """Budget the last months and the running one. Deterministic, as all of the demo household."""
    categories = {c.name: c for c in Category.objects.filter(household=household)}
    current = household.month_of(today)
    change_plan(household=household, first_month=current.index - MONTHS)
    for name in _CARRY:
        if name in categories:
            set_category_plan(category=categories[name], carry=CategoryPlan.Carry.UNSPENT)
    for name in _BILLS:  # the same every month: no use in a warning
        if name in categories:
            set_category_plan(category=categories[name], near_percent=100)
    amounts = {categories[n].pk: amount for n, amount in _LIMITS.items() if n in categories}
    for back in range(MONTHS, -1, -1):
        fill(household=household, month=current - back, amounts=amounts, by=user)
    _one_over_one_near(household, user, current, today)


def _one_over_one_near(household: Household, user: User, current: Month, today: dt.date) -> None:
    """Whatever the day: one category is over its limit, one is near it, the others hold."""
    wanted = {"Eating out": -1_740, "Coffee and snacks": 1_100}
    amounts = {}
    for line in budget_month(household, current, today=today).lines.values():
        if line.category is None or line.is_income or line.spent <= 0 or line.carried:
            continue
        change = wanted.get(line.category.name)
        if change is not None or line.available < 0:
            amount = max(500, line.spent + (2_000 if change is None else change))
            amounts[line.key] = amount - amount % 100  # people do not plan cents
    fill(household=household, month=current, amounts=amounts, by=user, overwrite=True)
