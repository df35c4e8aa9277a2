"""Bills for tests. They go through the services, as everybody's do."""

import datetime as dt

from recurring.models import Series
from recurring.services.refresh import refresh
from recurring.services.series import save_series

START = dt.date(2026, 1, 5)


def make_series(account, *, amount=-1000, rule="FREQ=MONTHLY", starts_on=START, by=None, **facts):
    """A bill on `account`, expected since `starts_on`, whatever today is."""
    household = account.household
    facts = {"name": "Bill", "currency": account.currency, **facts}
    series = save_series(
        household=household,
        by=by,
        account=account,
        amount=amount,
        rule=rule,
        starts_on=starts_on,
        **facts,
    )
    Series.objects.filter(pk=series.pk).update(watched_from=starts_on, amount_since=None)
    refresh(household=household, today=household.today(), whole=[series.pk])
    series.refresh_from_db()
    return series


def states(series) -> dict:
    """(state, transaction id) by due day."""
    rows = series.occurrences.order_by("due_on")
    return {row.due_on: (row.state, row.transaction_id) for row in rows}
