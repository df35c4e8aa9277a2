"""What goes into the search for recurring payments and what comes out."""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from recurring.schedule import Schedule


class Payment(NamedTuple):
    """One transaction. `amount` in signed minor units of its account's currency."""

    id: int
    date: dt.date
    amount: int
    description: str
    payee: str = ""
    account: int = 0


class PriceChange(NamedTuple):
    """From `date` on the amount was `new` (signed minor units)."""

    date: dt.date
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class FoundSeries:
    """Payments that recur. Amounts are signed minor units; `confidence` is per cent."""

    name: str
    payments: tuple[int, ...]
    schedule: Schedule
    rhythm: str
    amount: int
    """What the next one will probably be."""
    amount_low: int
    amount_high: int
    is_fixed_amount: bool
    confidence: int
    first_seen: dt.date
    last_seen: dt.date
    next_due: dt.date | None
    is_active: bool
    kind: str
    """"income", "subscription" or "bill"."""
    price_changes: tuple[PriceChange, ...] = ()
    trial_until: dt.date | None = None
    missed: tuple[dt.date, ...] = field(default=())
    """Due dates between the first and the last payment on which nothing came."""
