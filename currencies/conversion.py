"""Amounts of one currency in another, at a day's rate, rounded half to even."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from core.money import from_decimal, to_decimal
from currencies.models import Rate

EURO = "EUR"
MAX_AGE = dt.timedelta(days=10)
"""A rate holds over weekends and holidays, not longer."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in minor units of `currency`, and the rate that made it (of `on`)."""

    minor: int
    currency: str
    rate: Decimal
    on: dt.date


class RateTable:
    """The rates of some currencies over a span of days, read in one query."""

    def __init__(self, currencies: Iterable[str], first: dt.date, last: dt.date) -> None:
        """Rates for days from `first` to `last`, both included."""
        self._days: dict[str, list[dt.date]] = defaultdict(list)
        self._rates: dict[str, list[Decimal]] = defaultdict(list)
        wanted = set(currencies) - {EURO}
        if not wanted:
            return
        rows = Rate.objects.filter(currency__in=wanted, on__range=(first - MAX_AGE, last))
        for currency, on, rate in rows.order_by("on").values_list("currency", "on", "per_euro"):
            self._days[currency].append(on)
            self._rates[currency].append(rate)

    def per_euro(self, currency: str, day: dt.date) -> tuple[Decimal, dt.date] | None:
        """The rate of `day` or of the last day before that has one, and its day."""
        if currency == EURO:
            return Decimal(1), day
        days = self._days.get(currency, [])
        place = bisect_right(days, day) - 1
        if place < 0 or day - days[place] > MAX_AGE:
            return None
        return self._rates[currency][place], days[place]

    def convert(self, minor: int, source: str, target: str, day: dt.date) -> Converted | None:
        """`minor` units of `source` as minor units of `target`; None when a rate is missing."""
        if source == target:
            return Converted(minor, target, Decimal(1), day)
        old, new = self.per_euro(source, day), self.per_euro(target, day)
        if old is None or new is None:
            return None
        with localcontext(prec=40):
            rate = new[0] / old[0]
            whole = to_decimal(minor, source) * new[0] / old[0]
            amount = from_decimal(whole, target, rounding=True)
        return Converted(amount, target, rate, min(old[1], new[1]))
