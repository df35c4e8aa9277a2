"""Whether a movement can be what a series expects, and how badly it fits. Pure."""

import datetime as dt
from dataclasses import dataclass, field

from recurring.schedule import Schedule, per_year

LONGEST_REACH = 45
"""Days around a due date in which its transaction is looked for, at most."""
A_DAY = 10
UNSURE = 50
ODD = 100
"""Costs: of each day apart, of weak evidence, of an amount or text that does not fit any more."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A transaction as it is compared: `text` is folded, `partner` the transfer's other account."""

    pk: int
    date: dt.date
    amount: int
    account: int
    currency: str
    payee: int | None = None
    text: str = ""
    partner: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a series looks for. `low` and `high` are sizes, `words` and `name` folded."""

    amount: int
    low: int
    high: int
    currency: str
    account: int | None = None
    partner: int | None = None
    payee: int | None = None
    words: tuple[str, ...] = ()
    name: str = ""
    early: int = 3
    late: int = 5
    refused: frozenset[int] = field(default=frozenset())

    def misfit(self, movement: Movement) -> int | None:
        """The cost of taking `movement` for one of these, without its day; None: it is none."""
        if (
            movement.currency != self.currency
            or (movement.amount > 0) != (self.amount > 0)
            or self.account not in (None, movement.account)
            or not self.low <= abs(movement.amount) <= self.high
        ):
            return None
        doubt = self._doubt(movement)
        return None if doubt is None else doubt + self._strange(movement)

    def _doubt(self, movement: Movement) -> int | None:
        if self.partner is not None:
            if movement.partner is not None:
                return 0 if movement.partner == self.partner else None
            return UNSURE if movement.amount == self.amount else None
        if self.payee is not None and movement.payee == self.payee:
            return 0
        if self.words and all(word in movement.text for word in self.words):
            return 0
        if self.payee is not None or self.words:
            return None
        if self.name and self.name in movement.text:
            return 0
        is_exact = movement.amount == self.amount
        return UNSURE if is_exact and self.account is not None else None

    def _strange(self, movement: Movement) -> int:
        """How far the amount is from what is expected, 0 to 100."""
        apart = abs(movement.amount - self.amount)
        return min(100, apart * 100 // max(1, abs(self.amount)))

    def is_recognisable(self, movement: Movement) -> bool:
        """Whether what was matched may stay so: the same direction, not half nor double the size."""
        size = abs(movement.amount)
        return (
            movement.currency == self.currency
            and (movement.amount > 0) == (self.amount > 0)
            and self.low <= 2 * size
            and size <= 2 * self.high
        )

    def days(self, due_on: dt.date, day: dt.date) -> int | None:
        """The cost of `day` for what is due on `due_on`; None when it is too far."""
        apart = (day - due_on).days
        return A_DAY * abs(apart) if -self.early <= apart <= self.late else None


def period_days(schedule: Schedule) -> int:
    """About how many days lie between two due dates."""
    return max(1, round(365 / per_year(schedule)))


def usual_reach(schedule: Schedule) -> tuple[int, int]:
    """Days early and days late that suit a schedule: those of a neighbour are not taken."""
    period = period_days(schedule)
    return min(3, period // 4), min(5, period // 3)


def late_reach(schedule: Schedule, late_days: int) -> int:
    """How late its transaction still is it: beyond `late_days` it was missing meanwhile."""
    return max(late_days, min(LONGEST_REACH, period_days(schedule) // 2))
