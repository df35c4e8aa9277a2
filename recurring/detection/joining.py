"""What belongs together across chains: pay twice a month, new names, missed places, trials."""

from recurring.detection.chains import Row, apart
from recurring.detection.evidence import SAME
from recurring.detection.keys import share_a_word
from recurring.detection.rhythms import MONTHLY, due, month_index
from recurring.detection.search import Candidate

_HALF_MONTHS = frozenset(((1, 15), (1, 16), (15, 29), (15, 30), (15, 31), (16, 31)))
_TRIAL_DAYS = range(3, 95)
_FEW = 2
_LONGEST_PAUSE = 13
"""Periods after which the same payment of the same payee is not the same series any more."""


def expected(candidate: Candidate, slot: int) -> int:
    """The ordinal of the due date `slot` periods after the first."""
    first, rhythm = candidate.anchor, candidate.rhythm
    if rhythm.days:
        return first - candidate.fit.phase + slot * rhythm.days
    index, _ = month_index(first)
    day = candidate.fit.day
    start = min((index - 1, index, index + 1), key=lambda n: abs(due(n, day) - first))
    return due(start + slot * rhythm.months, day)


def pair_twice_a_month(found: list[Candidate], income: bool) -> list[Candidate]:
    """Two monthly series of one payee half a month apart, as the one series that they are."""
    single = [c for c in found if c.rhythm == MONTHLY]
    joined: list[Candidate] = []
    for one in single:
        for other in single:
            if one is other or one.other_day or other in joined or one in joined:
                continue
            if _are_halves(one, other, income):
                one.other_day = other.fit.day
                _take_rows(one, other)
                joined.append(other)
    return [candidate for candidate in found if candidate not in joined]


def _are_halves(one: Candidate, other: Candidate, income: bool) -> bool:
    early, late = sorted((one.fit.day, other.fit.day))
    if not 11 <= late - early <= 18 and not (early <= 2 and late >= 14):
        return False
    if (late - early > 18 or early > 28) or apart(one.size, other.size) > (0.3 if income else SAME):
        return False
    shared = min(one.rows[-1].ordinal, other.rows[-1].ordinal) - max(
        one.rows[0].ordinal, other.rows[0].ordinal
    )
    longer = max(c.rows[-1].ordinal - c.rows[0].ordinal for c in (one, other))
    if shared < 0.7 * longer:
        return False
    return income or (early, late) in _HALF_MONTHS


def _take_rows(one: Candidate, other: Candidate) -> None:
    one.rows = sorted([*one.rows, *other.rows], key=lambda row: (row.ordinal, row.place))
    one.sureness = max(one.sureness, other.sureness)


def fill_gaps(candidate: Candidate, rest: list[Row]) -> list[Row]:
    """Gives a series what came from its payee on a due date that it misses, whatever the amount
    (a bonus, a corrected bill). Returns what is left."""
    if candidate.other_day:
        return rest
    names = {row.key.fine for row in candidate.rows}
    slack = 4 if candidate.rhythm.months else 1
    missing = set(range(candidate.slots[0], candidate.slots[-1])) - set(candidate.slots)
    for slot in sorted(missing):
        day = expected(candidate, slot)
        near = [
            row
            for row in rest
            if abs(row.ordinal - day) <= slack
            and row.key.fine in names
            and candidate.size // 4 <= row.size <= candidate.size * 4
        ]
        if near:
            chosen = min(near, key=lambda row: (abs(row.ordinal - day), row.place))
            _insert(candidate, chosen, slot)
            rest = [row for row in rest if row is not chosen]
    return rest


def _insert(candidate: Candidate, row: Row, slot: int) -> None:
    both = sorted(
        [*zip(candidate.slots, candidate.rows, strict=True), (slot, row)],
        key=lambda pair: (pair[0], pair[1].ordinal),
    )
    candidate.slots = [slot for slot, _ in both]
    candidate.rows = [row for _, row in both]


def take_trial(candidate: Candidate, rest: list[Row]) -> tuple[Row | None, list[Row]]:
    """A first charge of nothing or next to it, shortly before the first full one."""
    first = candidate.rows[0]
    for row in rest:
        if (
            first.ordinal - row.ordinal in _TRIAL_DAYS
            and row.size * 2 < first.size
            and row.key.coarse == first.key.coarse
            and not any(row.ordinal < other.ordinal < first.ordinal for other in rest)
        ):
            candidate.rows = [row, *candidate.rows]
            candidate.slots = [candidate.slots[0] - 1, *candidate.slots]
            candidate.had_trial = True
            return row, [other for other in rest if other is not row]
    return None, rest


def join_renamed(found: list[Candidate]) -> list[Candidate]:
    """Series that end where another begins, in step and at the same price, are one series."""
    found = sorted(found, key=lambda c: (c.rows[0].ordinal, c.rows[0].place))
    joined = True
    while joined:
        joined = False
        for one in found:
            other = next((c for c in found if c is not one and _goes_on(one, c)), None)
            if other is not None:
                shift = _slot_of(one, other.rows[0].ordinal, _LONGEST_PAUSE)
                one.slots = [*one.slots, *(shift + slot - other.slots[0] for slot in other.slots)]
                one.rows = [*one.rows, *other.rows]
                one.sureness = max(one.sureness, other.sureness)
                found = [c for c in found if c is not other]
                joined = True
                break
    return found


def _slot_of(candidate: Candidate, ordinal: int, reach: int = 2) -> int:
    """The period after the last, up to `reach` of them, whose due date is nearest to a date."""
    last = candidate.slots[-1]
    slots = range(last + 1, last + reach + 1)
    return min(slots, key=lambda slot: abs(expected(candidate, slot) - ordinal))


def _in_step(one: Candidate, ordinal: int, reach: int = 2) -> bool:
    slack = 4 if one.rhythm.months else 1 if one.rhythm.days == 7 else 2
    off = abs(expected(one, _slot_of(one, ordinal, reach)) - ordinal)
    return off <= slack + round(one.fit.off)


def _goes_on(one: Candidate, other: Candidate) -> bool:
    last, first = one.rows[-1], other.rows[0]
    if first.ordinal <= last.ordinal or one.rhythm is not other.rhythm:
        return False
    if (
        one.other_day
        or other.other_day
        or min(last.size, first.size) * 2 < max(last.size, first.size)
    ):
        return False
    off = apart(last.size, first.size)
    if last.key.coarse == first.key.coarse:
        return off <= 0.5 and _in_step(one, first.ordinal, _LONGEST_PAUSE)
    if not _in_step(one, first.ordinal):
        return False
    if share_a_word(last.key.fine, first.key.fine):
        return off <= 0.5
    return off <= SAME and one.evidence[4] >= 0.8


def take_renamed_rest(found: list[Candidate], rest: dict, income: bool) -> set[int]:
    """One or two payments in step and at the price of a series before them or after them, under a
    name that stands for nothing else. `rest` has the payments left over by name; returns the
    places that were taken."""
    by_size: dict[int, list[Row]] = {}
    for rows in rest.values():
        if len(rows) <= _FEW and rows[0].key.leaning >= 0:
            for row in rows:
                by_size.setdefault(row.size, []).append(row)
    taken: set[int] = set()
    for candidate in found:
        if candidate.other_day or candidate.evidence[4] < 0.6:
            continue
        while True:
            near = [
                row
                for row in by_size.get(candidate.rows[-1].size, ())
                if row.place not in taken
                and row.ordinal > candidate.rows[-1].ordinal
                and _in_step(candidate, row.ordinal)
            ]
            if not near:
                break
            row = min(near, key=lambda row: (row.ordinal, row.place))
            candidate.slots.append(_slot_of(candidate, row.ordinal))
            candidate.rows.append(row)
            taken.add(row.place)
        _take_before(candidate, by_size.get(candidate.rows[0].size, []), taken)
    return taken


def _take_before(candidate: Candidate, rows: list[Row], taken: set[int]) -> None:
    for _ in range(_FEW):
        day = expected(candidate, candidate.slots[0] - 1)
        near = [row for row in rows if row.place not in taken and abs(row.ordinal - day) <= 4]
        if not near or near[0].ordinal >= candidate.rows[0].ordinal:
            return
        candidate.rows = [near[0], *candidate.rows]
        candidate.slots = [candidate.slots[0] - 1, *candidate.slots]
        taken.add(near[0].place)
