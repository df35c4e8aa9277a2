"""Schedules in words."""

from babel.dates import get_day_names, get_month_names
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import active_locale
from recurring.models import Series
from recurring.schedule import Schedule, describe, validate_rule

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def schedule_words(schedule: Schedule) -> str:
    """ "Every 2 weeks on Friday", "Every month on the last working day, …"."""
    parts = dict(piece.split("=") for piece in validate_rule(schedule.rule).split(";"))
    text = _how_often(schedule)
    on = _on(parts, schedule)
    if on:
        text = f"{text} {on}"
    moved = {
        Series.Weekend.BEFORE.value: _("or the working day before"),
        Series.Weekend.AFTER.value: _("or the working day after"),
    }.get(schedule.weekend)
    return f"{text}, {moved}" if moved else text


def _how_often(schedule: Schedule) -> str:
    rhythm = describe(schedule)
    number = {"n": rhythm.interval}
    if rhythm.unit == "day":
        return ngettext("Every day", "Every %(n)s days", rhythm.interval) % number
    if rhythm.unit == "week":
        return ngettext("Every week", "Every %(n)s weeks", rhythm.interval) % number
    if rhythm.unit == "month":
        return ngettext("Every month", "Every %(n)s months", rhythm.interval) % number
    return ngettext("Every year", "Every %(n)s years", rhythm.interval) % number


def _on(parts: dict[str, str], schedule: Schedule) -> str:
    if parts["FREQ"] == "DAILY":
        return ""
    if parts["FREQ"] == "WEEKLY":
        days = parts.get("BYDAY", _DAYS[schedule.starts_on.weekday()]).split(",")
        if days == list(_DAYS[:5]):
            return _("on working days")
        return _("on %(days)s") % {"days": _joined([_weekday(day) for day in days])}
    if "BYDAY" in parts:
        return _on_weekdays(parts)
    words = _on_days(parts, schedule)
    if parts["FREQ"] == "YEARLY":
        months = get_month_names("wide", locale=active_locale())
        numbers = parts.get("BYMONTH", str(schedule.starts_on.month)).split(",")
        named = _joined([months[int(number)] for number in numbers])
        return _("%(day)s of %(month)s") % {"day": words, "month": named}
    return words


def _on_weekdays(parts: dict[str, str]) -> str:
    days = parts["BYDAY"].split(",")
    if days == list(_DAYS[:5]) and parts.get("BYSETPOS") == "-1":
        return _("on the last working day")
    if days == list(_DAYS[:5]) and parts.get("BYSETPOS") == "1":
        return _("on the first working day")
    names = {
        "1": _("the first %(day)s"),
        "2": _("the second %(day)s"),
        "3": _("the third %(day)s"),
        "4": _("the fourth %(day)s"),
        "-1": _("the last %(day)s"),
    }
    if all(day[:-2].removeprefix("+") in names for day in days) and "BYSETPOS" not in parts:
        found = [names[day[:-2].removeprefix("+")] % {"day": _weekday(day)} for day in days]
        return _("on %(days)s") % {"days": _joined(found)}
    return _("by the rule %(rule)s") % {"rule": parts["BYDAY"]}


def _on_days(parts: dict[str, str], schedule: Schedule) -> str:
    numbers = [int(n) for n in parts.get("BYMONTHDAY", str(schedule.starts_on.day)).split(",")]
    picked = parts.get("BYSETPOS")
    if numbers == [-1] or (picked == "-1" and max(numbers) == 31):
        return _("on the last day")
    if picked == "-1":  # the 29th or 30th, or the last day of a shorter month
        numbers = [max(numbers)]
    elif picked == "1,-1":
        numbers = [min(numbers), max(numbers)]
    elif picked:
        return _("by the rule %(rule)s") % {"rule": schedule.rule}
    words = [
        _("the last day") if n == -1 else _("the %(n)s") % {"n": _ordinal(n)} for n in numbers
    ]
    return _("on %(days)s") % {"days": _joined(words)}


def _ordinal(number: int) -> str:
    """1st, 2nd, 3rd in English; other languages write the number as their translators say."""
    if number < 0:
        return _("%(n)s days before the end") % {"n": -number}
    if number in (1, 21, 31):
        return _("%(n)sst") % {"n": number}
    if number in (2, 22):
        return _("%(n)snd") % {"n": number}
    if number in (3, 23):
        return _("%(n)srd") % {"n": number}
    return _("%(n)sth") % {"n": number}


def _weekday(code: str) -> str:
    return get_day_names("wide", locale=active_locale())[_DAYS.index(code[-2:])]


def _joined(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s and %(last)s") % {"some": ", ".join(words[:-1]), "last": words[-1]}
