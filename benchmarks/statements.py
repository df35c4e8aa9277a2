"""Read a folder of real statements and print what the parsers find beside what is expected.

    python benchmarks/statements.py FOLDER [--format csv] [--mismatches]

FOLDER has a MANIFEST.tsv with the columns file, format, transactions, sum_amounts and note; files
are looked up below FOLDER. Amounts are summed as they are, whatever their currency, as a checksum.
Empty numbers in the manifest mean that nobody knows them (workbooks) or that the file is broken
and must not be read in silence. Exits with 1 when a file differs.
"""

import argparse
import csv
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.money import to_decimal
from imports.parsers import registry
from imports.parsers.base import UnreadableFile
from ledger.statement_line import Problem

SHOWN = 3
"""How many remarks of a file are printed."""


@dataclass
class Found:
    """What came of one file."""

    kind: str = "-"
    count: int = 0
    total: Decimal = Decimal(0)
    problems: int = 0
    remarks: list[str] = field(default_factory=list)
    is_refused: bool = False
    seconds: float = 0.0

    def numbers(self) -> str:
        return "refused" if self.is_refused else f"{self.count} / {self.total:.2f}"


def read(path: Path) -> Found:
    """Read a file as an upload is read, by its content."""
    found, began = Found(), time.process_time()
    try:
        data = path.read_bytes()
        found.kind = registry.detect(data, path.name)
        parsed = registry.module(found.kind).parse(data)
        for statement in parsed.statements:
            for entry in statement.entries:
                if isinstance(entry, Problem):
                    found.problems += 1
                    found.remarks.append(f"line {entry.line}: {entry.reason} {entry.raw}")
                else:
                    found.count += 1
                    found.total += to_decimal(entry.amount, entry.currency or statement.currency)
        found.remarks += parsed.warnings
    except UnreadableFile as error:
        found.is_refused = True
        found.remarks.append(str(error))
    found.seconds = time.process_time() - began
    return found


def verdict(row: dict[str, str], found: Found) -> str:
    """ "same", "reported" (broken, and said so), "unknown" (nothing to compare) or "DIFFERS"."""
    count, total = row["transactions"].strip(), row["sum_amounts"].strip()
    is_broken = "EXPECTED FAILURE" in (row.get("note") or "")
    if is_broken:
        return "reported" if found.is_refused or found.problems else "DIFFERS"
    if not count:
        return "unknown"
    if found.is_refused:
        return "reported" if count == "0" else "DIFFERS"
    agrees = str(found.count) == count and (not total or f"{found.total:.2f}" == total)
    return "same" if agrees else "DIFFERS"


def rows(folder: Path, formats: list[str] | None) -> Iterator[dict[str, str]]:
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["format"] in (formats or registry.names()):
                yield row


def expected(row: dict[str, str]) -> str:
    return f"{row['transactions'] or '?'} / {row['sum_amounts'] or '?'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", action="append", help="only this format, may be repeated")
    parser.add_argument("--mismatches", action="store_true", help="leave out the files that agree")
    options = parser.parse_args()
    totals: dict[str, Counter] = defaultdict(Counter)
    seconds: Counter = Counter()
    differing = []
    for row in rows(options.folder, options.format):
        found = read(options.folder / row["file"])
        said = verdict(row, found)
        totals[row["format"]][said] += 1
        seconds[row["format"]] += found.seconds
        if said == "DIFFERS":
            differing.append((row, found))
        if not options.mismatches:
            print(f"{said:8} {row['file']}: expected {expected(row)}, found {found.numbers()}, "
                  f"{found.problems} problems")  # fmt: skip
    print(f"\n{'format':8} {'files':>6} {'same':>6} {'reported':>9} {'unknown':>8} "
          f"{'differs':>8} {'CPU s':>7}")  # fmt: skip
    for kind, counts in [*totals.items(), ("all", sum(totals.values(), Counter()))]:
        spent = seconds[kind] if kind in seconds else sum(seconds.values())
        print(f"{kind:8} {counts.total():6} {counts['same']:6} {counts['reported']:9} "
              f"{counts['unknown']:8} {counts['DIFFERS']:8} {spent:7.2f}")  # fmt: skip
    if differing:
        print("\nMismatches:")
    for row, found in differing:
        print(f"{row['file']} (read as {found.kind})")
        print(f"    expected {expected(row)}, found {found.numbers()}, {found.problems} problems")
        for remark in found.remarks[:SHOWN]:
            print(f"    {remark[:160]}")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
