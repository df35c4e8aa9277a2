"""When a notification may leave the house: quiet hours and digests, in the household's time zone."""

import datetime as dt
import zoneinfo

from django.utils import timezone

from accounts.models import Household
from notifications.models import Channels, Sending


def due_at(
    household: Household,
    channels: Channels | None,
    mail: str,
    push: str,
    now: dt.datetime | None = None,
) -> dt.datetime | None:
    """The earliest moment that something of it is to be sent; None when nothing is."""
    if Sending.NOW in (mail, push):
        return after_quiet(household, channels, now or timezone.now())
    if Sending.DIGEST in (mail, push):
        return next_digest(household, channels, now or timezone.now())
    return None


def after_quiet(household: Household, channels: Channels | None, now: dt.datetime) -> dt.datetime:
    """`now`, or the end of the quiet hours that it lies in."""
    if channels is None or channels.quiet_from is None or channels.quiet_until is None:
        return now
    zone = zoneinfo.ZoneInfo(household.time_zone)
    local = now.astimezone(zone)
    start, end = channels.quiet_from, channels.quiet_until
    time = local.time()
    inside = start <= time < end if start < end else time >= start or time < end
    if not inside or start == end:
        return now
    day = local.date() if time < end else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, end, tzinfo=zone)


def next_digest(household: Household, channels: Channels | None, now: dt.datetime) -> dt.datetime:
    """The next time that this person's digest goes out."""
    channels = channels or Channels()
    zone = zoneinfo.ZoneInfo(household.time_zone)
    day = now.astimezone(zone).date()
    at = dt.time(channels.digest_hour)
    for ahead in range(9):
        moment = dt.datetime.combine(day + dt.timedelta(days=ahead), at, tzinfo=zone)
        is_day = channels.digest_days == "daily" or moment.weekday() == channels.digest_weekday
        if is_day and moment > now:
            return moment
    raise AssertionError("a week has every weekday")
