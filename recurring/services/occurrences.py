"""The times that series fall due: kept from the start of their watch to 13 months ahead."""

import datetime as dt
from collections import defaultdict

from django.db.transaction import atomic

from accounts.models import Household
from core.months import add_months
from ledger.services.acts import lock
from recurring.models import Occurrence, Series
from recurring.schedule import Schedule, occurrences, off_weekend

MONTHS_AHEAD = 13
MONTHS_BACK = 26


@atomic
def keep_occurrences(*, household: Household, today: dt.date) -> int:
    """Make what is missing, remake what lies ahead after a change of a rule, leave what persons
    changed and what has been. Returns how many rows changed. Safe to run twice; four queries."""
    lock(household)
    wanted = list(Series.objects.for_household(household).active())
    known: dict[int, dict[dt.date, Occurrence]] = defaultdict(dict)
    for row in Occurrence.objects.filter(series__in=wanted):
        known[row.series_id][row.rule_on] = row
    new, moved, gone = [], [], []
    for series in wanted:
        days = due_days(series, today)
        rows = known[series.pk]
        new += [
            Occurrence(
                household=household,
                series=series,
                rule_on=rule_on,
                due_on=due_on,
                amount=series.amount,
            )
            for rule_on, due_on in days.items()
            if rule_on not in rows
        ]
        for rule_on, row in rows.items():
            if row.state != Occurrence.State.EXPECTED or row.is_by_person:
                continue
            if rule_on not in days:
                gone.append(row.pk)
            elif (row.due_on, row.amount) != (days[rule_on], series.amount):
                row.due_on, row.amount = days[rule_on], series.amount
                moved.append(row)
    Occurrence.objects.bulk_create(new, batch_size=500)
    Occurrence.objects.bulk_update(moved, ["due_on", "amount"], batch_size=500)
    if gone:
        Occurrence.objects.filter(pk__in=gone).delete()
    return len(new) + len(moved) + len(gone)


def due_days(series: Series, today: dt.date) -> dict[dt.date, dt.date]:
    """The days on which it is due by the day that its rule says, of the time that is watched."""
    schedule = Schedule(series.rule, series.starts_on, "", series.ends_on)
    first = max(series.watched_from, add_months(today, -MONTHS_BACK))
    last = add_months(today, MONTHS_AHEAD)
    return {day: off_weekend(day, series.weekend) for day in occurrences(schedule, first, last)}


def drop_open(series: Series) -> None:
    """Expect nothing of it any more: what is open goes, what was paid or skipped stays."""
    Occurrence.objects.filter(
        series=series, state__in=[Occurrence.State.EXPECTED, Occurrence.State.MISSING]
    ).delete()
