"""A month as the household counts it: from its first month day to the day before the next.

A household whose month begins on the 1st to the 15th names it after the month of its first day;
one that begins later (pay day on the 25th) names it after the month that most of it lies in.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month, stored as `index` = year * 12 + (month of year - 1)."""

    index: int

    @classmethod
    def of(cls, year: int, number: int) -> "Month":
        """The month `number` (1 to 12) of `year`."""
        return cls(year * 12 + number - 1)

    @classmethod
    def containing(cls, day: dt.date, first_day: int = 1) -> "Month":
        """The month that `day` lies in, when months begin on `first_day` (1 to 28)."""
        index = day.year * 12 + day.month - 1
        if day.day < first_day:
            index -= 1
        return cls(index if first_day <= 15 else index + 1)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read "2026-11". Raises ValueError."""
        year, _, number = text.partition("-")
        if len(year) != 4 or not 1 <= int(number) <= 12:
            raise ValueError("A month is written like 2026-11.")
        return cls.of(int(year), int(number))

    @property
    def year(self) -> int:
        return self.index // 12

    @property
    def number(self) -> int:
        return self.index % 12 + 1

    def start(self, first_day: int = 1) -> dt.date:
        """The first day of this month."""
        index = self.index if first_day <= 15 else self.index - 1
        return dt.date(index // 12, index % 12 + 1, first_day)

    def end(self, first_day: int = 1) -> dt.date:
        """The day after the last one: ranges are half open."""
        return (self + 1).start(first_day)

    def last(self, first_day: int = 1) -> dt.date:
        """The last day of this month."""
        return self.end(first_day) - dt.timedelta(days=1)

    def __add__(self, months: int) -> "Month":
        return Month(self.index + months)

    def __sub__(self, months: int) -> "Month":
        return Month(self.index - months)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def until(self, last: "Month") -> Iterator["Month"]:
        """Every month from this one to `last`, both included."""
        return (Month(index) for index in range(self.index, last.index + 1))


def add_months(day: dt.date, months: int) -> dt.date:
    """`day` moved by whole months; the 31st becomes the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, number = divmod(index, 12)
    return dt.date(year, number + 1, min(day.day, monthrange(year, number + 1)[1]))
