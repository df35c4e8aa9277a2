"""Until when something has to be cancelled. Pure but for the series that it is asked of."""

import datetime as dt

from recurring.models import Series
from recurring.schedule import next_after, per_year


def renewal(series: Series, today: dt.date) -> dt.date | None:
    """The day on which it is paid or bound anew: the one that was typed, else the next due day of
    what is paid yearly or more rarely."""
    if series.renews_on is not None and series.renews_on >= today:
        return series.renews_on
    if per_year(series.schedule) <= 1:
        return next_after(series.schedule, today - dt.timedelta(days=1))
    return None


def cancel_by(series: Series, today: dt.date) -> dt.date | None:
    """The last day on which a cancellation is in time; None when there is none to know of.

    With a notice period: so long before the renewal. A free trial: its last day.
    """
    if series.notice_days is not None:
        renews = renewal(series, today)
        if renews is None:
            return None
        last = renews - dt.timedelta(days=series.notice_days)
        return last if last >= today else None
    if series.trial_until is not None and series.trial_until >= today:
        return series.trial_until
    return None
