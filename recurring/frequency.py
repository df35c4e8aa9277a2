"""How often a bank says that a standing order is paid, as a schedule. Pure.

The codes are UK Open Banking's, which TrueLayer hands on: EvryDay, EvryWorkgDay, IntrvlDay:NN,
IntrvlWkDay:weeks:weekday, WkInMnthDay:week:weekday, IntrvlMnthDay:months:day, QtrDay:who. Some banks
write a word instead.
"""

import datetime as dt

from recurring import schedule as when
from recurring.schedule import Schedule

_WORDS = {
    "daily": (1, "days"),
    "weekly": (1, "weeks"),
    "fortnightly": (2, "weeks"),
    "biweekly": (2, "weeks"),
    "fourweekly": (4, "weeks"),
    "every4weeks": (4, "weeks"),
    "monthly": (1, "months"),
    "bimonthly": (2, "months"),
    "quarterly": (3, "months"),
    "halfyearly": (6, "months"),
    "semiannually": (6, "months"),
    "yearly": (12, "months"),
    "annual": (12, "months"),
    "annually": (12, "months"),
}


def schedule_of(frequency: str, on: dt.date) -> Schedule | None:
    """The schedule of a bank's code, of which `on` is one payment; None for what nobody can read.

    Quarter days (25 March, 24 June, 29 September, 25 December; in Scotland the 28th of other
    months) come out as every three months on the day of `on`: the days early and late cover them.
    """
    name, *numbers = frequency.strip().split(":")
    try:
        return _read(name, [int(number) for number in numbers if _is_number(number)], on)
    except (ValueError, IndexError):  # ScheduleError is a ValueError
        return None


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdecimal() and len(text) < 5


def _read(name: str, numbers: list[int], on: dt.date) -> Schedule | None:
    if name == "EvryDay":
        return _rule("FREQ=DAILY", on)
    if name == "EvryWorkgDay":
        return _rule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", on)
    if name == "IntrvlDay":
        return _rule(f"FREQ=DAILY;INTERVAL={numbers[0]}", on)
    if name == "IntrvlWkDay":
        weeks, weekday = numbers
        return when.weekly(weeks, on + dt.timedelta(days=(weekday - 1 - on.weekday()) % 7))
    if name == "WkInMnthDay":
        week, weekday = numbers
        return when.nth_weekday(-1 if week == 5 else week, weekday - 1, starts_on=on)
    if name == "IntrvlMnthDay":
        months, day = numbers
        if -5 <= day < 0:
            return _rule(f"FREQ=MONTHLY;INTERVAL={months};BYMONTHDAY={day}", on)
        return when.monthly(day, months, starts_on=on)
    if name == "QtrDay":
        return when.monthly(on.day, 3, starts_on=on)
    return _read_word(name, on)


def _read_word(name: str, on: dt.date) -> Schedule | None:
    key = "".join(char for char in name.casefold() if char.isalnum())
    if key not in _WORDS:
        return None
    every, unit = _WORDS[key]
    if unit == "days":
        return _rule("FREQ=DAILY", on)
    if unit == "weeks":
        return when.weekly(every, on)
    return when.monthly(on.day, every, starts_on=on)


def _rule(text: str, on: dt.date) -> Schedule:
    return Schedule(when.validate_rule(text), on)
