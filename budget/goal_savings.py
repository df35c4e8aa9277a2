"""What is there for each goal at the ends of months, wherever its money is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Sum

from accounts.models import Household
from budget.closing import closing_before
from budget.house import house_of
from budget.models import Goal, GoalEntry
from budget.month import budget_month
from core.months import Month
from ledger.balances import AccountBalance, account_balances, balance_curves
from ledger.models import Account

LINK = Goal.Link


@dataclass(frozen=True, slots=True)
class Earmarks:
    """An account that goals have parts of: its balance, what is set aside of it, what is free."""

    account: Account
    balance: int
    set_aside: int
    goals: int

    @property
    def free(self) -> int:
        return self.balance - self.set_aside

    @property
    def missing(self) -> int:
        """What is set aside and not there."""
        return max(0, -self.free)


@dataclass(frozen=True, slots=True)
class Savings:
    """`points` by goal: amounts at the ends of consecutive months, the last one being now."""

    current: int
    """The month (core.months.Month.index) of the last point."""
    points: dict[int, tuple[int, ...]]
    worth: tuple[int, ...]
    earmarks: list[Earmarks]


def read_savings(household: Household, goals: Iterable[Goal], months: int) -> Savings:
    """The last `months` month ends of each goal. Four queries, and some for each month when goals
    are linked to envelopes. A goal without its link has nothing."""
    goals = list(goals)
    current = household.current_month().index
    balances = account_balances(household, household.today())
    curves = {curve.account.pk: curve for curve in balance_curves(household, balances, months)}
    worth = net_worth_points(household, curves.values(), months)
    entries = _entry_points(household, goals, current, months)
    envelopes = {}
    if any(goal.link == LINK.ENVELOPE and goal.is_linked for goal in goals):
        envelopes = envelope_points(household, range(current - months + 1, current + 1))
    nothing = (0,) * months
    points = {}
    for goal in goals:
        if not goal.is_linked:
            points[goal.pk] = nothing
        elif goal.link == LINK.ACCOUNT:
            points[goal.pk] = curves[goal.account_id].balances
        elif goal.link == LINK.PART:
            points[goal.pk] = entries.get(goal.pk, nothing)
        elif goal.link == LINK.ENVELOPE:
            points[goal.pk] = envelopes.get(goal.category_id, nothing)
        else:
            points[goal.pk] = worth
    return Savings(current, points, worth, _earmarks(balances, goals, points))


def net_worth_points(household: Household, curves, months: int) -> tuple[int, ...]:
    """All accounts in the household's currency together, as the overview counts net worth."""
    mine = [c.balances for c in curves if c.account.currency == household.base_currency]
    return tuple(sum(values) for values in zip(*mine, strict=True)) or (0,) * months


def _entry_points(
    household: Household, goals: Sequence[Goal], current: int, months: int
) -> dict[int, tuple[int, ...]]:
    parts = [goal.pk for goal in goals if goal.link == LINK.PART]
    if not parts:
        return {}
    moved: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    rows = GoalEntry.objects.filter(household=household, goal__in=parts).order_by()
    for goal_id, on, amount in rows.values_list("goal_id", "on").annotate(Sum("amount")):
        moved[goal_id][household.month_of(on).index] += amount
    found = {}
    first = current - months + 1
    for goal_id, by_month in moved.items():
        running = sum(amount for month, amount in by_month.items() if month < first)
        points = []
        for month in range(first, current + 1):
            running += by_month.get(month, 0)
            points.append(running)
        found[goal_id] = tuple(points)
    return found


def envelope_points(household: Household, indexes: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """By category, what its envelope kept at the end of each month; of the last one: available now."""
    house = house_of(household, indexes[0], indexes[-1])
    ends = [closing_before(house, index + 1).carried for index in indexes[:-1]]
    now = budget_month(household, Month(indexes[-1]), accounts=house.accounts)
    ends.append({key: line.available for key, line in now.lines.items()})
    keys = {key for end in ends for key in end}
    return {key: tuple(end.get(key, 0) for end in ends) for key in keys}


def _earmarks(
    balances: Sequence[AccountBalance], goals: Sequence[Goal], points: dict[int, tuple[int, ...]]
) -> list[Earmarks]:
    """The accounts that have parts set aside, in their order."""
    parts: dict[int, list[int]] = defaultdict(list)
    for goal in goals:
        if goal.link == LINK.PART and goal.is_linked and not goal.is_archived:
            parts[goal.account_id].append(points[goal.pk][-1])
    return [
        Earmarks(
            item.account, item.balance, sum(parts[item.account.pk]), len(parts[item.account.pk])
        )
        for item in balances
        if item.account.pk in parts
    ]
