"""What a month takes over from all months before it, kept so that history costs nothing.

A closing is kept under a fingerprint of everything that it is made of: the writes of the months'
transactions (`ledger.MonthStamp`), the edits of the budget's months (`BudgetMonth.version`), and the
plan, accounts, categories, rates, pay-days and moved refunds themselves. The fingerprint is read
before the figures; what changed in between belongs to a newer fingerprint. So nothing stale is ever
found, and nothing has to be thrown away by those who write.

Services that write read what they need first: a closing must not be kept within a database
transaction that has changed something and may yet be rolled back.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, F, Max, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Household
from budget import envelope
from budget.adjustments import REFUND, SHARED, UNSORTED_IN, UNSORTED_OUT, Adjustment
from budget.envelope import Closing, Facts
from budget.models import BudgetAmount, BudgetMonth, BudgetPlan, CategoryPlan
from budget.periods import Calendar
from budget.reading import Activity, opening_money, read_activity
from currencies.models import Rate
from ledger.models import Account, Category, CategoryKind, MonthStamp

KEEP = 60 * 60 * 24 * 30


@dataclass(frozen=True)
class House:
    """What does not belong to one month: read once for an answer."""

    household: Household
    plan: BudgetPlan
    calendar: Calendar
    accounts: Sequence[Account]
    categories: dict[int, Category]
    plans: dict[int, CategoryPlan]
    moved: Sequence[Adjustment]

    def is_income(self, key: int) -> bool:
        """Whether the category is one that money comes from."""
        if key in (UNSORTED_IN, UNSORTED_OUT):
            return key == UNSORTED_IN
        return self.categories[key].group.kind == CategoryKind.INCOME

    def carry(self, key: int) -> str:
        """What of a category's rest is carried over."""
        chosen = self.plans[key].carry if key in self.plans else ""
        by_envelopes = self.plan.method == BudgetPlan.Method.ENVELOPES
        return chosen or (envelope.UNSPENT if by_envelopes else envelope.NONE)


def budgeted_in(amounts: Iterable[BudgetAmount], calendar: Calendar, first: int, last: int):
    """(what is budgeted, by month and category; the months within which a yearly rest just stays).

    Of the months `first` to `last`, both included; a year's amount that stands before `first`
    counts there.
    """
    budgeted: dict[int, dict[int, int]] = defaultdict(dict)
    within: set[tuple[int, int]] = set()
    for one in amounts:
        at, amount = one.month, one.amount
        if one.period == CategoryPlan.Period.YEAR:
            year = envelope.year_of(at)
            at = max(at, first)
            if at not in year:
                continue
            within.update((one.category_id, month) for month in range(at, year[-1]))
        elif one.period == CategoryPlan.Period.WEEK:
            span = calendar.span(at)
            amount *= envelope.weeks_beginning(span.start, span.end)
        if first <= at <= last:
            mine = budgeted[at]
            mine[one.category_id] = mine.get(one.category_id, 0) + amount
    return budgeted, within


def carry_in(house: House, within: set[tuple[int, int]], index: int) -> Callable[[int], str]:
    """What envelopes keep at the end of this month: a yearly one everything until its year ends."""
    return lambda key: envelope.ALL if (key, index) in within else house.carry(key)


def facts_of(house: House, activity: Activity, index: int, budgeted: dict[int, int]) -> Facts:
    """One month sorted into envelopes and money that is to be assigned."""
    spent: dict[int, int] = {}
    free = {"income": 0, "unsorted": 0}
    for key, amount in activity.counted(index).items():
        if key in (UNSORTED_IN, UNSORTED_OUT):
            free["unsorted"] += amount
        elif house.is_income(key):
            free["income"] += amount
        else:
            spent[key] = amount
    free["transfers"] = activity.transfers[index].amount
    for reason in (SHARED, REFUND):
        free[reason] = activity.adjusted(index, reason)
    envelopes = {key: amount for key, amount in budgeted.items() if not house.is_income(key)}
    return Facts(envelopes, spent, free)


def envelopes_balance(house: House) -> bool:
    """Whether what is to be assigned and the envelopes make what the accounts on budget hold.

    At the end of the running month, from the first month on and without what is kept.
    """
    index = max(house.calendar.current, house.plan.first_month)
    rest = _recompute(house, index + 1)
    total = rest.to_assign + rest.overspent + rest.returned + sum(rest.carried.values())
    held = opening_money(house.household, house.calendar, house.accounts, index + 1)
    return total == held


def closing_before(house: House, index: int) -> Closing:
    """What the month `index` takes over. Four queries when it is known, some more when not."""
    first = house.plan.first_month
    if house.plan.pk is None or index < first:
        return Closing({})
    key = _fingerprint(house, index)
    if (kept := cache.get(key)) is not None:
        return Closing(*kept)
    found = _recompute(house, index)
    cache.set(key, (dict(found.carried), found.to_assign, found.overspent, found.returned), KEEP)
    return found


def _recompute(house: House, index: int) -> Closing:
    """From the first month on, everything read at once."""
    first, last = house.plan.first_month, index - 1
    start = Closing({})
    if house.plan.method == BudgetPlan.Method.ENVELOPES:
        start = Closing({}, opening_money(house.household, house.calendar, house.accounts, first))
    if last < first:
        return start
    amounts = BudgetAmount.objects.filter(
        household=house.household, month__range=(envelope.year_of(first)[0], last)
    )
    budgeted, within = budgeted_in(amounts, house.calendar, first, last)
    months = range(first, index)
    activity = read_activity(house.household, house.calendar, house.accounts, months, house.moved)
    return envelope.roll(
        start,
        (
            (facts_of(house, activity, month, budgeted[month]), carry_in(house, within, month))
            for month in months
        ),
    )


def _fingerprint(house: House, index: int) -> str:
    household, plan, calendar = house.household, house.plan, house.calendar
    # A pay-day period has days of the months around it.
    reach = index + 1 if calendar.by_pay_day else index - 1
    facts = (
        _versions(household, reach, index - 1),
        (household.base_currency, household.first_month_day),
        (plan.method, plan.period, plan.first_month, plan.pay_day, plan.version),
        calendar.boundaries(plan.first_month, index),
        [
            (a.pk, a.currency, a.opening_balance, a.opened_on, a.is_off_budget)
            for a in house.accounts
        ],
        sorted((pk, one.group.kind) for pk, one in house.categories.items()),
        sorted((pk, one.carry) for pk, one in house.plans.items()),
        [(one.index, one.key, one.amount, one.reason) for one in house.moved],
        _rates(house),
    )
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()
    return f"budget:{household.pk}:{index}:{digest}"


def _versions(household: Household, rows_until: int, months_until: int) -> tuple:
    """How often transactions and the budget itself were written, up to these months. One query."""
    stamps = MonthStamp.objects.filter(household=OuterRef("pk"), month__lte=rows_until)
    edits = BudgetMonth.objects.filter(household=OuterRef("pk"), month__lte=months_until)
    return (
        Household.objects.filter(pk=household.pk)
        .values_list(
            Coalesce(Subquery(_sum(stamps, "stamp")), 0),
            Coalesce(Subquery(_sum(edits, "version")), 0),
        )
        .get()
    )


def _sum(rows, name: str):
    return rows.order_by().values("household").annotate(total=Sum(name)).values("total")


def _rates(house: House) -> tuple:
    """Rates that change or come make another one. No query where all is in one currency."""
    base = house.household.base_currency
    names = {a.currency for a in house.accounts if not a.is_off_budget} | {base}
    if len(names) == 1:
        return ()
    facts = Rate.objects.filter(currency__in=names).aggregate(
        Count("pk"), Max("pk"), Sum("per_euro"), weighed=Sum(F("per_euro") * F("pk"))
    )
    return tuple(str(value) for value in facts.values())
