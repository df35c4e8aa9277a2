"""When a notification may leave the house: quiet hours and digests, in the household's time zone."""

import datetime as dt
import zoneinfo

from accounts.models import Household
from notifications.models import Channels


def after_quiet(household: Household, channels: Channels | None, now: dt.datetime) -> dt.datetime:
    """`now`, or the end of the quiet hours that it lies in. They begin with their first minute and
    end before their last one; from a time until the same time means never."""
    if channels is None or channels.quiet_from is None or channels.quiet_until is None:
        return now
    zone = zoneinfo.ZoneInfo(household.time_zone)
    local = now.astimezone(zone)
    start, end, time = channels.quiet_from, channels.quiet_until, local.time()
    inside = start <= time < end if start <= end else time >= start or time < end
    if not inside:
        return now
    day = local.date() if time < end else local.date() + dt.timedelta(days=1)
    moment = dt.datetime.combine(day, end, tzinfo=zone)
    # In the hour that the clock shows twice: the end that is still to come. Compared as timestamps,
    # for aware moments of one zone are compared by what the clock shows.
    return moment if moment.timestamp() > now.timestamp() else moment.replace(fold=1)


def next_digest(household: Household, channels: Channels | None, now: dt.datetime) -> dt.datetime:
    """The next time that this person's digest goes out."""
    channels = channels or Channels()
    zone = zoneinfo.ZoneInfo(household.time_zone)
    day = now.astimezone(zone).date()
    at = dt.time(channels.digest_hour)
    for ahead in range(9):
        moment = dt.datetime.combine(day + dt.timedelta(days=ahead), at, tzinfo=zone)
        is_day = channels.digest_days == "daily" or moment.weekday() == channels.digest_weekday
        if is_day and moment.timestamp() > now.timestamp():
            return moment
    raise AssertionError("a week has every weekday")
