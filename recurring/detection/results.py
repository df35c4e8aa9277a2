"""From a chain of payments to what the house says about it."""

import datetime as dt
from itertools import pairwise
from statistics import median_low

from ledger.categoriser.merchants import display_name
from recurring import schedule as when
from recurring.detection.chains import apart
from recurring.detection.evidence import SAME
from recurring.detection.joining import expected
from recurring.detection.keys import kind_of
from recurring.detection.rhythms import TWICE_A_MONTH, schedule_of
from recurring.detection.search import Candidate
from recurring.detection.shapes import FoundSeries, Payment, PriceChange
from recurring.schedule import Schedule, ScheduleError

_FIXED = 0.75
_RECENT = 6
_CERTAIN = 99


def result(candidate: Candidate, payments: list[Payment], today: dt.date) -> FoundSeries:
    """`payments` in the order of the search's places."""
    mine = [payments[row.place] for row in candidate.rows]
    body = mine[1:] if candidate.had_trial else mine
    amounts = [payment.amount for payment in body]
    steps = [apart(abs(a), abs(b)) for a, b in pairwise(amounts)]
    changes = _price_changes(body)
    persistent = {change.date for change in changes}
    same = sum(
        step <= SAME or later.date in persistent
        for step, later in zip(steps, body[1:], strict=True)
    )
    fixed = same >= _FIXED * len(steps)
    current = [a for p, a in zip(body, amounts, strict=True) if p.date >= max(persistent)] if (
        fixed and persistent
    ) else amounts  # fmt: skip
    schedule = _schedule(candidate, body[0].date)
    period = 15 if candidate.other_day else candidate.rhythm.period
    last = mine[-1].date
    # A payment may come before its due date; that one is not due again.
    due = when.next_after(schedule, last + dt.timedelta(days=period // 3))
    grace = dt.timedelta(days=5 + period // 2)
    key = candidate.rows[-1].key
    return FoundSeries(
        name=mine[-1].payee or display_name(mine[-1].description),
        payments=tuple(payment.id for payment in mine),
        schedule=schedule,
        rhythm=TWICE_A_MONTH if candidate.other_day else candidate.rhythm.name,
        amount=median_low(current[-1:] if fixed and not _is_odd(amounts) else current[-_RECENT:]),
        amount_low=min(amounts, key=abs),
        amount_high=max(amounts, key=abs),
        is_fixed_amount=fixed,
        confidence=min(_CERTAIN, round(candidate.sureness * 100)),
        first_seen=mine[0].date,
        last_seen=last,
        next_due=due,
        is_active=due is not None and due + grace >= today,
        kind=kind_of(key, amounts[-1] > 0, fixed),
        price_changes=tuple(changes) if fixed else (),
        trial_until=body[0].date if candidate.had_trial else None,
        missed=_missed(candidate, schedule),
    )


def _is_odd(amounts: list[int]) -> bool:
    """The last amount differs from the one before: a change or a bonus, nobody knows yet."""
    return len(amounts) > 2 and amounts[-1] != amounts[-2] == amounts[-3]


def _schedule(candidate: Candidate, first: dt.date) -> Schedule:
    one = schedule_of(candidate.rhythm, candidate.fit, first.toordinal())
    if not candidate.other_day:
        return one
    days = (candidate.fit.day, candidate.other_day)
    start = first.replace(day=1) if first.day < 20 else first - dt.timedelta(days=5)
    try:
        both = when.twice_a_month(*days, starts_on=start, weekend=candidate.fit.weekend)
    except ScheduleError:
        return one
    begin = next(when.occurrences(both, first - dt.timedelta(days=7), dt.date.max), start)
    return Schedule(both.rule, min(begin, first), both.weekend)


def _price_changes(payments: list[Payment]) -> list[PriceChange]:
    """Where an amount changed for good: it held before, and holds afterwards (or is the last)."""
    changes = []
    for place in range(1, len(payments)):
        old, new = payments[place - 1].amount, payments[place].amount
        if old == new:
            continue
        held = place < 2 or payments[place - 2].amount == old
        holds = place + 1 >= len(payments) or payments[place + 1].amount == new
        if held and holds and not (place + 1 >= len(payments) and place < 2):
            changes.append(PriceChange(payments[place].date, old, new))
    return changes


def _missed(candidate: Candidate, schedule: Schedule) -> tuple[dt.date, ...]:
    if candidate.other_day:
        seen = [row.ordinal for row in candidate.rows]
        first, last = (dt.date.fromordinal(n) for n in (seen[0] + 7, seen[-1] - 7))
        due = when.occurrences(schedule, first, max(first, last))
        return tuple(d for d in due if not any(abs(d.toordinal() - n) <= 6 for n in seen))
    slots = candidate.slots
    missing = sorted(set(range(slots[0], slots[-1])) - set(slots))
    return tuple(dt.date.fromordinal(expected(candidate, slot)) for slot in missing)
