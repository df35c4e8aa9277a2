"""The best chain of payments in one rhythm, by dynamic programming over the dates."""

from typing import NamedTuple

from recurring.detection.keys import Key
from recurring.detection.rhythms import Rhythm, due, month_index, window


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
    if one == other:
        return 0.0
    off = apart(one, other)
    if off <= 0.04:
        return 0.25
    if strict:
        return 1.3 if off <= 0.5 else None
    return 0.6 if off <= 0.15 else 0.8 if off <= 0.4 else 1.0 if off <= 0.7 else 1.4


def best_chain(rows: list[Row], rhythm: Rhythm, strict: bool) -> Chain | None:
    """The chain with the most hits for the least trouble; `rows` are in date order.

    `strict` keeps to about one amount, with rises; else amounts may change each time.
    """
    ordinals = [row.ordinal for row in rows]
    score = [0.0] * len(rows)
    back: list[tuple[int, int] | None] = [None] * len(rows)
    best, best_score = -1, 0.0
    days, months, slack = rhythm.days, rhythm.months, rhythm.slack
    for place, row in enumerate(rows):
        so_far = score[place]
        if so_far > best_score:
            best, best_score = place, so_far
        index, day = month_index(row.ordinal) if months else (0, 0)
        for step in range(1, rhythm.skips + 1):
            expected = row.ordinal + step * days if days else due(index + step * months, day)
            for target in window(ordinals, expected, slack):
                other = rows[target]
                price = _price(row.size, other.size, strict)
                if price is None or target <= place:
                    continue
                off = max(0, abs(other.ordinal - expected) - rhythm.free)
                gained = _HIT - price - rhythm.strict * off - _MISS * (step - 1)
                if row.key.fine != other.key.fine:
                    gained -= _OTHER_NAME
                if so_far + gained > score[target]:
                    score[target], back[target] = so_far + gained, (place, step)
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
