"""Tell people what falls due, what did not come, what got dearer, what ends. Once each."""

import datetime as dt
from collections.abc import Iterable

from django.urls import reverse

from accounts.models import Household
from notifications.services.notify import notify
from recurring.models import Occurrence, Series
from recurring.renewal import cancel_by
from recurring.services.prices import PriceChange

MISSING_FOR = dt.timedelta(days=7)
"""What was not seen for longer is no news."""
TRIAL_DAYS = 3
CANCEL_DAYS = 14


def tell_of_bills(household: Household, today: dt.date) -> None:
    """Due soon, not seen, trials that end, last days to cancel. Two queries when there is nothing."""
    _tell_of_occurrences(household, today)
    for series in Series.objects.for_household(household).active():
        _tell_of_trial(household, series, today)
        _tell_to_cancel(household, series, today)


def _tell_of_occurrences(household: Household, today: dt.date) -> None:
    # 60 days is the longest that a person can be reminded ahead.
    rows = (
        Occurrence.objects.for_household(household)
        .open()
        .filter(due_on__range=(today - dt.timedelta(days=60), today + dt.timedelta(days=60)))
        .select_related("series")
    )
    for row in rows:
        series = row.series
        if row.state == Occurrence.State.MISSING:
            since = row.due_on + dt.timedelta(days=series.late_days)
            if today - since <= MISSING_FOR and since >= series.made_at.date():
                _tell(household, "bills.missing", series, row.rule_on, row.amount, row.due_on)
        elif series.remind_days is not None and not row.is_posted:
            if 0 <= (row.due_on - today).days <= series.remind_days:
                _tell(household, "bills.due", series, row.rule_on, row.amount, row.due_on)


def _tell_of_trial(household: Household, series: Series, today: dt.date) -> None:
    if series.trial_until is None:
        return
    ahead = TRIAL_DAYS if series.remind_days is None else max(TRIAL_DAYS, series.remind_days)
    if 0 <= (series.trial_until - today).days <= ahead:
        until = series.trial_until
        _tell(household, "bills.trial", series, until, series.amount, until)


def _tell_to_cancel(household: Household, series: Series, today: dt.date) -> None:
    last = cancel_by(series, today)
    if last is not None and 0 <= (last - today).days <= CANCEL_DAYS:
        _tell(household, "bills.cancel", series, last, series.amount, last)


def tell_of_prices(household: Household, changes: Iterable[PriceChange]) -> None:
    """What costs more than before."""
    for change in changes:
        if abs(change.new) > abs(change.old) and not change.series.is_income:
            _tell(
                *(household, "bills.price", change.series, change.date),
                *(change.new, change.date),
                old=change.old,
            )


def _tell(
    household: Household,
    kind: str,
    series: Series,
    about: dt.date,
    amount: int,
    day: dt.date,
    **more,
) -> None:
    notify(
        household=household,
        kind=kind,
        key=f"{kind}:{series.pk}:{about.isoformat()}",
        params={
            "name": series.name,
            "amount": amount,
            "currency": series.currency,
            "day": day.isoformat(),
            "is_income": series.is_income,
            **more,
        },
        url=reverse("recurring:series_detail", args=[series.pk]),
    )
