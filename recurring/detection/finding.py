"""Finds what recurs in a household's payments."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from ledger.text import alias_key
from recurring.detection.chains import Row
from recurring.detection.joining import (
    fill_gaps,
    join_renamed,
    pair_twice_a_month,
    take_renamed_rest,
    take_trial,
)
from recurring.detection.keys import Key, key_of, name_in
from recurring.detection.results import result
from recurring.detection.search import Candidate, search
from recurring.detection.shapes import FoundSeries, Payment

_NEVER = frozenset(("cash", "refund"))
"""Cash and refunds have no schedule, however regular."""

_YEARS = range(1900, 2200)
"""Dates beyond are slips of the pen, and too near to the ends of the calendar."""


def find_series(payments: Iterable[Payment], today: dt.date | None = None) -> list[FoundSeries]:
    """The series in one household's payments, by name and first payment.

    `today` decides what is still active; without it the day of the last payment does. Payments
    may come in any order; each belongs to one series at most.
    """
    ordered = sorted(payments, key=lambda payment: (payment.date, payment.id))
    if not ordered:
        return []
    candidates = [
        candidate
        for income in (False, True)
        for candidate in find_candidates(ordered, income)
    ]  # fmt: skip
    found = [result(candidate, ordered, today or ordered[-1].date) for candidate in candidates]
    return sorted(
        found, key=lambda series: (series.name.casefold(), series.first_seen, series.payments)
    )


def find_candidates(
    ordered: list[Payment], income: bool, tried: list[Candidate] | None = None
) -> list[Candidate]:
    """The series among money in, or among money out, joined across names."""
    found: list[Candidate] = []
    rest: dict[str, list[Row]] = {}
    for name, rows in sorted(_groups(ordered, income).items()):
        mine = search([row for row in rows if row.size], income, tried)
        mine = pair_twice_a_month(mine, income)
        taken = {row.place for candidate in mine for row in candidate.rows}
        left = [row for row in rows if row.place not in taken]
        for candidate in mine:
            left = fill_gaps(candidate, left)
            _row, left = take_trial(candidate, left)
        found += mine
        rest[name] = left
    found = join_renamed(found)
    take_renamed_rest(found, {name: rows for name, rows in rest.items() if rows}, income)
    return found


def _groups(ordered: list[Payment], income: bool) -> dict[str, list[Row]]:
    keys: dict[tuple[str, str], Key] = {}
    groups: dict[str, list[Row]] = defaultdict(list)
    for place, payment in enumerate(ordered):
        if (payment.amount > 0) is not income or payment.date.year not in _YEARS:
            continue
        short = (payment.payee, "" if payment.payee else alias_key(name_in(payment.description)))
        key = keys.get(short)
        if key is None:
            key = keys[short] = key_of(payment.description, payment.payee)
        if key.concept in _NEVER:
            continue
        row = Row(place, payment.date.toordinal(), abs(payment.amount), key)
        groups[key.coarse].append(row)
    return groups
