"""Set amounts, copy them, move money between envelopes. Amounts are minor units of the base currency."""

from collections.abc import Mapping

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household, User
from budget import envelope
from budget.errors import (
    AmountConflictError,
    BeforeTheFirstMonthError,
    BudgetError,
    ForeignCategoryError,
    MoveError,
)
from budget.models import (
    BudgetAmount,
    BudgetMonth,
    BudgetMove,
    BudgetPlan,
    CategoryPlan,
)
from budget.services.plans import plan_for, touch_month
from core.money import MAX_MINOR
from core.months import Month
from ledger.models import Category
from ledger.services.acts import lock

Period = CategoryPlan.Period


def set_amount(
    *,
    household: Household,
    category: Category,
    month: Month,
    amount: int | None,
    by: User | None,
    version: int | None = None,
    note: str | None = None,
) -> BudgetAmount | None:
    """Budget `amount` for `category` (None takes it back), for the period that the category has.

    `version` is the one that the person saw (0: there was none). Raises AmountConflictError when
    somebody else has typed another amount since, BeforeTheFirstMonthError, ForeignCategoryError.
    """
    if category.household_id != household.pk:
        raise ForeignCategoryError
    if amount is not None and not 0 <= amount <= MAX_MINOR:
        raise BudgetError(_("Enter an amount of zero or more."))
    with atomic():
        lock(household)
        _begin(household, month.index)
        row = _row_of(category, month.index)
        known = row.version if row else 0
        if version is not None and version != known and (row.amount if row else None) != amount:
            raise AmountConflictError(row)
        if row is None and amount is None:
            return None
        if row is not None and amount is None:
            touch_month(household, row.month)
            row.delete()
            return None
        return _write(household, category, row, _place(category, month.index), amount, by, note)


def _period(category: Category) -> str:
    plan = CategoryPlan.objects.filter(category=category).first()
    return plan.period if plan else Period.MONTH


def _row_of(category: Category, index: int) -> BudgetAmount | None:
    """The amount that counts for this month: its own, or of a yearly category the year's."""
    rows = BudgetAmount.objects.filter(category=category)
    if _period(category) == Period.YEAR:
        year = envelope.year_of(index)
        yearly = rows.filter(period=Period.YEAR, month__range=(year[0], index))
        if found := yearly.order_by("-month").first():
            return found
    return rows.filter(month=index).first()


def _place(category: Category, index: int) -> int:
    """Where a new amount stands: a year's in the year's first month, where that is free."""
    if _period(category) != Period.YEAR:
        return index
    first = envelope.year_of(index)[0]
    taken = BudgetAmount.objects.filter(category=category, month__range=(first, index - 1))
    plan = BudgetPlan.objects.get(household=category.household_id)
    return index if taken.exists() else min(index, max(first, plan.first_month))


def _write(household, category, row, place, amount, by, note) -> BudgetAmount:
    if row is None:
        row = BudgetAmount(household=household, category=category, month=place, version=0)
        row.period = _period(category)
    elif row.period != Period.YEAR:
        row.period = _period(category)
    row.amount, row.edited_by = amount, by
    row.version = touch_month(household, row.month)
    if note is not None:
        row.note = note
    row.save()
    return row


def _begin(household: Household, index: int) -> BudgetPlan:
    """The plan, begun early enough for an amount in this month. Raises BeforeTheFirstMonthError."""
    plan = plan_for(household)
    if index < plan.first_month:
        if plan.method == plan.Method.ENVELOPES:
            raise BeforeTheFirstMonthError
        plan.first_month = index
        plan.version += 1
        plan.save(update_fields=["first_month", "version"])
    return plan


@atomic
def fill(
    *,
    household: Household,
    month: Month,
    amounts: Mapping[int, int],
    by: User | None,
    overwrite: bool = False,
) -> int:
    """Set many amounts at once, by category number; those that are set stay unless `overwrite`.

    Returns how many were set.
    """
    lock(household)
    _begin(household, month.index)
    categories = {c.pk: c for c in Category.objects.filter(household=household, pk__in=amounts)}
    filled = 0
    for pk, category in categories.items():
        row = _row_of(category, month.index)
        if row is not None and (not overwrite or row.amount == amounts[pk]):
            continue
        place = row.month if row else _place(category, month.index)
        _write(household, category, row, place, max(0, amounts[pk]), by, None)
        filled += 1
    return filled


def copy_month(
    *, household: Household, source: Month, target: Month, by: User | None, overwrite: bool = False
) -> int:
    """Budget in `target` what was budgeted in `source`. Returns how many amounts were set.

    Yearly amounts count on by themselves within their year, and are copied into the next one.
    """
    rows = list(BudgetAmount.objects.filter(household=household, month=source.index))
    amounts = {row.category_id: row.amount for row in rows if row.period != Period.YEAR}
    old, new = envelope.year_of(source.index), envelope.year_of(target.index)
    if old != new:
        yearly = BudgetAmount.objects.filter(
            household=household, period=Period.YEAR, month__range=(old[0], old[-1])
        )
        amounts |= {row.category_id: row.amount for row in yearly}
    return fill(household=household, month=target, amounts=amounts, by=by, overwrite=overwrite)


@atomic
def move_money(
    *,
    household: Household,
    month: Month,
    source: Category | None,
    target: Category | None,
    amount: int,
    by: User | None,
) -> BudgetMove:
    """Move money from one envelope to another; None stands for what is to be assigned.

    Raises MoveError, BeforeTheFirstMonthError, ForeignCategoryError.
    """
    lock(household)
    _begin(household, month.index)
    if amount <= 0 or amount > MAX_MINOR or source == target:
        raise MoveError
    version = touch_month(household, month.index)
    for category, change in ((source, -amount), (target, amount)):
        if category is not None:
            _change(household, category, month.index, change, version, by)
    return BudgetMove.objects.create(
        household=household,
        month=month.index,
        source=source,
        target=target,
        amount=amount,
        moved_by=by,
    )


def _change(
    household: Household, category: Category, index: int, change: int, version: int, by
) -> None:
    if category.household_id != household.pk:
        raise ForeignCategoryError
    if category.group.kind != "expense":
        raise MoveError(_("Income has no envelope: assign it from what is to be assigned."))
    row, _is_new = BudgetAmount.objects.get_or_create(
        household=household, category=category, month=index, defaults={"version": 0}
    )
    if row.period != Period.MONTH:
        raise MoveError(
            _("%(name)s is budgeted by week or year. Change its amount instead.")
            % {"name": category.name}
        )
    BudgetAmount.objects.filter(pk=row.pk).update(
        amount=F("amount") + change, version=version, edited_by=by
    )


@atomic
def hold(*, household: Household, month: Month, amount: int) -> None:
    """Keep so much of what is to be assigned for next month. Raises BudgetError."""
    if not 0 <= amount <= MAX_MINOR:
        raise BudgetError(_("Enter an amount of zero or more."))
    lock(household)
    _begin(household, month.index)
    touch_month(household, month.index)
    BudgetMonth.objects.filter(household=household, month=month.index).update(held=amount)
