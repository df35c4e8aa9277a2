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
        if _is_news(row, today):
            _tell(household, "bills.missing", row.series, row.rule_on, row.amount, row.due_on)
        elif _is_near(row, today):
            _tell(household, "bills.due", row.series, row.rule_on, row.amount, row.due_on)


def _is_news(row: Occurrence, today: dt.date) -> bool:
    """Not seen, since lately, and expected by somebody then."""
    since = row.due_on + dt.timedelta(days=row.series.late_days)
    is_missing = row.state == Occurrence.State.MISSING
    return is_missing and today - since <= MISSING_FOR and since >= row.series.made_at.date()


def _is_near(row: Occurrence, today: dt.date) -> bool:
    days = row.series.remind_days
    return days is not None and 0 <= (row.due_on - today).days <= days


def _tell_of_trial(household: Household, series: Series, today: dt.date) -> None:
    if series.trial_until is None:
        return
    ahead = TRIAL_DAYS if series.remind_days is None else max(TRIAL_DAYS, series.remind_days)
    if 0 <= (series.trial_until - today).days <= ahead:
        until = series.trial_until
        _tell(household, "bills.trial", series, until, series.amount, until)


def _tell_to_cancel(household: Household, series: Series, today: dt.date) -> None:
    last = cancel_by(series, today)
    if series.notice_days is None:
        return  # of a trial that ends it was told
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
