"""When something that repeats falls due. Pure: dates of the calendar, no clock and no time zone.

A rule is the text of an RFC 5545 recurrence rule, as calendars exchange it. What households need
is the part about days, weeks, months and years; the rest is refused by `validate_rule`.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from dateutil.rrule import rrule, rrulestr

LONGEST_RULE = 200
MOST_COUNT = 1000
MOST_INTERVAL = 1000
LONGEST_SPAN = dt.timedelta(days=36_525)
"""A hundred years: as far as one question reaches."""
MOST_OCCURRENCES = 10_000

WEEKENDS = ("", "before", "after")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_ALWAYS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}
_PARTS = {
    "DAILY": _ALWAYS,
    "WEEKLY": _ALWAYS | {"BYDAY"},
    "MONTHLY": _ALWAYS | {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": _ALWAYS | {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"},
}
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKS_A_YEAR, _DAYS_A_YEAR = 52, 365


class ScheduleError(ValueError):
    """A rule that cannot be read or that this house does not keep."""


class Rhythm(NamedTuple):
    """How often: `times` in every `interval` of `unit` ("day", "week", "month" or "year")."""

    unit: str
    interval: int
    times: Fraction


@dataclass(frozen=True, slots=True)
class Schedule:
    """Due dates: those of `rule` from `starts_on` to `ends_on`, both included.

    `weekend` says what becomes of a due date on a Saturday or Sunday: "" stays, "before" and
    "after" go to the Friday before and the Monday after. A moved date may lie outside the bounds.
    """

    rule: str
    starts_on: dt.date
    weekend: str = ""
    ends_on: dt.date | None = None

    def __post_init__(self) -> None:
        if self.weekend not in WEEKENDS:
            raise ScheduleError(f"A weekend rule is one of {WEEKENDS}, not {self.weekend!r}.")


# The questions


def occurrences(schedule: Schedule, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The due dates from `first` to `last`, both included, ascending and without doubles.

    Stops after a hundred years or 10,000 dates. Raises ScheduleError for a bad rule.
    """
    return islice(_moved(schedule, first, min(last, _plus(first, LONGEST_SPAN))), MOST_OCCURRENCES)


def next_after(schedule: Schedule, day: dt.date) -> dt.date | None:
    """The first due date after `day`; None when there is none (within a hundred years)."""
    if day == dt.date.max:
        return None
    return next(occurrences(schedule, day + dt.timedelta(days=1), dt.date.max), None)


def describe(schedule: Schedule) -> Rhythm:
    """The unit, the interval and how many times in each."""
    parts = _parts(schedule.rule)
    unit, interval = _UNITS[parts["FREQ"]], int(parts.get("INTERVAL", 1))
    return Rhythm(unit, interval, _times(parts))


def per_year(schedule: Schedule) -> Fraction:
    """Occurrences in a year as people count it: 52 weeks, 26 fortnights, 12 months, 365 days.

    An amount times this, over its denominator, is an exact yearly cost.
    """
    unit, interval, times = describe(schedule)
    in_a_year = {"day": _DAYS_A_YEAR, "week": _WEEKS_A_YEAR, "month": 12, "year": 1}[unit]
    return times * Fraction(in_a_year, interval)


def validate_rule(text: str) -> str:
    """The rule in its plain writing. Raises ScheduleError, with a sentence for people."""
    parts = _parts(text)
    return ";".join(f"{name}={value}" for name, value in parts.items())


# The builders


def weekly(every: int, on: dt.date, weekend: str = "") -> Schedule:
    """Every `every` weeks on the weekday of `on`, which is the first."""
    return _schedule(f"FREQ=WEEKLY;INTERVAL={every};BYDAY={_DAYS[on.weekday()]}", on, weekend)


def four_weekly(on: dt.date, weekend: str = "") -> Schedule:
    return weekly(4, on, weekend)


def monthly(day: int, every: int = 1, *, starts_on: dt.date, weekend: str = "") -> Schedule:
    """Every `every` months on `day`; the 29th to 31st fall on the last day of shorter months."""
    return _schedule(f"FREQ=MONTHLY;INTERVAL={every};{_month_days(day)}", starts_on, weekend)


def twice_a_month(day: int, other: int, *, starts_on: dt.date, weekend: str = "") -> Schedule:
    """On two days of each month; a day that a month does not have is its last."""
    early, late = sorted((day, other))
    if early == late or early > 28:
        raise ScheduleError("Twice a month needs two days of which one comes before the 29th.")
    if late <= 28:
        by = f"BYMONTHDAY={early},{late}"
    else:
        ends = ",".join(str(n) for n in range(28, _month_day(late) + 1) if n != early)
        by = f"BYMONTHDAY={_month_day(early)},{ends};BYSETPOS=1,-1"
        if early == 28:  # in a common February both would be the 28th
            raise ScheduleError("The 28th and a later day meet in February.")
    return _schedule(f"FREQ=MONTHLY;{by}", starts_on, weekend)


def last_working_day(every: int = 1, *, starts_on: dt.date) -> Schedule:
    """The last Monday-to-Friday of every `every` months."""
    days = ",".join(_DAYS[:5])
    return _schedule(f"FREQ=MONTHLY;INTERVAL={every};BYDAY={days};BYSETPOS=-1", starts_on)


def nth_weekday(nth: int, weekday: int, every: int = 1, *, starts_on: dt.date) -> Schedule:
    """The `nth` (1 to 4, or -1 for the last) `weekday` (0 is Monday) of every `every` months."""
    if nth not in (1, 2, 3, 4, -1) or weekday not in range(7):
        raise ScheduleError("A month has a first to fourth and a last of every weekday.")
    return _schedule(f"FREQ=MONTHLY;INTERVAL={every};BYDAY={nth}{_DAYS[weekday]}", starts_on)


def yearly(day: dt.date, every: int = 1, weekend: str = "") -> Schedule:
    """Every year on the day and month of `day`; 29 February is the 28th in common years."""
    by = f"BYMONTHDAY={day.day}"
    if (day.month, day.day) == (2, 29):
        by = "BYMONTHDAY=28,29;BYSETPOS=-1"
    return _schedule(f"FREQ=YEARLY;INTERVAL={every};BYMONTH={day.month};{by}", day, weekend)


def _schedule(rule: str, starts_on: dt.date, weekend: str = "") -> Schedule:
    return Schedule(validate_rule(rule.replace("INTERVAL=1;", "")), starts_on, weekend)


def _month_day(day: int) -> int:
    if day not in range(1, 32):
        raise ScheduleError("A day of the month is 1 to 31.")
    return day


def _month_days(day: int) -> str:
    if _month_day(day) <= 28:
        return f"BYMONTHDAY={day}"
    return f"BYMONTHDAY={','.join(str(n) for n in range(28, day + 1))};BYSETPOS=-1"


# Weekends and bounds


def _moved(schedule: Schedule, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    previous = None
    reach = dt.timedelta(days=2 if schedule.weekend else 0)
    until = min(_plus(last, reach), schedule.ends_on or dt.date.max)
    for day in _nominal(schedule, _plus(first, -reach), until):
        day = off_weekend(day, schedule.weekend)
        if first <= day <= last and day != previous:
            previous = day
            yield day


def off_weekend(day: dt.date, weekend: str) -> dt.date:
    """`day`, or the working day before or after it when it is on a weekend."""
    over = day.weekday() - 4  # Saturday 1, Sunday 2
    if over <= 0 or not weekend:
        return day
    return _plus(day, dt.timedelta(days=-over if weekend == "before" else 3 - over))


def _plus(day: dt.date, delta: dt.timedelta) -> dt.date:
    try:
        return day + delta
    except OverflowError:
        return dt.date.max if delta > dt.timedelta() else dt.date.min


def _nominal(schedule: Schedule, first: dt.date, until: dt.date) -> Iterator[dt.date]:
    start = schedule.starts_on
    rule = _rrule(schedule.rule, start)
    if "COUNT" not in _parts(schedule.rule):
        rule = _fast_forward(rule, start, first)
    at = dt.datetime.combine(max(first, start), dt.time())
    for moment in rule.xafter(at, inc=True):
        if moment.date() > until:
            return
        yield moment.date()


def _fast_forward(rule: rrule, start: dt.date, first: dt.date) -> rrule:
    """The rule begun a whole number of intervals later, but not after `first`.

    dateutil counts from the start on, which lies decades back where people enter old contracts.
    """
    interval, unit = rule._interval, _UNIT_NAMES[rule._freq]
    if unit in ("day", "week"):
        step = interval * (1 if unit == "day" else 7)
        skipped = max(0, (first - start).days // step - 1) * step
        begin = start + dt.timedelta(days=skipped)
    else:
        step = interval * (1 if unit == "month" else 12)
        gap = (first.year - start.year) * 12 + first.month - start.month
        skipped = max(0, gap // step - 1) * step
        index = start.year * 12 + start.month - 1 + skipped
        year, month = index // 12, index % 12 + 1
        # The day itself stands in the rule (see `_rrule`), so the first of the period will do.
        begin = dt.date(year, 1 if unit == "year" else month, 1)
    return rule.replace(dtstart=dt.datetime.combine(begin, dt.time())) if skipped else rule


_UNIT_NAMES = ("year", "month", "week", "day")  # dateutil's numbers of frequencies


@lru_cache(maxsize=2_000)
def _rrule(text: str, start: dt.date) -> rrule:
    parts = dict(_parts(text))
    # What a rule leaves to its start is written out, so that the start may be moved.
    if not {"BYDAY", "BYMONTHDAY"} & parts.keys():
        if parts["FREQ"] == "WEEKLY":
            parts["BYDAY"] = _DAYS[start.weekday()]
        elif parts["FREQ"] in ("MONTHLY", "YEARLY"):
            parts["BYMONTHDAY"] = str(start.day)
    if parts["FREQ"] == "YEARLY" and "BYMONTHDAY" in parts:
        parts.setdefault("BYMONTH", str(start.month))
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    return rrulestr(rule, dtstart=dt.datetime.combine(start, dt.time()))


# Reading a rule


@lru_cache(maxsize=2_000)
def _parts(text: str) -> dict[str, str]:
    if not isinstance(text, str) or not text.strip():
        raise ScheduleError("A schedule needs a rule, such as FREQ=MONTHLY;BYMONTHDAY=1.")
    if len(text) > LONGEST_RULE:
        raise ScheduleError(f"A rule has at most {LONGEST_RULE} characters.")
    parts: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").strip(";").split(";"):
        name, equals, value = (found.strip() for found in piece.partition("="))
        if not equals or not value or name in parts:
            raise ScheduleError(f"“{piece[:40]}” is not a part of a recurrence rule.")
        parts[name] = value
    frequency = parts.get("FREQ", "")
    if frequency not in _UNITS:
        raise ScheduleError("A rule repeats by DAILY, WEEKLY, MONTHLY or YEARLY.")
    if unknown := parts.keys() - _PARTS[frequency]:
        raise ScheduleError(f"{sorted(unknown)[0]} is not used in {frequency} rules here.")
    _check_values(parts)
    return parts


def _check_values(parts: dict[str, str]) -> None:
    _number(parts, "INTERVAL", 1, MOST_INTERVAL)
    _number(parts, "COUNT", 1, MOST_COUNT)
    days = _numbers(parts, "BYMONTHDAY", 31)
    months = _numbers(parts, "BYMONTH", 12)
    positions = _numbers(parts, "BYSETPOS", 31)
    if min(months, default=1) < 1:
        raise ScheduleError("BYMONTH is 1 to 12.")
    if "UNTIL" in parts:
        if "COUNT" in parts:
            raise ScheduleError("A rule ends by COUNT or by UNTIL, not both.")
        parts["UNTIL"] = _day_of(parts["UNTIL"])
    if parts.get("WKST", "MO") not in _DAYS:
        raise ScheduleError("WKST is a weekday, such as MO.")
    weekdays = _weekdays(parts)
    if days and weekdays and ("BYSETPOS" in parts or any(len(day) > 2 for day in weekdays)):
        raise ScheduleError("A rule names days of the month or weekdays of it, not both.")
    if months and days and all(abs(d) > _LENGTHS[m - 1] for m in months for d in days):
        raise ScheduleError("No month of the rule has that day.")
    candidates = len(days) or 4 * len(weekdays)
    if positions and max(abs(p) for p in positions) > candidates:
        raise ScheduleError("BYSETPOS picks from more days than the rule names.")


def _weekdays(parts: dict[str, str]) -> list[str]:
    if "BYDAY" not in parts:
        return []
    weekdays = parts["BYDAY"].split(",")
    for day in weekdays:
        nth = day[:-2]
        numbered = nth.lstrip("+-").isdecimal() and 1 <= int(nth.lstrip("+-")) <= 5
        if day[-2:] not in _DAYS or (nth and not numbered) or len(nth) > 2:
            raise ScheduleError(f"“{day[:10]}” is not a weekday, such as MO or -1FR.")
        if nth and parts["FREQ"] == "WEEKLY":
            raise ScheduleError("A weekly rule names weekdays without a number.")
    if parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts:
        raise ScheduleError("A yearly rule with weekdays says of which month (BYMONTH).")
    return weekdays


def _number(parts: dict[str, str], name: str, least: int, most: int) -> None:
    value = parts.get(name, str(least))
    if not (value.isascii() and value.isdecimal()) or not least <= int(value[:9]) <= most:
        raise ScheduleError(f"{name} is a number from {least} to {most}.")


def _numbers(parts: dict[str, str], name: str, most: int) -> list[int]:
    if name not in parts:
        return []
    found = []
    for value in parts[name].split(","):
        digits = value.removeprefix("-").removeprefix("+")
        if not (digits.isascii() and digits.isdecimal()) or not 1 <= int(digits[:9]) <= most:
            raise ScheduleError(f"{name} holds numbers from 1 to {most}.")
        found.append(int(value))
    return found


def _day_of(text: str) -> str:
    """UNTIL without its time: schedules are about days."""
    try:
        return dt.datetime.strptime(text[:8], "%Y%m%d").strftime("%Y%m%d")  # noqa: DTZ007
    except ValueError:
        raise ScheduleError("UNTIL is a date like 20261231.") from None


def _times(parts: dict[str, str]) -> Fraction:
    if "BYSETPOS" in parts:
        a_period = len(parts["BYSETPOS"].split(","))
        return Fraction(a_period)
    weekdays = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    months = len(parts["BYMONTH"].split(",")) if "BYMONTH" in parts else 1
    if not weekdays:
        return Fraction(months * len(parts.get("BYMONTHDAY", "1").split(",")))
    if parts["FREQ"] == "WEEKLY":
        return Fraction(len(set(weekdays)))
    every_week = Fraction(_WEEKS_A_YEAR, 12)
    return months * sum((Fraction(1) if len(day) > 2 else every_week) for day in weekdays)


def last_day(day: dt.date) -> int:
    """How many days the month of `day` has."""
    return monthrange(day.year, day.month)[1]
