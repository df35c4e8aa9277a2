"""A household's bills as iCalendar (RFC 5545): all-day events that calendars subscribe to."""

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.models import Household
from core.formatting import format_money
from core.months import add_months
from recurring.models import Occurrence, Series

MONTHS_AHEAD = 12
BACK = dt.timedelta(days=31)
MOST_EVENTS = 2_000


def bills_calendar(
    household: Household, today: dt.date, now: dt.datetime, *, shows_amounts: bool
) -> bytes:
    """What is due from a month ago to a year ahead. One query.

    `now` is the aware moment of asking. A UID is the occurrence's for good, so that a calendar moves
    an event instead of doubling it.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//Housebook//Bills {settings.VERSION}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = _("Bills of %(household)s") % {"household": household.name}
    calendar.add("x-wr-calname", name)
    calendar.add("name", name)
    calendar.add("refresh-interval", dt.timedelta(hours=12), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT12H")
    rows = (
        Occurrence.objects.for_household(household)
        .filter(
            series__state=Series.State.ACTIVE,
            due_on__range=(today - BACK, add_months(today, MONTHS_AHEAD)),
        )
        .exclude(state=Occurrence.State.SKIPPED)
        .select_related("series")
        .order_by("due_on", "pk")[:MOST_EVENTS]
    )
    for row in rows:
        calendar.add_component(_event(row, household, now, shows_amounts=shows_amounts))
    return calendar.to_ical()


def _event(
    row: Occurrence, household: Household, now: dt.datetime, *, shows_amounts: bool
) -> Event:
    series = row.series
    title = series.name
    if shows_amounts:
        title = f"{title} · {format_money(abs(row.amount), series.currency)}"
    if row.state == Occurrence.State.MATCHED:
        title = f"✓ {title}"
    event = Event()
    event.add("uid", f"{household.code}-{series.pk}-{row.rule_on:%Y%m%d}@{_host()}")
    event.add("dtstamp", now)
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + dt.timedelta(days=1))
    event.add("summary", title)
    event.add("description", f"{series.get_kind_display()} · {row.get_state_display()}")
    event.add("url", settings.SITE_URL + reverse("recurring:series_detail", args=[series.pk]))
    event.add("transp", "TRANSPARENT")
    event.add("categories", [series.get_kind_display()])
    return event


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "housebook"
