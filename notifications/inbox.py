"""A person's notifications as a page shows them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone

from notifications.kinds import Words, kind_of, words_of
from notifications.models import Level, Notification


@dataclass(frozen=True, slots=True)
class Row:
    """One notification in the reader's words."""

    pk: int
    words: Words
    icon: str
    level: Level
    at: dt.datetime
    is_unread: bool
    leads_on: bool
    """Whether there is something to go to."""

    @property
    def tone(self) -> str:
        """The class of its colour; the level's label says the same in a word."""
        return {Level.NEAR: "near", Level.WRONG: "wrong"}.get(self.level, "muted")


@dataclass(frozen=True, slots=True)
class Day:
    """Rows of one day in the household's time zone, either all unread or all read."""

    day: dt.date
    is_unread: bool
    rows: tuple[Row, ...]


def rows_of(notifications: Iterable[Notification]) -> list[Row]:
    """In the language and locale that are active."""
    return [_row(one) for one in notifications]


def days_of(rows: Iterable[Row]) -> list[Day]:
    """Rows that stand together, by whether they are read and by their day."""

    def section(row: Row):
        return row.is_unread, timezone.localdate(row.at)

    return [
        Day(day, is_unread, tuple(members))
        for (is_unread, day), members in groupby(rows, key=section)
    ]


def _row(one: Notification) -> Row:
    kind = kind_of(one.kind)
    return Row(
        pk=one.pk,
        words=words_of(one),
        icon=kind.icon if kind else "bell",
        level=Level(one.level),
        at=one.created_at,
        is_unread=one.read_at is None,
        leads_on=bool(one.url),
    )
