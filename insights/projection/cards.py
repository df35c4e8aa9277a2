"""When card statements fall due and what leaves the account that pays them."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from itertools import accumulate

from core.money import share
from core.months import add_months
from insights.projection.shapes import Cycle

_WHOLE = 10_000


def statements(
    statement_day: int, due_days: int, weekend: str, first: dt.date, last: dt.date
) -> Iterator[tuple[dt.date, dt.date]]:
    """(statement, due) for the statements from `first` to `last`, both included.

    A statement day that a month does not have is its last. `weekend` moves a due day on a Saturday
    or Sunday to the working day "before" or "after".
    """
    month = first.replace(day=1)
    while month <= last:
        end = monthrange(month.year, month.month)[1]
        day = month.replace(day=min(statement_day, end))
        if first <= day <= last:
            yield day, _off_weekend(day + dt.timedelta(days=due_days), weekend)
        month = add_months(month, 1)


def _off_weekend(day: dt.date, weekend: str) -> dt.date:
    over = day.weekday() - 4
    if over <= 0 or not weekend:
        return day
    return day + dt.timedelta(days=-over if weekend == "before" else 3 - over)


def payment(cycle: Cycle, owed: int) -> int:
    """What is paid of a statement of `owed` (not below zero)."""
    if cycle.pays == "fixed":
        return min(cycle.amount, owed)
    if cycle.pays == "minimum":
        part = share(owed, [cycle.percent, _WHOLE - cycle.percent])[0]
        return min(max(part, cycle.amount), owed)
    return owed


def pay_statements(
    cycle: Cycle, balance: int, card: list[int], payer: list[int], today: dt.date
) -> list[int]:
    """Put the payments of one course into the flows of the card and of its payer (of each day
    after today); returns what each statement takes, in order."""
    balances = list(accumulate(card, initial=balance))
    paid: list[tuple[int, int]] = []
    for stated_on, due_on in cycle.statements:
        stated = (stated_on - today).days
        if stated >= len(balances):
            break
        # Payments that were made by then have lowered the debt; those on their way will.
        owed = max(0, -balances[stated] - sum(amount for _day, amount in paid))
        paid.append(((due_on - today).days, payment(cycle, owed)))
    for due, amount in paid:
        if 1 <= due <= len(card):
            card[due - 1] += amount
            payer[due - 1] -= amount
    return [amount for _day, amount in paid]
