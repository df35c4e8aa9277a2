"""How fast a goal is reached: the arithmetic of goals, pure. Amounts are minor units, months are
`core.months.Month.index`. docs/how-to/goals-and-debts.md says the same in words."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from core.months import Month

PACE_MONTHS = 3
"""The pace is that of so many full months."""
SMALLEST_MILESTONE = 100_000
"""1,000 of a currency with two decimals."""

REACHED, PAUSED, AHEAD, ON_TRACK, BEHIND = "reached", "paused", "ahead", "on_track", "behind"
UNDATED, STALLED, BROKEN = "undated", "stalled", "broken"

GOOD = frozenset({REACHED, AHEAD, ON_TRACK, UNDATED})
"""The states that count as on track."""


@dataclass(frozen=True, slots=True)
class Line:
    """The even way to a target: from `started_with` at the beginning of the month `start` to
    `target` at the end of the month `last`."""

    target: int
    start: int
    started_with: int
    last: int

    def expected(self, month: int) -> int:
        """What should be there at the end of `month`, cut off to whole units."""
        total = max(1, self.last - self.start + 1)
        gone = min(max(0, month - self.start + 1), total)
        return self.started_with + (self.target - self.started_with) * gone // total


def last_whole_month(day: dt.date, first_day: int) -> int:
    """The last month that is over by the end of `day`, when months begin on `first_day`."""
    month = Month.containing(day, first_day)
    return month.index if month.last(first_day) <= day else month.index - 1


def monthly_need(target: int, opening: int, current: int, last: int) -> int:
    """What each month from `current` to `last` needs, after `opening` at the beginning of `current`.

    Rounded up, so that the target is there in time. All of it when `last` is over.
    """
    return -(-max(0, target - opening) // max(1, last - current + 1))


def gain(points: Sequence[int], months: int) -> int:
    """What the last `months` full months brought; `points` are month ends, the last one today."""
    return points[-2] - points[-2 - months]


def months_of_pace(points: Sequence[int], since: int) -> int:
    """Over how many full months the pace is taken: at most PACE_MONTHS and `since`."""
    return max(0, min(PACE_MONTHS, len(points) - 2, since))


def months_since_first(points: Sequence[int]) -> int:
    """How many full months have gone since there was anything; the month of the first counts."""
    first = next((place for place, amount in enumerate(points) if amount), len(points))
    return max(0, len(points) - 1 - first)


def reached_in(points: Sequence[int], target: int, months: int, current: int) -> int | None:
    """The month in which the pace of the last `months` full months reaches `target`; None for never.

    Counted from the last month's end or from today, whichever is nearer: what this month brought
    already may be all that it brings.
    """
    saved, opening = points[-1], points[-2]
    if saved >= target:
        return current
    if months < 1 or (brought := gain(points, months)) <= 0:
        return None
    from_opening = current - 1 + -(-(target - opening) * months // brought)
    from_today = current + -(-(target - saved) * months // brought)
    return max(current, min(from_opening, from_today))


def percent(saved: int, target: int, start: int = 0) -> int:
    """How much of the way from `start` to `target` is done, in whole per cent, cut off; 0 to 100."""
    if saved >= target:
        return 100
    return max(0, (saved - start) * 100 // (target - start)) if target > start else 0


def standing(line: Line, saved: int, current: int) -> str:
    """AHEAD by a month's part or more, BEHIND the line as of the last month's end, or ON_TRACK."""
    if saved < line.expected(current - 1):
        return BEHIND
    is_ahead = current < line.last and saved >= line.expected(current + 1)
    return AHEAD if is_ahead else ON_TRACK


def milestone_above(amount: int) -> int:
    """The first round figure (1 to 9 with zeros behind, or 0) above `amount`."""
    if amount < 0:
        size = _power_of(-amount)
        if -amount == size and size > SMALLEST_MILESTONE:
            return -9 * (size // 10)
        return min(0, (amount // size + 1) * size)
    if amount < SMALLEST_MILESTONE:
        return SMALLEST_MILESTONE
    size = _power_of(amount)
    return (amount // size + 1) * size


def _power_of(amount: int) -> int:
    """The power of ten that `amount` (>= 0) begins with, SMALLEST_MILESTONE at least."""
    size = SMALLEST_MILESTONE
    while size * 10 <= amount:
        size *= 10
    return size


def milestones(points: Sequence[int], first: int) -> list[tuple[int, int]]:
    """(round figure, the month whose end was the first to have it) in the order of reaching.

    `points` are the ends of consecutive months from `first` on. What was there at the first one was
    reached nobody knows when, and is left out.
    """
    found: list[tuple[int, int]] = []
    if not points:
        return found
    highest = points[0]
    for month, amount in enumerate(points[1:], first + 1):
        while (step := milestone_above(highest)) <= amount:
            found.append((step, month))
            highest = step
        highest = max(highest, amount)
    return found
