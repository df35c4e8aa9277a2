"""What a month page is drawn from. Amounts are minor units of the household's base currency;
`spent` is positive for money that went out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from budget.models import BudgetAmount, BudgetMonth, BudgetPlan, CategoryPlan
from budget.periods import Period
from core.explanation import Explanation
from ledger.models import Account, Category, CategoryGroup

NONE, OK, NEAR, OVER = "none", "ok", "near", "over"


@dataclass(frozen=True, slots=True)
class Line:
    """One category in the month. `key` is its number, 0 for money out without a category."""

    key: int
    category: Category | None
    period: str
    typed: int | None
    """The amount as it was typed: of a week, a month or a year."""
    version: int
    note: str
    carried: int
    budgeted: int
    spent: int
    booked: int
    """As it was booked: with the others' part of what is shared, refunds where they came."""
    pending: int
    count: int
    available: int
    last_month: int
    last_year: int
    average: int
    projected: int | None
    week_left: int | None
    near_percent: int
    url: str
    is_income: bool = False
    is_envelope: bool = False
    """Whether spending without a budget overspends it."""
    target: tuple[int, dt.date] | None = None
    """What is saved up, and by when."""

    @property
    def limit(self) -> int:
        """What there was to spend: carried over and budgeted."""
        return self.carried + self.budgeted

    @property
    def bar_max(self) -> int:
        return max(self.limit, self.spent, 1)

    @property
    def bar_value(self) -> int:
        return max(0, self.spent)

    @property
    def is_budgeted(self) -> bool:
        return self.typed is not None or self.limit != 0 or (self.is_envelope and self.spent > 0)

    @property
    def state(self) -> str:
        """none, ok, near or over."""
        if self.is_income or not self.is_budgeted:
            return NONE
        if self.available < 0:
            return OVER
        is_near = self.limit > 0 and self.spent * 100 >= self.limit * self.near_percent
        return NEAR if is_near and self.available else OK

    @property
    def differs(self) -> bool:
        """Whether the budget counts something else than was booked."""
        return self.booked != self.spent


@dataclass(frozen=True, slots=True)
class Group:
    """A group of categories with its sums."""

    group: CategoryGroup | None
    lines: Sequence[Line]

    @property
    def pk(self) -> int:
        return self.group.pk if self.group else 0

    @property
    def budgeted(self) -> int:
        return sum(line.budgeted for line in self.lines)

    @property
    def spent(self) -> int:
        return sum(line.spent for line in self.lines)

    @property
    def available(self) -> int:
        return sum(line.available for line in self.lines)

    @property
    def last_month(self) -> int:
        return sum(line.last_month for line in self.lines)

    @property
    def last_year(self) -> int:
        return sum(line.last_year for line in self.lines)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the page's head."""

    key: str
    label: str
    amount: int
    text: str
    note: str
    explanation: Explanation
    tone: str = ""


@dataclass(frozen=True)
class BudgetMonthAnswer:
    """One month of a budget."""

    plan: BudgetPlan
    period: Period
    row: BudgetMonth
    currency: str
    today: dt.date
    accounts: Sequence[Account]
    answer: str
    tone: str
    projection: str
    figures: Sequence[Figure]
    assign: Figure | None
    """What is to be assigned; in envelopes only."""
    groups: Sequence[Group]
    income: Group
    to_assign: int
    """After what is kept for next month; in envelopes only."""
    total: int
    """To assign, kept and in envelopes: what the accounts on budget hold at the month's end."""
    overspent_before: int
    """Overspent in the month before and taken from what is to be assigned; at most zero."""
    age_days: int | None
    is_current: bool
    lines: dict[int, Line] = field(default_factory=dict)

    @property
    def month(self):
        return self.period.month

    @property
    def by_envelopes(self) -> bool:
        return self.plan.method == BudgetPlan.Method.ENVELOPES

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is budgeted."""
        return not any(line.typed is not None or line.limit for line in self.lines.values())

    def figure(self, key: str) -> Figure | None:
        """The figure of the head named `key`."""
        known = [*self.figures, *([self.assign] if self.assign else [])]
        return next((one for one in known if one.key == key), None)

    def group_of(self, key: int) -> Group | None:
        """The group that the line `key` stands in."""
        for group in (*self.groups, self.income):
            if any(line.key == key for line in group.lines):
                return group
        return None


PERIODS = CategoryPlan.Period


def typed_in(amount: BudgetAmount | None) -> int | None:
    """The amount as typed, None where nothing was."""
    return None if amount is None else amount.amount
