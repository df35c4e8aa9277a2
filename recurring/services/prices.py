"""Follow the amounts that are really paid."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.transaction import atomic

from accounts.models import Household
from recurring.models import Occurrence, Series
from recurring.prices import Paid, bounds_after, is_other_price, price_now


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A series of a fixed amount costs something else: signed minor units, since `date`."""

    series: Series
    old: int
    new: int
    date: dt.date


@atomic
def follow_prices(*, household: Household, today: dt.date) -> list[PriceChange]:
    """Give active series the amount that was paid last, and what is expected of them with it.

    Returns the new prices of fixed amounts. Two queries, and two for each change.
    """
    paid = _paid_lately(household, today)
    changes = []
    for series in Series.objects.for_household(household).active():
        known = [
            one
            for one in paid.get(series.pk, ())
            if series.amount_since is None or one.date >= series.amount_since
        ]
        new = price_now(series.amount, known, is_fixed=series.is_fixed)
        if new == series.amount:
            continue
        old, series.amount = series.amount, new
        if series.is_fixed:
            changes.append(PriceChange(series, old, new, known[-1].date))
            series.amount_since = known[-1].date
            bounds = bounds_after(old, new, series.amount_low, series.amount_high)
            series.amount_low, series.amount_high = bounds
        series.save(update_fields=["amount", "amount_since", "amount_low", "amount_high"])
        Occurrence.objects.filter(
            series=series, state=Occurrence.State.EXPECTED, is_by_person=False
        ).update(amount=new)
    return [change for change in changes if is_other_price(change.old, change.new)]


def _paid_lately(household: Household, today: dt.date) -> dict[int, list[Paid]]:
    """The payments of the last 13 months by series, oldest first."""
    rows = Occurrence.objects.for_household(household).filter(
        series__state=Series.State.ACTIVE,
        transaction__date__gt=today - dt.timedelta(days=400),
    )
    paid: dict[int, list[Paid]] = defaultdict(list)
    for series, day, amount in rows.order_by("transaction__date", "transaction_id").values_list(
        "series_id", "transaction__date", "transaction__amount"
    ):
        paid[series].append(Paid(day, amount))
    return paid
