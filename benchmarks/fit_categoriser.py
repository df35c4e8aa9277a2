#!/usr/bin/env python3
"""Fit the categoriser's shipped weights on CSVs of categorised transactions.

    .venv/bin/python benchmarks/fit_categoriser.py FILE.csv [FILE.csv ...] [--folds 4] [--write]

Households (a file without them is one) are dealt into folds; each fold is judged with weights fitted
on the others, so that the figures printed are of unseen households. `--write` then fits on all of
them and writes ledger/categoriser/data/constants.json.
"""

import argparse
import json
import random
import sys
from math import exp, sqrt
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import categoriser as bench  # noqa: E402
from ledger.categoriser import Categoriser, calibration  # noqa: E402

SPARE = 4.0  # ridge of the choice, in rows
EPOCHS = 25
MOST_ROWS = 900  # of one household: a large one must not drown the others


def use(weights: dict) -> None:
    """Make these the shipped weights for as long as this process runs."""
    calibration.shipped.cache_clear()
    calibration.shipped = _Fixed(weights)


class _Fixed:
    def __init__(self, weights):
        self.weights = weights

    def __call__(self):
        return self.weights

    def cache_clear(self):
        pass


def watch(households: dict) -> tuple[list, list]:
    """Choices as (features of the right one, features of the others) and how sure to be of each."""
    choices, sure = [], []
    for rows in households.values():
        copies = max(1, min(4, 900 // len(rows)))
        categoriser = Categoriser({category: category for _row, category in rows})
        for row, category in rows[:MOST_ROWS]:
            evidence = categoriser._gather(row)
            ranked = categoriser._rank(row, evidence)
            right = [found[2] for found in ranked if found[1] == category]
            wrong = [found[2] for found in ranked if found[1] != category]
            if right and wrong:
                choices += [(right[0], wrong)] * copies
            if ranked:
                chosen = categoriser._chosen(ranked, evidence)
                features = categoriser._sureness(ranked, chosen, evidence)
                sure += [(features, chosen == category)] * copies
            categoriser.learn(row, category)
    return choices, sure


def fit_choice(choices: list, start: list[float]) -> list[float]:
    """Softmax regression by Adam."""
    size = len(start)
    weights, first, second = list(start), [0.0] * size, [0.0] * size
    rng, step, batch = random.Random(3), 0, 64
    order = list(choices)
    for epoch in range(EPOCHS):
        rng.shuffle(order)
        rate = 0.05 * (1 - epoch / EPOCHS) + 0.002
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            gradient = [SPARE * weight * 0.01 / len(order) for weight in weights]
            for right, wrong in part:
                options = [right, *wrong]
                scores = [calibration.dot(weights, option) for option in options]
                top = max(scores)
                shares = [exp(score - top) for score in scores]
                whole = sum(shares)
                for number, option in enumerate(options):
                    off = (shares[number] / whole - (number == 0)) / len(part)
                    if abs(off) > 1e-6:
                        for column, value in enumerate(option):
                            gradient[column] += off * value
            step += 1
            for column in range(size):
                first[column] = 0.9 * first[column] + 0.1 * gradient[column]
                second[column] = 0.99 * second[column] + 0.01 * gradient[column] ** 2
                up = first[column] / (1 - 0.9**step)
                down = sqrt(second[column] / (1 - 0.99**step)) + 1e-8
                weights[column] -= rate * up / down
    return weights


def fit(households: dict) -> dict[str, list[float]]:
    weights = calibration.default()
    for _round in range(2):
        use(weights)
        choices, _sure = watch(households)
        weights = {**weights, "choice": fit_choice(choices, weights["choice"])}
    use(weights)
    _choices, sure = watch(households)
    start = [0.0] * len(weights["sureness"])
    weights["sureness"] = calibration.fit_logistic(sure, start, pull=2.0, steps=15)
    return {name: [round(value, 4) for value in values] for name, values in weights.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--folds", type=int, default=4, help="0: only fit")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    everyone = {
        f"{path.stem}/{name}": rows
        for path in arguments.files
        for name, rows in bench.read(path).items()
    }
    names = sorted(everyone)
    random.Random(5).shuffle(names)
    unseen: list[bench.Outcome] = []
    for fold in range(arguments.folds):
        held = set(names[fold :: arguments.folds])
        use(fit({name: rows for name, rows in everyone.items() if name not in held}))
        unseen += bench.run({name: everyone[name] for name in held})
    for path in arguments.files if unseen else ():
        print(f"{path.name}, held out")
        bench.report([found for found in unseen if found.household.startswith(path.stem + "/")])
    weights = fit(everyone)
    use(weights)
    for path in arguments.files:
        print(f"{path.name}, fitted on")
        bench.report(
            bench.run(
                {name: rows for name, rows in everyone.items() if name.startswith(path.stem + "/")}
            )
        )
    for kind, titles in (("choice", calibration.CHOICE), ("sureness", calibration.SURENESS)):
        print(kind, dict(zip(titles, weights[kind], strict=True)))
    if arguments.write:
        calibration._FILE.write_text(json.dumps(weights, indent=1) + "\n")


if __name__ == "__main__":
    main()
