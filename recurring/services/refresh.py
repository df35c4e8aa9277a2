"""Bring a household's bills up to date with its transactions and with the day."""

import datetime as dt
from collections.abc import Collection

from django.db.transaction import atomic

from accounts.models import Household
from ledger.models import PayeeAlias
from ledger.services.acts import lock
from ledger.text import alias_key
from recurring.models import Series
from recurring.services.matching import match
from recurring.services.occurrences import drop_open, keep_occurrences
from recurring.services.posting import post_due
from recurring.services.prices import PriceChange, follow_prices
from recurring.services.telling import tell_of_bills, tell_of_prices


@atomic
def refresh(
    *, household: Household, today: dt.date, whole: Collection[int] = ()
) -> list[PriceChange]:
    """Keep occurrences, match them, follow prices, enter what enters itself, tell people.

    The whole past of the series `whole` (ids) is matched, of the others the last months. Returns
    new prices. Safe to run at any time and twice.
    """
    if not Series.objects.for_household(household).exists():
        return []
    lock(household)
    _end_what_is_over(household, today)
    _follow_payees(household)
    keep_occurrences(household=household, today=today)
    match(household=household, today=today, whole=whole)
    changes = follow_prices(household=household, today=today)
    post_due(household=household, today=today)
    tell_of_prices(household, [one for one in changes if one.series.pk not in whole])
    tell_of_bills(household, today)
    return changes


def _end_what_is_over(household: Household, today: dt.date) -> None:
    active = Series.objects.for_household(household).active()
    for series in active.filter(ends_on__lt=today - dt.timedelta(days=45)):
        drop_open(series)
        series.state = Series.State.ENDED
        series.save(update_fields=["state"])


def _follow_payees(household: Household) -> None:
    """A payee that was merged away lives on in the one that its name means now."""
    lost = list(Series.objects.for_household(household).active().filter(payee=None, words=""))
    if not lost:
        return
    keys = {series.pk: alias_key(series.name) for series in lost}
    aliases = PayeeAlias.objects.filter(household=household, key__in=keys.values())
    means = dict(aliases.values_list("key", "payee_id"))
    for series in lost:
        if payee := means.get(keys[series.pk]):
            series.payee_id = payee
            series.save(update_fields=["payee"])
