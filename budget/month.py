"""One month of a budget: every category, what was planned, what was spent, what is left, and why."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from accounts.models import Household
from budget import envelope
from budget.adjustments import UNSORTED_IN, UNSORTED_OUT
from budget.closing import budgeted_in, closing_before, facts_of
from budget.envelope import Envelope, Worked
from budget.explaining import Explaining
from budget.figures import BudgetMonthAnswer, Group, Line
from budget.house import House, house_of, plan_of
from budget.models import BudgetAmount, BudgetMonth, CategoryPlan
from budget.pace import age_of_money, running
from budget.periods import Calendar
from budget.reading import Activity, Tally, read_activity
from core.months import Month
from ledger.models import Account, Category, CategoryKind

BACK = (12, 3, 2, 1, 0)
"""Months before that are read with a month: the year before for comparison, three for averages."""


def budget_month(
    household: Household,
    month: Month,
    *,
    today: dt.date | None = None,
    accounts: Sequence[Account] | None = None,
) -> BudgetMonthAnswer:
    """Everything that the month page shows. Eleven queries at most, however many months are before."""
    house = house_of(household, month.index - 12, month.index, today=today, accounts=accounts)
    return _Month(house, month.index).answer()


def current_month(household: Household, today: dt.date | None = None) -> Month:
    """The month of the budget that today lies in."""
    today = today or household.today()
    now = household.month_of(today).index
    return Month(Calendar(household, plan_of(household), now, now, today).current)


class _Month:
    """Reads what a month needs, then works it out."""

    def __init__(self, house: House, index: int):
        self.house, self.index = house, index
        self.household, self.calendar = house.household, house.calendar
        self.by_envelopes = house.plan.method == house.plan.Method.ENVELOPES
        self.list = reverse("ledger:transaction_list")
        self.period = house.calendar.span(index)
        self.today = house.calendar.today
        self.is_current = self.today in self.period
        self.before = closing_before(house, index)
        self.amounts = self._amounts()
        self.activity: Activity = read_activity(
            self.household,
            self.calendar,
            house.accounts,
            [index - back for back in BACK],
            house.moved,
            with_left_out=True,
        )
        self.counted = {back: self.activity.counted(index - back) for back in BACK}
        rows = BudgetMonth.objects.filter(household=self.household, month=index)
        self.row = rows.first() or BudgetMonth(household=self.household, month=index, version=0)

    def _amounts(self) -> dict[int, BudgetAmount]:
        """What was typed for this month: a month's or week's own, or the year's that covers it."""
        year = CategoryPlan.Period.YEAR
        first = envelope.year_of(self.index)[0]
        rows = BudgetAmount.objects.filter(
            Q(month=self.index) | Q(period=year, month__range=(first, self.index)),
            household=self.household,
        ).order_by("month")
        found: dict[int, BudgetAmount] = {}
        for row in rows:
            plan = self.house.plans.get(row.category_id)
            is_yearly = plan is not None and plan.period == year
            if row.month == self.index or is_yearly:
                found[row.category_id] = row
        self._rows = list(rows)  # read above
        return found

    def answer(self) -> BudgetMonthAnswer:
        # A year's amount counts in the month that it stands in, not in each one that it covers.
        first = self.index == self.house.plan.first_month
        rows = [row for row in self._rows if row.month == self.index or first]
        budgeted, _within = budgeted_in(rows, self.calendar, self.index, self.index)
        mine = budgeted[self.index]
        facts = facts_of(self.house, self.activity, self.index, mine)
        worked = envelope.work(self.before, facts)
        self.budgeted = mine
        self.later, self.week = running(self) if self.is_current else (None, {})
        groups, income = self._groups(worked)
        lines = {line.key: line for group in (*groups, income) for line in group.lines}
        said = Explaining(self, worked, groups, income)
        return BudgetMonthAnswer(
            plan=self.house.plan,
            period=self.period,
            row=self.row,
            currency=self.household.base_currency,
            today=self.today,
            accounts=self.house.accounts,
            answer=said.answer(),
            tone=said.tone,
            projection=said.projection(),
            figures=said.figures(),
            assign=said.assign(),
            groups=groups,
            income=income,
            to_assign=worked.to_assign - self.row.held,
            total=worked.total,
            overspent_before=worked.before.overspent,
            age_days=age_of_money(self, worked.total) if said.by_envelopes else None,
            is_current=self.is_current,
            lines=lines,
        )

    def _groups(self, worked: Worked) -> tuple[list[Group], Group]:
        """The groups of spending with their lines, and what came in."""
        groups: dict[int, list[Line]] = {}
        income: list[Line] = []
        for category in self.house.categories.values():
            if not self._is_shown(category, worked):
                continue
            line = self._line(category.pk, category, worked)
            if line.is_income:
                income.append(line)
            else:
                groups.setdefault(category.group_id, []).append(line)
        found = [Group(lines[0].category.group, lines) for lines in groups.values()]
        for key, lines in ((UNSORTED_OUT, found), (UNSORTED_IN, income)):
            if any(key in self.counted[back] for back in (0, 1)):
                line = self._line(key, None, worked)
                if key == UNSORTED_OUT:
                    lines.append(Group(None, [line]))
                else:
                    lines.append(line)
        return found, Group(None, income)

    def _is_shown(self, category: Category, worked: Worked) -> bool:
        if self.counted[0].get(category.pk) or self.budgeted.get(category.pk):
            return True
        if (one := worked.envelopes.get(category.pk)) and (one.carried or one.available):
            return True
        plan = self.house.plans.get(category.pk)
        return not category.is_archived and not (plan and plan.is_hidden)

    def _line(self, key: int, category: Category | None, worked: Worked) -> Line:
        is_income = self.house.is_income(key)
        sign = 1 if is_income else -1
        spent = sign * self.counted[0].get(key, 0)
        tally = self.activity.booked[self.index].get(key) or Tally()
        plan = self.house.plans.get(key)
        amount = self.amounts.get(key)
        if is_income or category is None:
            budgeted = self.budgeted.get(key, 0)
            one = Envelope(0, budgeted, -spent)
        else:
            one = worked.envelopes.get(key) or Envelope()
        return Line(
            key=key,
            category=category,
            period=amount.period
            if amount
            else (plan.period if plan else CategoryPlan.Period.MONTH),
            typed=None if amount is None else amount.amount,
            version=amount.version if amount else 0,
            note=amount.note if amount else "",
            carried=one.carried,
            budgeted=one.budgeted,
            spent=spent,
            booked=sign * tally.amount,
            pending=sign * tally.pending,
            count=tally.count,
            available=one.available,
            last_month=sign * self.counted[1].get(key, 0),
            last_year=sign * self.counted[12].get(key, 0),
            average=self._average(key, sign),
            projected=None if self.later is None or is_income else spent + self.later.get(key, 0),
            week_left=self._week_left(key, amount),
            near_percent=(plan and plan.near_percent) or self.house.plan.near_percent,
            url=self.link(key),
            is_income=is_income,
            is_envelope=self.by_envelopes and category is not None and not is_income,
            target=self._target(plan),
        )

    def _average(self, key: int, sign: int) -> int:
        """Of the three months before, counting those in which there was anything at all."""
        months = [self.counted[back] for back in (1, 2, 3) if self.counted[back]]
        if not months:
            return 0
        return envelope.mean(sign * sum(one.get(key, 0) for one in months), len(months))

    def _target(self, plan: CategoryPlan | None) -> tuple[int, dt.date] | None:
        if plan is None or plan.template != plan.Template.BY_DATE or plan.target_on is None:
            return None
        return plan.template_amount, plan.target_on

    def _week_left(self, key: int, amount: BudgetAmount | None) -> int | None:
        if amount is None or amount.period != CategoryPlan.Period.WEEK or not self.is_current:
            return None
        return amount.amount + self.week.get(key, 0)

    def link(self, key: int) -> str:
        """The transactions of a category in this month."""
        query = f"category={key if key > 0 else 'none'}&scope=on_budget"
        if key <= 0:
            query += f"&direction={'in' if key == UNSORTED_IN else 'out'}&kind=ordinary"
        return self.list_url(query)

    def list_url(self, query: str) -> str:
        """The list of transactions of this month with more of a filter."""
        if self.calendar.by_pay_day:
            return f"{self.list}?from={self.period.start}&to={self.period.last}&{query}"
        return f"{self.list}?month={self.period.month}&{query}"


def expense_keys(house: House) -> list[int]:
    """The spending categories that new budgets are made for."""
    return [
        pk
        for pk, one in house.categories.items()
        if one.group.kind == CategoryKind.EXPENSE
        and not one.is_archived
        and not (pk in house.plans and house.plans[pk].is_hidden)
    ]
