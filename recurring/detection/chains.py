"""The best chain of payments in one rhythm, by dynamic programming over the dates."""

from bisect import bisect_left
from typing import NamedTuple

from recurring.detection.keys import Key
from recurring.detection.rhythms import Rhythm, due, month_index


class Row(NamedTuple):
    """A payment as the search sees it; `size` is the amount without its sign."""

    place: int
    ordinal: int
    size: int
    key: Key


class Chain(NamedTuple):
    rows: list[Row]
    slots: list[int]
    """How many periods after the first each row is."""


_HIT = 1.7
_MISS = 1.1
_OTHER_NAME = 0.4


def apart(one: int, other: int) -> float:
    """By which share of the larger one two sizes differ."""
    return abs(one - other) / max(one, other, 1)


def _price(one: int, other: int, strict: bool) -> float | None:
    """What it costs that two neighbours have these sizes; None forbids it."""
    off = apart(one, other)
    if off <= 0.04:
        return 0.25
    if strict:
        return None
    return 0.6 if off <= 0.15 else 0.8 if off <= 0.4 else 1.0 if off <= 0.7 else 1.4


def best_chain(rows: list[Row], rhythm: Rhythm, strict: bool) -> Chain | None:
    """The chain with the most hits for the least trouble; `rows` are in date order.

    `strict` keeps to about one amount; else amounts may change each time.
    """
    ordinals = [row.ordinal for row in rows]
    score = [0.0] * len(rows)
    back: list[tuple[int, int] | None] = [None] * len(rows)
    best, best_score = -1, 0.0
    days, months, slack, free = rhythm.days, rhythm.months, rhythm.slack, rhythm.free
    count = len(rows)
    for place, row in enumerate(rows):
        so_far, size, ordinal, name = score[place], row.size, row.ordinal, row.key.fine
        if so_far > best_score:
            best, best_score = place, so_far
        index, day = month_index(ordinal) if months else (0, 0)
        target = place + 1
        for step in range(1, rhythm.skips + 1):
            expected = ordinal + step * days if days else due(index + step * months, day)
            target = bisect_left(ordinals, expected - slack, target)
            while target < count and ordinals[target] <= expected + slack:
                other = rows[target]
                price = 0.0 if size == other.size else _price(size, other.size, strict)
                if price is not None:
                    off = abs(other.ordinal - expected) - free
                    gained = so_far + _HIT - price - _MISS * (step - 1)
                    if off > 0:
                        gained -= rhythm.strict * off
                    if name != other.key.fine:
                        gained -= _OTHER_NAME
                    if gained > score[target]:
                        score[target], back[target] = gained, (place, step)
                target += 1
            if target >= count:
                break
    if best < 0:
        return None
    chain, steps, at = [rows[best]], [], best
    while (link := back[at]) is not None:
        at, step = link
        chain.append(rows[at])
        steps.append(step)
    chain.reverse()
    slots = [0]
    for step in reversed(steps):
        slots.append(slots[-1] + step)
    return Chain(chain, slots)
