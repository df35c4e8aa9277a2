"""How a household budgets: its method, periods and categories."""

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household
from budget.errors import BudgetError, ForeignCategoryError
from budget.house import plan_of
from budget.models import BudgetMonth, BudgetPlan, CategoryPlan
from budget.periods import usual_pay_day
from ledger.models import Category
from ledger.services.acts import lock

_PLAN = frozenset(
    "method period pay_day_payee pay_day_least pay_day first_month near_percent large_amount".split()
)
_CATEGORY = frozenset(
    "carry period template template_amount template_number target_on near_percent is_hidden note".split()
)


def plan_for(household: Household) -> BudgetPlan:
    """The household's plan, made on first use."""
    plan = plan_of(household)
    if plan.pk is None:
        plan, _is_new = BudgetPlan.objects.get_or_create(
            household=household, defaults={"first_month": plan.first_month}
        )
    return plan


@atomic
def change_plan(*, household: Household, **changes) -> BudgetPlan:
    """Change how the household budgets. Raises BudgetError with the reason.

    Who changes to envelopes begins with them this month unless `first_month` says otherwise; a new
    payee of the salary brings its usual pay-day unless `pay_day` is given.
    """
    if unknown := changes.keys() - _PLAN:
        raise TypeError(f"change_plan does not change {', '.join(sorted(unknown))}")
    lock(household)
    plan = plan_for(household)
    payee = changes.get("pay_day_payee", plan.pay_day_payee)
    if payee is not None and payee.household_id != household.pk:
        raise ForeignCategoryError
    was = plan.method
    for name, value in changes.items():
        setattr(plan, name, value)
    if plan.method != was and plan.method == plan.Method.ENVELOPES and "first_month" not in changes:
        plan.first_month = household.current_month().index
    if payee and "pay_day" not in changes and {"pay_day_payee", "pay_day_least"} & changes.keys():
        plan.pay_day = usual_pay_day(household, payee, plan.pay_day_least, household.today())
    if plan.period == plan.Period.PAY_DAY and payee is None:
        raise BudgetError(_("Say who pays your salary: periods follow it."))
    plan.version += 1
    plan.save()
    return plan


@atomic
def set_category_plan(*, category: Category, **changes) -> CategoryPlan:
    """Change how a category is budgeted. Amounts that were typed keep their period."""
    if unknown := changes.keys() - _CATEGORY:
        raise TypeError(f"set_category_plan does not change {', '.join(sorted(unknown))}")
    lock(category.household)
    plan_for(category.household)
    plan, _is_new = CategoryPlan.objects.get_or_create(
        household=category.household, category=category
    )
    for name, value in changes.items():
        setattr(plan, name, value)
    plan.save()
    BudgetPlan.objects.filter(household=category.household).update(version=F("version") + 1)
    return plan


def touch_month(household: Household, month: int) -> int:
    """Another version of a month: what was worked out from it is worked out anew. Returns it.

    Versions of amounts are taken from here, so that none comes twice. The caller holds the lock.
    """
    row, is_new = BudgetMonth.objects.get_or_create(household=household, month=month)
    if not is_new:
        row.version += 1
        row.save(update_fields=["version"])
    return row.version


@atomic
def set_month_note(*, household: Household, month: int, note: str) -> None:
    """What the household wants to remember of a month."""
    lock(household)
    touch_month(household, month)
    BudgetMonth.objects.filter(household=household, month=month).update(note=note)
