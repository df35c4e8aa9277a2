"""Carry-over and money to assign: the arithmetic of budgets, pure. Amounts are minor units.

Signs are the ledger's: money in is positive, so spending is a negative activity.
docs/explanation/envelopes.md has the formulas.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.money import share

NONE, UNSPENT, ALL = "none", "unspent", "all"
"""What of an envelope's rest stays in it: nothing, what is left, what is left or overspent."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One category in one month."""

    carried: int = 0
    budgeted: int = 0
    activity: int = 0

    @property
    def available(self) -> int:
        """What is left; below zero when overspent."""
        return self.carried + self.budgeted + self.activity


@dataclass(frozen=True, slots=True)
class Closing:
    """What a month hands to the next one.

    `carried` has the envelopes that are not empty. `overspent` (<= 0) and `returned` (>= 0) left
    their envelopes at the month's end and meet the money to assign of the next month.
    """

    carried: Mapping[int, int]
    to_assign: int = 0
    overspent: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened in a month: `budgeted` and `activity` by envelope (a category's number),
    `unassigned` by where it came from: money that moved the accounts and belongs to no envelope."""

    budgeted: Mapping[int, int]
    activity: Mapping[int, int]
    unassigned: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Worked:
    """A month, worked out."""

    before: Closing
    facts: Facts
    envelopes: Mapping[int, Envelope]
    to_assign: int

    @property
    def total(self) -> int:
        """To assign and in envelopes together: what the accounts hold at the month's end."""
        return self.to_assign + sum(one.available for one in self.envelopes.values())


def work(before: Closing, facts: Facts) -> Worked:
    """The month after `before`, in which `facts` happened."""
    keys = before.carried.keys() | facts.budgeted.keys() | facts.activity.keys()
    envelopes = {
        key: Envelope(
            before.carried.get(key, 0), facts.budgeted.get(key, 0), facts.activity.get(key, 0)
        )
        for key in keys
    }
    to_assign = (
        before.to_assign
        + before.overspent
        + before.returned
        + sum(facts.unassigned.values())
        - sum(facts.budgeted.values())
    )
    return Worked(before, facts, envelopes, to_assign)


def carried_on(available: int, carry: str) -> int:
    """What of `available` stays in the envelope over the month's end."""
    if carry == ALL:
        return available
    return max(0, available) if carry == UNSPENT else 0


def close(worked: Worked, carry: Callable[[int], str]) -> Closing:
    """The end of a month; `carry` says of each envelope what stays in it."""
    carried, overspent, returned = {}, 0, 0
    for key, one in worked.envelopes.items():
        stays = carried_on(one.available, carry(key))
        if stays:
            carried[key] = stays
        gone = one.available - stays
        overspent += min(gone, 0)
        returned += max(gone, 0)
    return Closing(carried, worked.to_assign, overspent, returned)


def roll(before: Closing, months: Iterable[tuple[Facts, Callable[[int], str]]]) -> Closing:
    """The closing of the last of `months`, each with its facts and what its envelopes keep."""
    for facts, carry in months:
        before = close(work(before, facts), carry)
    return before


def mean(total: int, count: int) -> int:
    """`total` divided by `count` (> 0) in whole minor units, the rounding away from zero."""
    return share(total, [1] * count)[0]


def per_cent(amount: int, of: int) -> int:
    """`amount` of `of` (> 0) in whole per cent, cut off below."""
    return amount * 100 // of


def weeks_beginning(start: dt.date, end: dt.date) -> int:
    """How many weeks begin (on a Monday) from `start` to the day before `end`."""
    first = start + dt.timedelta(days=-start.weekday() % 7)
    return max(0, (end - first + dt.timedelta(days=6)) // dt.timedelta(days=7))


def year_of(index: int) -> range:
    """The month indexes of the year that `index` lies in."""
    first = index - index % 12
    return range(first, first + 12)
