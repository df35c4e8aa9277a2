"""What leaves the account that pays a card, and when."""

import datetime as dt
from itertools import accumulate

from insights.projection.shapes import Cycle


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
        # A payment is on the balance only from its day on; until then it is on its way.
        owed = max(0, -balances[stated] - sum(amount for _due, amount in paid))
        paid.append(((due_on - today).days, cycle.asks(owed)))
    for due, amount in paid:
        if 1 <= due <= len(card):
            card[due - 1] += amount
            payer[due - 1] -= amount
    return [amount for _due, amount in paid]
