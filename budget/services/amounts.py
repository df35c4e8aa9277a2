"""Set amounts, copy them, move money between envelopes. Amounts are minor units of the base currency."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import F
from django.db.transaction import atomic
from django.utils import timezone
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
        plan = _begin(household, month.index)
        known = _Known(plan, month.index, [category.pk])
        row = known.row(category.pk)
        seen = row.version if row else 0
        if version is not None and version != seen and (row.amount if row else None) != amount:
            raise AmountConflictError(row)
        if amount is None:
            if row is not None:
                touch_month(household, row.month)
                row.delete()
            return None
        row = known.written(category.pk, amount, by)
        if note is not None:
            row.note = note
        row.version = touch_month(household, row.month)
        row.save()
        return row


class _Known:
    """The amounts that some categories have for a month, read at once."""

    def __init__(self, plan: BudgetPlan, index: int, ids: Iterable[int]):
        self.plan, self.index = plan, index
        self.year = envelope.year_of(index)
        household = plan.household_id
        planned = CategoryPlan.objects.filter(household=household, category__in=ids)
        self.periods = dict(planned.values_list("category", "period"))
        self._rows: dict[int, list[BudgetAmount]] = defaultdict(list)
        for row in BudgetAmount.objects.filter(
            household=household, category__in=ids, month__range=(self.year[0], index)
        ).order_by("month"):
            self._rows[row.category_id].append(row)

    def period(self, key: int) -> str:
        return self.periods.get(key, Period.MONTH)

    def row(self, key: int) -> BudgetAmount | None:
        """The amount that counts: the month's own, or of a yearly category the year's."""
        rows = self._rows[key]
        if self.period(key) == Period.YEAR:
            yearly = [row for row in rows if row.period == Period.YEAR]
            if yearly:
                return yearly[-1]
        return rows[-1] if rows and rows[-1].month == self.index else None

    def written(self, key: int, amount: int, by: User | None) -> BudgetAmount:
        """The row with `amount`, new where there is none; not saved yet."""
        row = self.row(key)
        if row is None:
            row = BudgetAmount(
                household_id=self.plan.household_id, category_id=key, month=self._place(key)
            )
        row.period, row.amount, row.edited_by = self.period(key), amount, by
        return row

    def _place(self, key: int) -> int:
        """A year's amount stands in the year's first month, where nothing stands there yet."""
        if self.period(key) != Period.YEAR or self._rows[key]:
            return self.index
        return min(self.index, max(self.year[0], self.plan.first_month))


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
    plan = _begin(household, month.index)
    own = Category.objects.filter(household=household, pk__in=list(amounts))
    ids = list(own.order_by("pk").values_list("pk", flat=True))
    known = _Known(plan, month.index, ids)
    changed = []
    for key in ids:
        row = known.row(key)
        if row is None or (overwrite and row.amount != amounts[key]):
            changed.append(known.written(key, max(0, amounts[key]), by))
    versions = {at: touch_month(household, at) for at in {row.month for row in changed}}
    for row in changed:
        row.version = versions[row.month]
        row.edited_at = timezone.now()
    old = [row for row in changed if row.pk is not None]
    BudgetAmount.objects.bulk_create([row for row in changed if row.pk is None])
    names = ["amount", "period", "version", "edited_by", "edited_at"]
    BudgetAmount.objects.bulk_update(old, names)
    return len(changed)


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
