#!/usr/bin/env python3
"""Fits the weights of the evidence for recurring payments on made-up households.

    .venv/bin/python benchmarks/fit_recurring.py [--households 3]

Only seeds 0 to 9 are used. Prints the weights, to be put into `recurring/detection/evidence.py`.
Half of the samples are shown without what their words say, so that words do not decide alone, and
the weights are pulled to REASON, because made-up households are not real ones.
"""

import argparse
import sys
from collections import Counter
from math import exp
from operator import mul
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.recurring_households import household  # noqa: E402
from recurring.detection.evidence import NAMES, REASON  # noqa: E402
from recurring.detection.finding import find_candidates  # noqa: E402
from recurring.detection.shapes import Payment  # noqa: E402

SEEDS = range(10)
PULL = 2.0
ROUNDS, RATE = 300, 0.5
MOSTLY = 0.8
_WORDS = (NAMES.index("leaning"), NAMES.index("automatic"))


def samples(households: int) -> list[tuple[tuple, float]]:
    found = []
    for seed in SEEDS:
        for number in range(households):
            lines = household(seed, number, plain=False).lines
            payments = [
                Payment(n, line.date, line.amount, line.description) for n, line in enumerate(lines)
            ]
            payments.sort(key=lambda payment: (payment.date, payment.id))
            sizes: dict[str, int] = {}
            for line in lines:
                sizes[line.series] = sizes.get(line.series, 0) + 1
            for income in (False, True):
                tried: list = []
                find_candidates(payments, income, tried)
                found += _judged(tried, [lines[p.id] for p in payments], sizes)
    return found


def _judged(tried: list, lines: list, sizes: dict[str, int]) -> list[tuple[tuple, float]]:
    judged = []
    for candidate in tried:
        mine = [lines[row.place] for row in candidate.rows]
        counts: dict[str, int] = {}
        for line in mine:
            counts[line.series] = counts.get(line.series, 0) + 1
        series = max(counts, key=lambda name: (counts[name], name))
        shared = counts[series]
        union = len(mine) + sizes[series] - shared
        rhythm = next(line.rhythm for line in mine if line.series == series)
        right = bool(series) and shared * 2 >= union and rhythm == candidate.rhythm.name
        if rhythm == "twice a month":
            right = candidate.rhythm.name == "monthly" and shared >= MOSTLY * len(mine)
        if not right and series and shared >= MOSTLY * len(mine):
            continue  # a part of a true series: which rhythm wins is not a matter of these weights
        judged.append((candidate.evidence, float(right)))
        without = tuple(0.0 if n in _WORDS else v for n, v in enumerate(candidate.evidence))
        judged.append((without, float(right)))
    return judged


def fitted(data: list[tuple[tuple, float]]) -> list[float]:
    """Logistic regression by gradient descent with momentum, pulled to REASON."""
    counted = Counter(
        (tuple(round(value, 2) for value in evidence), right) for evidence, right in data
    )
    weights, speed = list(REASON), [0.0] * len(REASON)
    for _ in range(ROUNDS):
        slope = [PULL * (w - r) for w, r in zip(weights, REASON, strict=True)]
        for (evidence, right), count in counted.items():
            total = sum(map(mul, weights, evidence))
            error = count * (1 / (1 + exp(-max(-30.0, min(30.0, total)))) - right)
            slope = [s + error * value for s, value in zip(slope, evidence, strict=True)]
        speed = [0.9 * v - RATE * s / len(data) for v, s in zip(speed, slope, strict=True)]
        weights = [w + v for w, v in zip(weights, speed, strict=True)]
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--households", type=int, default=3)
    data = samples(parser.parse_args().households)
    print(f"{len(data)} samples, {sum(right for _, right in data):.0f} right", file=sys.stderr)
    weights = fitted(data)
    for name, weight in zip(NAMES, weights, strict=True):
        print(f"{name:18} {weight:6.2f}", file=sys.stderr)
    print(tuple(round(weight, 2) for weight in weights))


if __name__ == "__main__":
    main()
