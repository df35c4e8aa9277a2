#!/usr/bin/env python3
"""How well and how fast the categoriser does on a CSV of categorised transactions.

    .venv/bin/python benchmarks/categoriser.py FILE.csv [FILE.csv ...] [--blind]

Columns: household, date, description, amount, category; household and date may be absent. Each
household's rows go by in date order: a row is guessed, then its true category is learnt. Guesses
count from row 20 of a household. The names of a household's categories are known from the start,
as they are in the app, where somebody made them; `--blind` leaves them to be found out row by row.
"""

import argparse
import csv
import datetime as dt
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ledger.categoriser import Categoriser, Row  # noqa: E402

START = 20


class Outcome(NamedTuple):
    household: str
    number: int
    right: bool
    confidence: float
    unseen: bool


def read(path: Path) -> dict[str, list[tuple[Row, str]]]:
    """Each household's rows with their categories, in date order."""
    households: dict[str, list[tuple[Row, str]]] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        for line in csv.DictReader(file):
            line = {(name or "").strip().lower(): value or "" for name, value in line.items()}
            try:
                amount = round(float(re.sub(r"[^\d.-]", "", line["amount"]) or 0) * 100)
            except ValueError:
                continue
            if not line["category"].strip():
                continue
            row = Row(line["description"], amount, day(line.get("date", "")))
            households.setdefault(line.get("household", ""), []).append((row, line["category"]))
    for rows in households.values():
        rows.sort(key=lambda found: found[0].date or dt.date.min)
    return households


def day(text: str) -> dt.date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d"):
        try:
            return dt.datetime.strptime(text.strip()[:10], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def run(households: dict[str, list[tuple[Row, str]]], blind: bool = False) -> list[Outcome]:
    outcomes = []
    for household, rows in households.items():
        names = {} if blind else {category: category for _row, category in rows}
        categoriser, seen = Categoriser(names), set()
        for number, (row, category) in enumerate(rows):
            guess = categoriser.predict(row)
            if number >= START:
                outcomes.append(
                    Outcome(
                        household,
                        number,
                        guess.category == category,
                        guess.confidence,
                        category not in seen,
                    )
                )
            seen.add(category)
            categoriser.learn(row, category)
    return outcomes


def accuracy(outcomes: list[Outcome]) -> float:
    return sum(found.right for found in outcomes) / len(outcomes) if outcomes else float("nan")


def calibration_error(outcomes: list[Outcome], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    boxes: dict[int, list[Outcome]] = {}
    for found in outcomes:
        boxes.setdefault(min(bins - 1, int(found.confidence * bins)), []).append(found)
    return sum(
        abs(sum(found.right - found.confidence for found in box)) for box in boxes.values()
    ) / max(1, len(outcomes))


def report(outcomes: list[Outcome]) -> None:
    parts = {
        "rows 20+": outcomes,
        "rows 20-200": [found for found in outcomes if found.number < 200],
        "rows 200+": [found for found in outcomes if found.number >= 200],
        "rows 500+": [found for found in outcomes if found.number >= 500],
        "rows 1000+": [found for found in outcomes if found.number >= 1000],
    }
    for name, part in parts.items():
        if not part:
            continue
        text = f"  {name:12} {len(part):6}  accuracy {accuracy(part):.3f}  ECE {calibration_error(part):.3f}"
        for sure in (0.8, 0.9, 0.95):
            covered = [found for found in part if found.confidence >= sure]
            text += f"  p>={sure}: {len(covered) / len(part):5.1%} at {accuracy(covered):6.1%}"
        print(f"{text}  unseen {sum(found.unseen for found in part) / len(part):.1%}")


def speeds(households: dict[str, list[tuple[Row, str]]]) -> tuple[float, float]:
    """Seconds of one core for 1,000 guesses and for the slowest correction, largest household."""
    rows = max(households.values(), key=len)
    categoriser = Categoriser({category: category for _row, category in rows})
    slowest = 0.0
    for row, category in rows:
        begun = time.process_time()
        categoriser.learn(row, category, corrected=True)
        slowest = max(slowest, time.process_time() - begun)
    batch = [rows[number % len(rows)][0] for number in range(1000)]
    begun = time.process_time()
    categoriser.predict_all(batch)
    return time.process_time() - begun, slowest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--blind", action="store_true", help="category names are not known before")
    parser.add_argument("--each", action="store_true", help="figures of every household as well")
    arguments = parser.parse_args()
    for path in arguments.files:
        households = read(path)
        if not households:
            print(f"{path.name}: no usable rows")
            continue
        outcomes = run(households, arguments.blind)
        print(f"{path.name}: {len(households)} household(s)")
        report(outcomes)
        if arguments.each:
            for name in sorted(households):
                mine = [found for found in outcomes if found.household == name]
                print(f"   {name:8} {len(mine):6}  accuracy {accuracy(mine):.3f}")
        guesses, correction = speeds(households)
        print(f"  1,000 guesses {guesses:.3f} s; slowest correction {correction * 1000:.1f} ms")


if __name__ == "__main__":
    main()
