"""What goes into a projection and what comes out. Amounts are minor units, money in positive."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple


class Flow(NamedTuple):
    """Money that is known to move: on `day`, on the account `account` (a key of the caller's).

    `spread` is by how much it differed from `amount` before; a course adds one of these.
    """

    day: dt.date
    account: int
    amount: int
    label: str
    occurrence: int | None = None
    series: int | None = None
    is_income: bool = False
    is_estimate: bool = False
    url: str = ""
    spread: tuple[int, ...] = ()


class Moved(NamedTuple):
    """What moved an account on a day of the past."""

    day: dt.date
    account: int
    amount: int


@dataclass(frozen=True, slots=True)
class Place:
    """An account: what is on it today, and whether it counts in the total.

    `has_history` says whether its past is long enough to draw from; `rate` is what one minor unit
    of it is worth in minor units of the total.
    """

    key: int
    balance: int
    is_in_total: bool = True
    has_history: bool = True
    rate: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A card whose statements leave `paid_from`: (day of the statement, day it is due) ahead.

    `asks` says what is paid of a statement of that size.
    """

    card: int
    paid_from: int
    statements: tuple[tuple[dt.date, dt.date], ...]
    asks: Callable[[int], int]
    label: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The unexplained past from `first` to the day before today.

    `usual` sums the small movements by account and day; `large` has the big ones one by one.
    """

    first: dt.date
    usual: Mapping[int, Mapping[dt.date, int]] = field(default_factory=dict)
    large: Sequence[Moved] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """The balance at the end of today and of each day after it.

    `known` follows from what is known alone; in one of ten courses the balance is below `low`, in
    one of ten above `high`; `likely` is the middle. Without a past to draw from (`has_band` is
    False) the four are the same.
    """

    days: tuple[dt.date, ...]
    known: tuple[int, ...]
    low: tuple[int, ...]
    likely: tuple[int, ...]
    high: tuple[int, ...]
    has_band: bool

    @property
    def lowest(self) -> int:
        """The place of the first day with the lowest likely balance."""
        return self.likely.index(min(self.likely))

    @property
    def lowest_on(self) -> dt.date:
        return self.days[self.lowest]

    @property
    def lowest_likely(self) -> int:
        return self.likely[self.lowest]

    @property
    def lowest_low(self) -> int:
        """What the low end of the band is on the day of the lowest likely balance."""
        return self.low[self.lowest]

    @property
    def below_on(self) -> dt.date | None:
        """The first day that probably ends below zero."""
        return self._below(self.likely)

    @property
    def may_be_below_on(self) -> dt.date | None:
        """The first day that ends below zero in one of ten courses."""
        return self._below(self.low)

    @property
    def end(self) -> int:
        """The likely balance of the last day."""
        return self.likely[-1]

    @property
    def end_low(self) -> int:
        return self.low[-1]

    @property
    def end_high(self) -> int:
        return self.high[-1]

    def _below(self, line: tuple[int, ...]) -> dt.date | None:
        return next((day for day, value in zip(self.days, line, strict=True) if value < 0), None)


@dataclass(frozen=True, slots=True)
class Projection:
    """The curve of each account and of all that count together, and what card statements will
    probably move."""

    curves: dict[int, Curve]
    total: Curve
    statements: tuple[Flow, ...]
