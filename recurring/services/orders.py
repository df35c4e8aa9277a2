"""Series from the standing orders and direct debits that banks list."""

import datetime as dt

from accounts.models import Household
from ledger.standing_orders import StandingOrder, standing_orders_of
from ledger.text import alias_key
from recurring.fit import usual_reach
from recurring.frequency import schedule_of
from recurring.models import Series
from recurring.schedule import Schedule, monthly

SURE, GUESSED = 95, 55
"""Per cent: the bank says how often; nobody does, and monthly is most usual."""
_LATELY = dt.timedelta(days=62)
_LEEWAY = 40


def suggest_orders(household: Household, today: dt.date) -> None:
    """Suggest each order that no series covers; suggestions of orders that are gone go.

    An order covers what was found in history under its payee on its account: it knows better how
    often. Two queries, and one for each new one.
    """
    known = list(Series.objects.for_household(household))
    by_key = {series.key: series for series in known if series.key}
    keep = set()
    for order in standing_orders_of(household):
        schedule = _schedule(order, today)
        amount = order.next_amount or order.last_amount
        if schedule is None or not amount:
            continue
        key = f"b:{order.account.pk}:{order.key}"[:200]
        series = by_key.get(key)
        if series is not None and series.state != Series.State.SUGGESTED:
            continue
        rivals = [one for one in known if one.key != key and _is_same(one, order, amount)]
        if any(one.state != Series.State.SUGGESTED for one in rivals):
            continue
        if not order.frequency and rivals:
            continue  # what was really paid says more than a guess
        for one in rivals:
            one.delete()
        keep.add(key)
        series = series or Series(household=household, key=key)
        _fill(series, order, schedule, amount)
        series.save()
    stale = Series.objects.for_household(household).suggested()
    stale.filter(origin=Series.Origin.BANK).exclude(key__in=keep).delete()


def _schedule(order: StandingOrder, today: dt.date) -> Schedule | None:
    on = order.next_on or order.last_on
    if on is None or (order.ends_on and order.ends_on < today):
        return None
    if order.frequency:
        return schedule_of(order.frequency, on)
    if order.last_on is None or order.last_on < today - _LATELY:
        return None
    return monthly(order.last_on.day, starts_on=order.last_on)


def _is_same(series: Series, order: StandingOrder, amount: int) -> bool:
    if series.account_id not in (None, order.account.pk) or series.amount > 0:
        return False
    if not series.amount_low <= amount <= series.amount_high:
        return False
    ours = set(alias_key(f"{series.name} {series.words}").split())
    theirs = set(alias_key(f"{order.payee} {order.reference}").split())
    return bool(ours & theirs)


def _fill(series: Series, order: StandingOrder, schedule: Schedule, amount: int) -> None:
    is_fixed = order.kind == "standing_order"
    leeway = amount * _LEEWAY // 100
    series.name = (order.payee or order.reference)[:120] or order.kind
    series.kind = Series.Kind.BILL
    series.state = Series.State.SUGGESTED
    series.origin = Series.Origin.BANK
    series.confidence = SURE if order.frequency else GUESSED
    series.account = order.account
    series.currency = order.account.currency
    series.words = _words(order)
    series.amount = -amount
    series.amount_low, series.amount_high = amount - leeway, amount + leeway
    series.is_fixed = is_fixed
    series.rule, series.starts_on = schedule.rule, schedule.starts_on
    series.weekend = schedule.weekend
    series.ends_on = order.ends_on
    series.early_days, series.late_days = usual_reach(schedule)
    series.watched_from = order.last_on or schedule.starts_on
    series.evidence = {"order": order.kind, "frequency": order.frequency}


def _words(order: StandingOrder) -> str:
    """What its rows say: the payee's name, as far as it stays the same."""
    return alias_key(order.payee or order.reference)[:200]
