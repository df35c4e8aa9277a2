"""From when to when a month of the budget is: the household's month, or from pay-day to pay-day.

A pay-day period begins with the first salary that came around its nominal day (the usual pay-day of
its month); where none has come, it begins on the nominal day, moved off a weekend as salaries of
that household were. While a salary is late, the old period goes on.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from statistics import median_low

from accounts.models import Household
from budget.models import BudgetPlan
from core.months import Month
from ledger.models import Payee, Transaction

HISTORY = 6
"""Periods before the first asked for that are looked at for how weekends are moved."""
DAY = dt.timedelta(days=1)
REACH = dt.timedelta(days=16)
"""A salary is at most so far from the nominal day of its period."""


@dataclass(frozen=True, slots=True)
class Period:
    """A month of the budget: its days from `start` to the day before `end`."""

    index: int
    start: dt.date
    end: dt.date
    is_predicted: bool = False
    """Whether the end is a guess: the salary that ends it has not come."""

    @property
    def month(self) -> Month:
        return Month(self.index)

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.end - DAY

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, day: dt.date) -> bool:
        return self.start <= day < self.end


class Calendar:
    """The periods of a household. Of months without a query, of pay-days with one."""

    def __init__(
        self, household: Household, plan: BudgetPlan, first: int, last: int, today: dt.date
    ):
        """Periods from index `first` to `last` can be asked for."""
        self.household, self.plan, self.today = household, plan, today
        self.by_pay_day = bool(plan.period == plan.Period.PAY_DAY and plan.pay_day_payee_id)
        if self.by_pay_day:
            today_index = self._nearest(today)
            first, last = min(first, today_index) - HISTORY, max(last, today_index) + 2
            self._read(first, last)

    def span(self, index: int) -> Period:
        """The period of this month index."""
        if not self.by_pay_day:
            day = self.household.first_month_day
            return Period(index, Month(index).start(day), Month(index).end(day))
        start, _known = self._start(index)
        end, known = self._start(index + 1)
        return Period(index, start, end, not known)

    def index_of(self, day: dt.date) -> int:
        """The index of the period that `day` lies in."""
        if not self.by_pay_day:
            return self.household.month_of(day).index
        index = self._nearest(day)
        while self._start(index)[0] > day:
            index -= 1
        while self._start(index + 1)[0] <= day:
            index += 1
        return index

    @property
    def current(self) -> int:
        """The index of today's period."""
        return self.index_of(self.today)

    def boundaries(self, first: int, last: int) -> tuple[str, ...]:
        """The starts of the periods from `first` to `last`, which all that is summed hangs on."""
        if not self.by_pay_day:
            return ()
        return tuple(str(self._start(index)[0]) for index in range(first, last + 1))

    def _nominal(self, index: int) -> dt.date:
        return Month(index).start(self.plan.pay_day)

    def _nearest(self, day: dt.date) -> int:
        """The index whose nominal day is nearest to `day`; the earlier of two that are as near."""
        index = Month.containing(day, self.plan.pay_day).index
        return min((index, index + 1), key=lambda i: abs((day - self._nominal(i)).days))

    def _read(self, first: int, last: int) -> None:
        days = salary_days(
            self.household,
            self.plan.pay_day_payee_id,
            self.plan.pay_day_least,
            self._nominal(first) - REACH,
            self._nominal(last) + REACH,
        )
        self._salaries: dict[int, dt.date] = {}
        later = earlier = 0
        for day in days:
            index = self._nearest(day)
            if index in self._salaries:
                continue  # a bonus: the period has begun
            self._salaries[index] = day
            nominal = self._nominal(index)
            if nominal.weekday() >= 5 and day != nominal:
                later += day > nominal
                earlier += day < nominal
        self._moves_on = later > earlier

    def _start(self, index: int) -> tuple[dt.date, bool]:
        """The first day of the period, and whether a salary says so."""
        if salary := self._salaries.get(index):
            return salary, True
        day = self._nominal(index)
        over = day.weekday() - 4  # 1 on Saturday, 2 on Sunday
        if over > 0:
            day += (3 - over) * DAY if self._moves_on else -over * DAY
        if day <= self.today and self._nearest(self.today) == index:
            day = self.today + DAY  # late: it may still come
        return day, False


def salary_days(
    household: Household, payee_id: int, least: int, first: dt.date, last: dt.date
) -> list[dt.date]:
    """The days on which `payee` paid at least `least` in the base currency, in order. One query."""
    rows = Transaction.objects.for_household(household).movements()
    return list(
        rows.filter(
            payee=payee_id,
            amount__gte=max(1, least),
            transfer=None,
            account__currency=household.base_currency,
            date__range=(first, last),
        )
        .order_by("date", "pk")
        .values_list("date", flat=True)
    )


def usual_pay_day(household: Household, payee: Payee, least: int, today: dt.date) -> int:
    """The day of the month (1 to 28) on which the salary came most typically within a year.

    The median of the days, the first days of a month counting as late ones where most are late.
    """
    days = salary_days(household, payee.pk, least, today - dt.timedelta(days=370), today)
    first_of: dict[tuple[int, int], int] = {}
    for day in days:
        first_of.setdefault((day.year, day.month), day.day)
    numbers = list(first_of.values())
    if not numbers:
        return household.first_month_day
    by_third = defaultdict(int)
    for number in numbers:
        by_third[number > 20] += 1
    if by_third[True] > by_third[False]:
        numbers = [number + 31 if number < 10 else number for number in numbers]
    usual = median_low(numbers)
    return min(usual if usual <= 31 else usual - 31, 28)
