"""Weights that turn evidence into a choice and a choice into a probability.

The shipped weights are fitted by `benchmarks/fit_categoriser.py`; a household's own decisions
move the second kind.
"""

import json
from functools import cache
from math import exp, log
from pathlib import Path

FIRST_REFIT = 300
REFIT_EVERY = 100
MOST_SAMPLES = 500
PULL = 12.0
"""How firmly a household's own weights are held to the shipped ones."""

_FILE = Path(__file__).parent / "data" / "constants.json"

CHOICE = (
    "bayes",
    "bayes_if_new",
    "share",
    "last",
    "unanimous",
    "brand_share",
    "brand_share_if_new",
    "name_match_if_new",
    "name_match_if_few_rows",
    "concept_share_if_new",
    "name_match_if_unseen",
    "name_match_of_merchant",
    "unseen",
    "usual",
    "equal_amount",
    "linear",
    "linear_if_new",
)
SURENESS = (
    "one",
    "choice",
    "choice_if_new",
    "margin",
    "agreement",
    "three_unanimous",
    "new",
    "length",
    "mixed",
    "bayes",
    "known",
    "corrected",
)


@cache
def shipped() -> dict[str, list[float]]:
    return json.loads(_FILE.read_text()) if _FILE.exists() else default()


def default() -> dict[str, list[float]]:
    """Plausible weights, for the first fit to start from."""
    return {
        "choice": [
            0.3,
            0.3,
            2.0,
            1.0,
            1.0,
            0.5,
            1.0,
            1.0,
            1.0,
            1.0,
            0.5,
            0.5,
            0.0,
            0.2,
            0.5,
            0.5,
            0.0,
        ],
        "sureness": [-1.0, 1.0, 0.0, 0.5, 1.0, 0.5, 0.0, 0.1, -0.5, 0.1, 0.0, 0.0],
    }


def logistic(value: float) -> float:
    if value < -30:
        return 1e-13
    return 1 / (1 + exp(-value))


def dot(weights: list[float], features: tuple[float, ...]) -> float:
    return sum(weight * feature for weight, feature in zip(weights, features, strict=True))


def fit_logistic(
    samples: list[tuple[tuple[float, ...], bool]],
    start: list[float],
    pull: float = PULL,
    steps: int = 4,
) -> list[float]:
    """Newton's method for a logistic regression that is drawn towards `start`.

    Stops where a step no longer helps: with nearly separable samples it would run away.
    """
    size = len(start)
    weights, best = list(start), None
    step = [0.0] * size
    for _step in range(steps):
        for _half in range(6):
            trial = [weight + part for weight, part in zip(weights, step, strict=True)]
            loss, gradient, curve = _slopes(samples, trial, start, pull)
            if best is None or loss <= best:
                break
            step = [part / 3 for part in step]
        else:
            return weights
        if best is not None and best - loss < 1e-3:
            return trial
        weights, best = trial, loss
        step = solve(curve, gradient)
    return weights


def _slopes(samples, weights, start, pull):
    """Loss, its downward gradient and its curvature at `weights`."""
    size = len(weights)
    away = [begun - now for begun, now in zip(start, weights, strict=True)]
    loss = pull / 2 * sum(part * part for part in away)
    gradient = [pull * part for part in away]
    curve = [[pull * (row == column) for column in range(size)] for row in range(size)]
    for features, right in samples:
        chance = logistic(dot(weights, features))
        loss -= log(max(1e-12, chance if right else 1 - chance))
        off, slope = right - chance, chance * (1 - chance)
        for row, value in enumerate(features):
            if value:
                gradient[row] += off * value
                line, steep = curve[row], slope * value
                for column in range(row + 1):
                    line[column] += steep * features[column]
    for row in range(size):
        for column in range(row):
            curve[column][row] = curve[row][column]
    return loss, gradient, curve


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The x of matrix · x = right; the matrix positive definite."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for pivot in range(size):
        head = rows[pivot]
        for below in rows[pivot + 1 :]:
            if factor := below[pivot] / head[pivot]:
                for column in range(pivot, size + 1):
                    below[column] -= factor * head[column]
    found = [0.0] * size
    for row in range(size - 1, -1, -1):
        known = sum(rows[row][column] * found[column] for column in range(row + 1, size))
        found[row] = (rows[row][size] - known) / rows[row][row]
    return found


class Sureness:
    """The probability of a choice being right, adapting to one household."""

    def __init__(self):
        self.weights = list(shipped()["sureness"])
        self.samples: list[tuple[tuple[float, ...], bool]] = []
        self.seen = 0

    def of(self, features: tuple[float, ...]) -> float:
        return min(0.999, max(0.001, logistic(dot(self.weights, features))))

    def learn(self, features: tuple[float, ...], right: bool) -> None:
        self.samples.append((tuple(round(value, 4) for value in features), right))
        del self.samples[:-MOST_SAMPLES]
        self.seen += 1
        if self.seen >= FIRST_REFIT and self.seen % REFIT_EVERY == 0:
            self.weights = fit_logistic(self.samples, shipped()["sureness"], steps=3)

    def dump(self) -> list:
        return [
            self.weights,
            [[list(features), right] for features, right in self.samples],
            self.seen,
        ]

    def load(self, stored: list) -> None:
        weights, samples, self.seen = stored
        if len(weights) == len(self.weights):  # else of a version with other features: start anew
            self.weights = list(weights)
            self.samples = [(tuple(features), bool(right)) for features, right in samples]
