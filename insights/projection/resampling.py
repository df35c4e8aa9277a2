"""Courses of the days ahead, put together from pieces of the past.

Small movements are drawn in whole weeks that keep their weekdays, from weeks at about the same
place in the month. Large ones are drawn as whole months and stay on their day, so that a pay day
comes once a month and a month's end stays one. Every piece moves all accounts together: what went
together goes together, and a transfer leaves the sum as it was.
"""

import datetime as dt
import random
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from core.months import add_months
from insights.projection.shapes import History, Moved

WEEK = 7
NEAREST_WEEKS = 14
LEAST_MONTHS = 3
SAME_MONTH = (3, 4)
"""In three of four courses a month's large movements are those of the same month a year before, with
its holidays, presents and yearly invoices."""
KNOWN = 3
"""Quarters of the past that a course knows."""
RANK = 5
"""No movement counts as larger than the fifth largest: what was bought once is not bought again."""

_DAY = dt.timedelta(days=1)
Flows = dict[int, list[int]]


def tempered(moved: Iterable[Moved]) -> list[Moved]:
    """Movements cut to the size of the one of rank RANK, whichever way they went.

    Both sides of a transfer have one size, so they are cut alike. Fewer than RANK are cut to the
    smallest of them.
    """
    rows = list(moved)
    sizes = sorted((abs(row.amount) for row in rows), reverse=True)
    if not sizes:
        return []
    most = sizes[min(RANK, len(sizes)) - 1]
    return [row._replace(amount=max(-most, min(most, row.amount))) for row in rows]


class Resampler:
    """Draws courses of `days` days after `today`, always the same for the same seed."""

    def __init__(self, history: History, today: dt.date, days: int, seed: str) -> None:
        self._today, self._days = today, days
        self._rng = random.Random(seed)  # noqa: S311 a course, not a secret
        usual = {key: dict(by_day) for key, by_day in history.usual.items()}
        months = _whole_months(history.first, today)
        if len(months) < LEAST_MONTHS:
            for row in history.large:
                by_day = usual.setdefault(row.account, {})
                by_day[row.day] = by_day.get(row.day, 0) + row.amount
            months = []
        self._weeks = self._past_weeks(history.first, usual)
        self._spans = _future_months(today, days)
        self._near = self._nearest_weeks()
        self._large = self._large_by_month(history.large, months)
        self._months = months

    def _past_weeks(self, first: dt.date, usual: dict) -> dict[int, list[tuple[int, ...]]]:
        """By account: the weeks that begin on tomorrow's weekday and end before today."""
        start = self._today + _DAY - dt.timedelta(days=2 * WEEK)
        starts = []
        while start >= first:
            starts.append(start)
            start -= dt.timedelta(days=WEEK)
        self._starts = starts
        offsets = [dt.timedelta(days=n) for n in range(WEEK)]
        return {
            key: [tuple(by_day.get(at + off, 0) for off in offsets) for at in starts]
            for key, by_day in usual.items()
            if starts and any(by_day.values())
        }

    def _nearest_weeks(self) -> list[list[int]]:
        """For each week ahead the places of past weeks, those at the same place in the month first."""
        middles = [_place_in_month(start + 3 * _DAY) for start in self._starts]
        found = []
        for begin in range(0, self._days, WEEK):
            wanted = _place_in_month(self._today + (begin + 4) * _DAY)
            found.append(
                sorted(range(len(middles)), key=lambda n, to=wanted: (_apart(middles[n], to), n))
            )
        return found

    def _large_by_month(self, rows: Iterable[Moved], months: list[dt.date]) -> dict:
        """{(future month, past month): [(account, place, amount)]}; places count from tomorrow."""
        by_month: dict[dt.date, list[Moved]] = defaultdict(list)
        for row in rows:
            by_month[row.day.replace(day=1)].append(row)
        found = {}
        for begin in self._spans:
            end = monthrange(begin.year, begin.month)[1]
            for month in months:
                last = monthrange(month.year, month.month)[1]
                placed = []
                for row in by_month[month]:
                    # The last day stays the last; the others keep their number.
                    number = end if row.day.day == last else min(row.day.day, end)
                    place = (begin.replace(day=number) - self._today).days - 1
                    if 0 <= place < self._days:
                        placed.append((row.account, place, row.amount))
                found[begin, month] = placed
        return found

    def courses(self, number: int) -> Iterator[Flows]:
        """`number` courses: by account, what moves it on each day. Accounts that nothing moves
        are left out.

        Each course knows a part of the past of its own: what a year says of the next is uncertain,
        too, not only which weeks of it come again.
        """
        for _course in range(number):
            weeks, months = self._drawn_weeks(), self._drawn_months()
            flows = {
                key: list(chain.from_iterable([past[n] for n in weeks]))[: self._days]
                for key, past in self._weeks.items()
            }
            for drawn in months:
                for account, place, amount in self._large[drawn]:
                    if account not in flows:
                        flows[account] = [0] * self._days
                    flows[account][place] += amount
            yield flows

    def _drawn_weeks(self) -> list[int]:
        """For each week ahead the place of a past one."""
        if not self._starts:
            return []
        count = len(self._starts)
        known = set(self._rng.sample(range(count), (count * KNOWN + 3) // 4))
        drawn = []
        for near in self._near:
            choice = [place for place in near if place in known][:NEAREST_WEEKS]
            drawn.append(self._rng.choice(choice))
        return drawn

    def _drawn_months(self) -> list[tuple[dt.date, dt.date]]:
        """For each month ahead, which is the first, a past one."""
        if not self._months:
            return []
        known = self._rng.sample(self._months, (len(self._months) * KNOWN + 3) // 4)
        drawn = []
        for begin in self._spans:
            last_year = add_months(begin, -12)
            if last_year in self._months and self._rng.randrange(SAME_MONTH[1]) < SAME_MONTH[0]:
                drawn.append((begin, last_year))
            else:
                drawn.append((begin, self._rng.choice(known)))
        return drawn


def _place_in_month(day: dt.date) -> int:
    """How far into its month a day is, in thousandths."""
    return (day.day - 1) * 1000 // monthrange(day.year, day.month)[1]


def _apart(one: int, other: int) -> int:
    """Months follow each other: their ends are near their beginnings."""
    distance = abs(one - other)
    return min(distance, 1000 - distance)


def _whole_months(first: dt.date, today: dt.date) -> list[dt.date]:
    """The first days of the last twelve calendar months that are wholly known."""
    begin = add_months(today.replace(day=1), -12)
    months = [add_months(begin, n) for n in range(12)]
    return [month for month in months if month >= first]


def _future_months(today: dt.date, days: int) -> list[dt.date]:
    begin, last = (today + _DAY).replace(day=1), today + days * _DAY
    months = []
    while begin <= last:
        months.append(begin)
        begin = add_months(begin, 1)
    return months
