"""Fill a month by itself: from averages, or from the templates of its categories."""

from collections.abc import Mapping

from accounts.models import Household, User
from budget import envelope
from budget.house import house_of
from budget.models import BudgetPlan, CategoryPlan
from budget.month import budget_month, expense_keys
from budget.proposals import AVERAGE, Offer, Wish, propose
from budget.reading import read_activity
from budget.services.amounts import fill
from core.months import Month
from ledger.models import CategoryKind

Period = CategoryPlan.Period


def set_to_average(
    *,
    household: Household,
    month: Month,
    months: int,
    by: User | None,
    overwrite: bool = False,
) -> int:
    """Budget what was spent (and expect what came in) on average in the `months` months before.

    Months before the household's first transaction are not counted. Yearly categories stay as they
    are. Returns how many amounts were set.
    """
    house, spent, count = _history(household, month, months)
    weeks = sum(
        envelope.weeks_beginning(span.start, span.end)
        for span in (house.calendar.span(month.index - back) for back in range(1, count + 1))
    )
    amounts = {}
    for key in _fillable(house):
        plan = house.plans.get(key)
        period = plan.period if plan else Period.MONTH
        total = spent.get(key, 0) if house.is_income(key) else -spent.get(key, 0)
        if period == Period.YEAR or total <= 0:
            continue
        amounts[key] = envelope.mean(total, max(1, weeks if period == Period.WEEK else count))
    return fill(household=household, month=month, amounts=amounts, by=by, overwrite=overwrite)


def _fillable(house) -> list[int]:
    income = [
        pk
        for pk, one in house.categories.items()
        if one.group.kind == CategoryKind.INCOME and not one.is_archived
    ]
    return [*expense_keys(house), *income]


def _history(household: Household, month: Month, months: int) -> tuple:
    """(house, sums by category, how many of the months are counted)."""
    indexes = list(range(month.index - months, month.index))
    house = house_of(household, indexes[0], month.index)
    activity = read_activity(household, house.calendar, house.accounts, indexes, house.moved)
    per_month = {index: activity.counted(index) for index in indexes}
    known = [index for index in indexes if per_month[index] or activity.transfers[index].count]
    count = month.index - known[0] if known else 0
    spent: dict[int, int] = {}
    for sums in per_month.values():
        for key, amount in sums.items():
            spent[key] = spent.get(key, 0) + amount
    return house, spent, count


def apply_templates(
    *, household: Household, month: Month, by: User | None, overwrite: bool = False
) -> int:
    """Budget what the categories' templates say. Returns how many amounts were set.

    What is set already stays unless `overwrite`, and the templates share what it leaves.
    """
    amounts = proposed(household, month, overwrite)
    return fill(household=household, month=month, amounts=amounts, by=by, overwrite=overwrite)


def proposed(household: Household, month: Month, overwrite: bool) -> Mapping[int, int]:
    """What `apply_templates` would set, by category."""
    answer = budget_month(household, month)
    last = budget_month(household, month - 1)
    house = house_of(household, month.index, month.index)
    wishes, freed = [], 0
    for key in expense_keys(house):
        plan, line = house.plans.get(key), answer.lines.get(key)
        is_set = line is not None and line.typed is not None
        if plan is None or not plan.template or line is None or (is_set and not overwrite):
            continue
        freed += line.budgeted
        before = last.lines.get(key)
        spent, count = 0, 1
        if plan.template == AVERAGE:
            _house, sums, count = _history(household, month, max(1, plan.template_number))
            spent = -sums.get(key, 0)
        wishes.append(
            Wish(
                key,
                plan.template,
                plan.template_amount,
                plan.template_number,
                plan.target_on,
                line.carried,
                (before.typed if before else 0) or 0,
                max(0, spent),
                count,
                plan.period == Period.WEEK,
            )
        )
    income = max(answer.income.budgeted, answer.income.spent)
    is_limited = answer.plan.method == BudgetPlan.Method.ENVELOPES
    others = sum(group.budgeted for group in answer.groups)
    pool = answer.to_assign + freed if is_limited else income - others + freed
    weeks = envelope.weeks_beginning(answer.period.start, answer.period.end)
    return propose(wishes, Offer(month, weeks, income, pool, is_limited))
