"""How surely a chain of payments recurs: a few figures about it, weighed.

The weights are fitted by `benchmarks/fit_recurring.py` on made-up households (seeds 0 to 9),
held close to what reason says of each figure.
"""

from math import exp, log
from typing import NamedTuple

from recurring.detection.chains import Chain, apart
from recurring.detection.rhythms import Fit, Rhythm

SAME, NEAR, ALIKE = 0.004, 0.04, 0.15
_USUAL_OFF = {7: 0.5, 14: 0.8, 28: 1.0}
_USUAL_OFF_OF_MONTHS = {1: 2.0, 2: 2.5, 3: 3.0, 6: 3.0, 12: 3.5}

NAMES = (
    "one", "length", "missing", "off", "equal", "near", "alike", "apart", "same_besides", "others_besides",
    "leaning", "automatic", "weeks_and_uneven", "income", "only_two", "off_and_uneven",
    "few_and_uneven", "yearly",
)  # fmt: skip
REASON = (
    -1.0, 0.9, -4.0, -1.2, 2.0, 1.2, 0.5, -1.0, -2.0,
    -1.0, 1.0, 0.8, -2.5, 0.5, -1.5, -1.0, -1.5, 0.3,
)  # fmt: skip
WEIGHTS = (
    -2.66, 2.43, -4.63, -3.74, 2.46, 0.62, -0.18, -1.44, -4.53,
    -1.94, 1.39, 1.35, -3.6, 0.49, -1.94, -1.93, -2.12, 1.48,
)  # fmt: skip


class Surroundings(NamedTuple):
    """Payments to the same payee that are not of the chain."""

    same: int
    """Of about the chain's amount, at any time."""
    others: int
    """Of other amounts, during the chain."""


def figures(
    chain: Chain, rhythm: Rhythm, fitted: Fit, besides: Surroundings, income: bool
) -> tuple:
    """The evidence, in the order of NAMES."""
    rows, count = chain.rows, len(chain.rows)
    steps = [apart(one.size, other.size) for one, other in zip(rows, rows[1:], strict=False)]
    equal = sum(step <= SAME for step in steps) / len(steps)
    near = sum(step <= NEAR for step in steps) / len(steps)
    alike = sum(step <= ALIKE for step in steps) / len(steps)
    slots = max(count, chain.slots[-1] + 1)
    usual = _USUAL_OFF.get(rhythm.days) or _USUAL_OFF_OF_MONTHS[rhythm.months]
    off = min(fitted.off / usual, 3.0)
    key = rows[count // 2].key
    return (
        1.0,
        log(min(count, 24)),
        (slots - count) / slots,
        off,
        equal,
        near - equal,
        alike - near,
        min(sum(steps) / len(steps), 1.0),
        min(besides.same / count, 3.0),
        min(besides.others / count, 3.0),
        float(key.leaning),
        float(key.automatic),
        (1 - near) * bool(rhythm.days) * (0.3 if income else 1.0),
        float(income),
        float(count == 2),
        off * (1 - near),
        {2: 1.0, 3: 1.0, 4: 0.4}.get(count, 0.0) * (1 - alike),
        float(rhythm.months == 12),
    )


def sureness(evidence: tuple) -> float:
    """The probability that a chain with this evidence recurs."""
    total = sum(weight * value for weight, value in zip(WEIGHTS, evidence, strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))
