#!/usr/bin/env python3
"""Which payments of a CSV recur, and how right that is where the file knows.

    .venv/bin/python benchmarks/recurring.py FILE.csv [FILE.csv ...] [--json]

Columns, in any order: household, date, description, amount; household may be absent. Dates are
2026-01-31 or 31/01/2026, amounts decimal, spending negative. Standard output: one line for each
series found, with the numbers of its rows (the first below the header is 1). With a column
`series` (and perhaps `rhythm` and `trap`) standard error tells precision, recall and F1: a series
is right when its rows and those of a true one are at least half the same (Jaccard) and the rhythm
agrees where the file gives one.
"""

import argparse
import csv
import datetime as dt
import json
import sys
import time
from collections import Counter, defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from recurring.detection import FoundSeries, Payment, find_series  # noqa: E402

HALF = 0.5


class Truth(NamedTuple):
    """A true series: its rows' numbers, and what the file says of it."""

    rows: frozenset[int]
    rhythm: str
    trap: str


class Household(NamedTuple):
    payments: list[Payment]
    truths: list[Truth]


class Score(NamedTuple):
    """What was found, what was true, what of both was right."""

    found: int
    true: int
    right: int

    def text(self) -> str:
        precision = self.right / (self.found or 1)
        recall = self.right / (self.true or 1)
        return f"precision {precision:.3f}  recall {recall:.3f}  F1 {self.f1:.3f}"

    @property
    def f1(self) -> float:
        return 2 * self.right / ((self.found + self.true) or 1)


def read(path: Path) -> tuple[dict[str, Household], bool]:
    """Each household's payments and true series; whether the file has labels at all."""
    households: dict[str, Household] = {}
    labels: dict[tuple[str, str], list[tuple[int, str, str]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        labelled = "series" in [(name or "").strip().lower() for name in reader.fieldnames or ()]
        for number, raw in enumerate(reader, start=1):
            line = {str(name or "").strip().lower(): value or "" for name, value in raw.items()}
            name = line.get("household", "").strip()
            house = households.setdefault(name, Household([], []))
            day, minor = read_day(line.get("date", "")), read_amount(line.get("amount", ""))
            if day is None or minor is None:
                print(f"Row {number} has no date or amount that can be read.", file=sys.stderr)
                continue
            house.payments.append(Payment(number, day, minor, line.get("description", "")))
            if series := line.get("series", "").strip():
                found = (number, line.get("rhythm", "").strip(), line.get("trap", "").strip())
                labels[name, series].append(found)
    for (name, _series), rows in labels.items():
        numbers = frozenset(number for number, _, _ in rows)
        households[name].truths.append(Truth(numbers, rows[0][1], rows[0][2]))
    return households, labelled


def read_day(text: str) -> dt.date | None:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d"):
        try:
            return dt.datetime.strptime(text.strip()[:10], form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def read_amount(text: str) -> int | None:
    """Minor units, for a currency with two decimals."""
    try:
        return round(Decimal(text.replace(",", "").strip()) * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return None


def pairs(found: list[FoundSeries], truths: list[Truth]) -> dict[int, int]:
    """Which found series is which true one: the most alike first, each once."""
    owner = {row: n for n, truth in enumerate(truths) for row in truth.rows}
    alike = []
    for n, series in enumerate(found):
        shared = Counter(owner[row] for row in series.payments if row in owner)
        for true, count in shared.items():
            union = len(series.payments) + len(truths[true].rows) - count
            alike.append((count / union, n, true))
    matched: dict[int, int] = {}
    for jaccard, n, true in sorted(alike, reverse=True):
        rhythm = truths[true].rhythm
        right = jaccard >= HALF and rhythm in ("", found[n].rhythm)
        if right and n not in matched and true not in matched.values():
            matched[n] = true
    return matched


class Tally:
    """Adds households up."""

    def __init__(self) -> None:
        self.series, self.rows = Counter(), Counter()
        self.traps: dict[str, Counter] = defaultdict(Counter)
        self.certainty: dict[int, Counter] = defaultdict(Counter)

    def add(self, found: list[FoundSeries], truths: list[Truth]) -> dict[int, int]:
        matched = pairs(found, truths)
        self.series.update(found=len(found), true=len(truths), right=len(matched))
        mine = {row for series in found for row in series.payments}
        true = {row for truth in truths for row in truth.rows}
        self.rows.update(found=len(mine), true=len(true), right=len(mine & true))
        for n, truth in enumerate(truths):
            self.traps[truth.trap].update(true=1, right=int(n in matched.values()))
        for n, series in enumerate(found):
            decile = self.certainty[series.confidence // 10]
            decile.update(found=1, right=int(n in matched), told=series.confidence)
        return matched

    def score(self, of: Counter) -> Score:
        return Score(of["found"], of["true"], of["right"])

    def report(self) -> None:
        for name, of in (("series", self.series), ("rows", self.rows)):
            print(f"{name:7} {self.score(of).text()}  ({of['true']} true)", file=sys.stderr)
        for trap, of in sorted(self.traps.items()):
            if trap:
                print(f"  {trap:24} found {of['right']} of {of['true']}", file=sys.stderr)
        for _, of in sorted(self.certainty.items()):
            told, right = of["told"] / of["found"], 100 * of["right"] / of["found"]
            print(f"  told {told:3.0f} %: right {right:3.0f} % of {of['found']}", file=sys.stderr)

    def summary(self) -> dict:
        return {
            name: {**of, "f1": round(self.score(of).f1, 4)}
            for name, of in (("series", self.series), ("rows", self.rows))
        }


FIELDS = "household name rhythm amount count first last next_due confidence kind rows".split()


def line_of(household: str, series: FoundSeries) -> dict:
    sign, minor = ("-" if series.amount < 0 else ""), abs(series.amount)
    return {
        "household": household,
        "name": series.name,
        "rhythm": series.rhythm,
        "amount": f"{sign}{minor // 100}.{minor % 100:02d}",
        "count": len(series.payments),
        "first": str(series.first_seen),
        "last": str(series.last_seen),
        "next_due": str(series.next_due or ""),
        "confidence": series.confidence,
        "kind": series.kind,
        "rows": " ".join(str(row) for row in sorted(series.payments)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="series and scores as JSON")
    asked = parser.parse_args()
    tally, lines, any_labels, seconds, rows = Tally(), [], False, 0.0, 0
    for path in asked.files:
        households, labelled = read(path)
        any_labels |= labelled
        for name, house in households.items():
            began = time.perf_counter()
            found = find_series(house.payments)
            seconds += time.perf_counter() - began
            rows += len(house.payments)
            lines += [line_of(name, series) for series in found]
            if labelled:
                tally.add(found, house.truths)
    if asked.json:
        for line in lines:
            line["rows"] = [int(row) for row in line["rows"].split()]
        score = tally.summary() if any_labels else None
        json.dump({"series": lines, "score": score}, sys.stdout, indent=1)
    else:
        writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    print(f"{rows} payments, {len(lines)} series, {seconds:.1f} s", file=sys.stderr)
    if any_labels:
        tally.report()


if __name__ == "__main__":
    main()
