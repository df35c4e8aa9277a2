"""What a series costs now, from what was paid. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

SMALLEST = 1
"""A change by one minor unit is rounding."""
LEAST_PERCENT = 3
"""A smaller change is noise: of an exchange rate, or of rounding."""
CLEAR_PERCENT = 50
"""A bigger change is a price only when it came twice: once may be a double charge."""
LATEST = 5


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment; `amount` in signed minor units."""

    date: dt.date
    amount: int


def is_other_price(old: int, new: int) -> bool:
    """Whether `new` is no noise around `old`."""
    apart = abs(new - old)
    return apart > SMALLEST and apart * 100 >= LEAST_PERCENT * abs(old)


def price_now(amount: int, paid: Sequence[Paid], *, is_fixed: bool) -> int:
    """What the next one will cost, after `paid` (oldest first): the new price of a fixed amount,
    the median of the latest of one that varies; `amount` when nothing says otherwise."""
    if not paid:
        return amount
    if not is_fixed:
        return median_low([one.amount for one in paid[-LATEST:]])
    new = paid[-1].amount
    if not is_other_price(amount, new):
        return amount
    is_clear = abs(new - amount) * 100 < CLEAR_PERCENT * abs(amount)
    came_twice = len(paid) > 1 and not is_other_price(new, paid[-2].amount)
    return new if is_clear or came_twice else amount


def price_steps(paid: Sequence[Paid]) -> list[Paid]:
    """The first payment of each price, oldest first; what came once between two equal ones is none."""
    steps: list[Paid] = []
    for place, one in enumerate(paid):
        if not steps:
            steps.append(one)
            continue
        if not is_other_price(steps[-1].amount, one.amount):
            continue
        after = paid[place + 1 : place + 2]
        if after and not is_other_price(steps[-1].amount, after[0].amount):
            continue
        steps.append(one)
    return steps


def bounds_after(old: int, new: int, low: int, high: int) -> tuple[int, int]:
    """The sizes that still are it when the price moved from `old` to `new`: as wide as they were."""
    size = abs(new)
    down, up = max(0, abs(old) - low), max(0, high - abs(old))
    return max(0, size - down), size + up
