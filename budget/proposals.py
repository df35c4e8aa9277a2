"""What the templates of categories propose for a month: pure. Amounts are minor units.

Order: what is fixed, then what is saved up by a date, then per cent of income, then the rest by
weight. Where money is assigned (`limited`), everything after the fixed ones gets at most what is there.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from budget.envelope import mean
from core.money import share
from core.months import Month

MONTHLY, WEEKLY, UP_TO, YEARLY = "monthly", "weekly", "up_to", "yearly"
AVERAGE, LAST, INCOME, BY_DATE, REST = "average", "last", "income", "by_date", "rest"
_FIRST, _DATED, _SHARED, _RESTING = range(4)
_ORDER = {BY_DATE: _DATED, INCOME: _SHARED, REST: _RESTING}


@dataclass(frozen=True, slots=True)
class Wish:
    """One category's template and what it needs to know. `spent` is of the last `number` months."""

    key: int
    template: str
    amount: int = 0
    number: int = 1
    target_on: dt.date | None = None
    carried: int = 0
    last: int = 0
    spent: int = 0
    spent_months: int = 1
    is_weekly: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a month offers: its weeks, its income, and what is there to be assigned."""

    month: Month
    weeks: int
    income: int
    pool: int
    limited: bool


def propose(wishes: Sequence[Wish], at: Offer) -> dict[int, int]:
    """What each category should be budgeted, by its key."""
    found: dict[int, int] = {}
    pool = at.pool
    for wish in sorted(wishes, key=lambda one: (_ORDER.get(one.template, _FIRST), one.key)):
        if wish.template == REST:
            continue
        amount = max(0, _amount(wish, at))
        if at.limited and wish.template in _ORDER:
            amount = min(amount, max(0, pool))
        found[wish.key] = amount
        pool -= amount * at.weeks if wish.is_weekly else amount
    resting = [wish for wish in wishes if wish.template == REST]
    if resting:
        weights = [max(1, wish.number) for wish in resting]
        parts = share(max(0, pool), weights)
        found |= {wish.key: part for wish, part in zip(resting, parts, strict=True)}
    return found


def _amount(wish: Wish, at: Offer) -> int:
    if wish.template == WEEKLY:
        return wish.amount if wish.is_weekly else wish.amount * at.weeks
    if wish.template == UP_TO:
        return wish.amount - wish.carried
    if wish.template == YEARLY:
        return share(wish.amount, [1] * 12)[at.month.number - 1]
    if wish.template == AVERAGE:
        return mean(wish.spent, max(1, wish.spent_months))
    if wish.template == LAST:
        return wish.last
    if wish.template == INCOME:
        part = min(wish.number, 100)
        return share(max(0, at.income), [part, 100 - part])[0] if part else 0
    if wish.template == BY_DATE:
        return _by_date(wish, at)
    return wish.amount


def _by_date(wish: Wish, at: Offer) -> int:
    """What is missing, spread evenly over the months up to the target's."""
    missing = max(0, wish.amount - wish.carried)
    if wish.target_on is None:
        return missing
    left = Month.containing(wish.target_on).index - at.month.index + 1
    return mean(missing, max(1, left)) if missing else 0
