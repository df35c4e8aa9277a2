"""The rhythms that households pay in, and how well dates keep to one."""

import datetime as dt
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from recurring import schedule as when
from recurring.schedule import Schedule


class Rhythm(NamedTuple):
    """One of the two of `days` and `months` is set."""

    name: str
    days: int
    months: int
    slack: int
    """How many days a gap may be off."""
    free: int
    """How many days off cost nothing."""
    strict: float
    """The price of each further day."""
    skips: int
    """How many in a row may be missing, and one more."""

    @property
    def period(self) -> int:
        """Days, roughly."""
        return self.days or self.months * 365 // 12


WEEKLY = Rhythm("weekly", 7, 0, 3, 0, 0.5, 4)
FORTNIGHTLY = Rhythm("fortnightly", 14, 0, 3, 0, 0.4, 3)
FOUR_WEEKLY = Rhythm("four-weekly", 28, 0, 4, 0, 0.3, 3)
MONTHLY = Rhythm("monthly", 0, 1, 8, 1, 0.12, 4)
TWO_MONTHLY = Rhythm("every two months", 0, 2, 9, 1, 0.12, 2)
QUARTERLY = Rhythm("quarterly", 0, 3, 10, 1, 0.12, 2)
HALF_YEARLY = Rhythm("half-yearly", 0, 6, 12, 2, 0.1, 2)
YEARLY = Rhythm("yearly", 0, 12, 14, 2, 0.1, 2)
RHYTHMS = (WEEKLY, FORTNIGHTLY, FOUR_WEEKLY, MONTHLY, TWO_MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY)
TWICE_A_MONTH = "twice a month"

MOST_OFF = 8
"""A date further off than this is not further from the rhythm."""


class Fit(NamedTuple):
    """How dates keep to a rhythm: `off` is the mean distance in days from the best schedule."""

    off: float
    day: int
    """Day of the month, 0 for rhythms of weeks."""
    weekend: str
    last_working_day: bool
    phase: int
    """For rhythms of weeks: by how many days the first date is later than its due date."""


@lru_cache(maxsize=4_000)
def month_start(index: int) -> tuple[int, int]:
    """The ordinal of the first day, and the length, of month `index` (year * 12 + month - 1)."""
    day = dt.date(index // 12, index % 12 + 1, 1)
    return day.toordinal(), when.last_day(day)


@lru_cache(maxsize=40_000)
def month_index(ordinal: int) -> tuple[int, int]:
    """Month index and day of the month."""
    day = dt.date.fromordinal(ordinal)
    return day.year * 12 + day.month - 1, day.day


def due(index: int, day: int) -> int:
    start, length = month_start(index)
    return start + min(day, length) - 1


def _shifted(ordinal: int, weekend: str) -> int:
    over = (ordinal - 1) % 7 - 4  # ordinal 1 is a Monday
    if over <= 0 or not weekend:
        return ordinal
    return ordinal - over if weekend == "before" else ordinal + 3 - over


@lru_cache(maxsize=100_000)
def _due(index: int, day: int, weekend: str) -> int:
    return _shifted(due(index, day), weekend)


def _mean_off(dates: list[tuple[int, int]], day: int, weekend: str) -> float:
    total = 0
    for ordinal, index in dates:
        off = abs(ordinal - _due(index, day, weekend))
        if off > MOST_OFF:
            near = index + 1 if ordinal > _due(index, day, weekend) else index - 1
            off = min(MOST_OFF, abs(ordinal - _due(near, day, weekend)))
        total += off
    return total / len(dates)


def fit(rhythm: Rhythm, ordinals: list[int], slots: list[int]) -> Fit:
    """The best schedule for dates of which `slots` says how many periods after the first they are."""
    if rhythm.days:
        return _fit_weeks(rhythm.days, ordinals)
    sample = ordinals[:: 1 + len(ordinals) // 60]
    dates = [(o, month_index(o)[0]) for o in sample]
    ranked = sorted((_mean_off(dates, day, ""), day) for day in _likely_days(sample))
    best = Fit(*ranked[0], "", False, 0)
    gain = 0.1 if len(sample) > 5 else 0.3
    for off, day in ranked:
        for weekend in ("before", "after"):
            moved = _mean_off(dates, day, weekend)
            if moved < min(best.off, off) - (gain if not best.weekend else 0.01):
                best = Fit(moved, day, weekend, False, 0)
    last = _mean_off(dates, 31, "before")
    if len(sample) > 3 and last < best.off - gain or (best.day == 31 and best.weekend == "before"):
        best = Fit(last, 31, "", True, 0)
    steps = _mean_step(rhythm, ordinals, slots)
    # A firm that charges every thirty days drifts through the months.
    return best._replace(off=min(best.off, steps + 0.8))


def _fit_weeks(days: int, ordinals: list[int]) -> Fit:
    phases = Counter((o - ordinals[0]) % days for o in ordinals)

    def off(phase: int) -> int:
        near = ((found - phase + days // 2) % days - days // 2 for found in phases)
        return sum(
            phases[found] * min(abs(n), MOST_OFF) for found, n in zip(phases, near, strict=True)
        )

    best = min(phases, key=lambda phase: (off(phase), phase))
    late = best if best <= days // 2 else best - days
    return Fit(off(best) / len(ordinals), 0, "", False, -late)


def slots_of(rhythm: Rhythm, fitted: Fit, ordinals: list[int], slots: list[int]) -> list[int]:
    """The periods of weeks counted from the schedule, for single steps may be miscounted."""
    if not rhythm.days:
        return slots
    start = ordinals[0] - fitted.phase - rhythm.days // 2
    return [(ordinal - start) // rhythm.days for ordinal in ordinals]


def _likely_days(ordinals: list[int]) -> list[int]:
    """The days of the month to try: the last, and those nearest to all dates by a rough count."""
    counts = Counter(month_index(o)[1] for o in ordinals)

    def rough(day: int) -> float:
        return sum(
            count * min(abs((d - day + 15) % 30 - 15), MOST_OFF) for d, count in counts.items()
        )

    return sorted({*sorted(counts, key=lambda day: (rough(day), day))[:4], 31})


def _mean_step(rhythm: Rhythm, ordinals: list[int], slots: list[int]) -> float:
    offs = []
    for place in range(1, len(ordinals)):
        index, day = month_index(ordinals[place - 1])
        step = (slots[place] - slots[place - 1]) * rhythm.months
        offs.append(min(abs(ordinals[place] - due(index + step, day)), MOST_OFF))
    return sum(offs) / max(1, len(offs))


def schedule_of(rhythm: Rhythm, fitted: Fit, first: int) -> Schedule:
    """The schedule that begins with the due date of the payment on `first` (an ordinal)."""
    if rhythm.days:
        start = dt.date.fromordinal(first - fitted.phase)
        return when.weekly(rhythm.days // 7, start)
    index, _ = month_index(first)
    near = min((index - 1, index, index + 1), key=lambda n: abs(due(n, fitted.day) - first))
    start = dt.date.fromordinal(due(near, fitted.day))
    if fitted.last_working_day:
        month = start.replace(day=1)
        return when.last_working_day(rhythm.months, starts_on=month)
    if rhythm.months == 12:
        return when.yearly(start, weekend=fitted.weekend)
    return when.monthly(fitted.day, rhythm.months, starts_on=start, weekend=fitted.weekend)
