#!/usr/bin/env python3
"""Hold the readers against a folder of statements: check_statements.py FOLDER MANIFEST [FORMAT...].

The manifest is a TSV with the columns file, format, transactions, sum_amounts, note. Prints what
differs, in counts and sums of minor units read as two decimals.
"""

import csv
import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from imports.parsers import registry  # noqa: E402
from imports.parsers.base import UnreadableFileError  # noqa: E402
from imports.parsers.csv_file import guess, parse  # noqa: E402
from imports.parsers.csv_mapping import MappingError  # noqa: E402
from ledger.statement_line import Problem  # noqa: E402


def read(data: bytes, filename: str):
    kind = registry.detect(data, filename)
    if kind != "csv":
        return registry.FORMATS[kind].parse(data)
    found = guess(data)
    return parse(data, found.mapping, currency="EUR")


def main(folder: Path, manifest: Path, wanted: set[str]) -> int:
    wrong = total = 0
    for row in csv.DictReader(manifest.open(encoding="utf-8"), delimiter="\t"):
        if row["format"] not in wanted:
            continue
        total += 1
        try:
            parsed = read((folder / row["file"]).read_bytes(), row["file"])
            entries = [entry for statement in parsed.statements for entry in statement.entries]
        except (UnreadableFileError, MappingError) as error:
            got = f"refused: {error}"
        else:
            lines = [entry for entry in entries if not isinstance(entry, Problem)]
            problems = len(entries) - len(lines)
            amount = Decimal(sum(line.amount for line in lines)) / 100
            got = f"{len(lines)} {amount:.2f}" + (f" problems {problems}" if problems else "")
        expected = f"{row['transactions']} {row['sum_amounts']}"
        if got.split(" problems")[0] != expected:
            wrong += 1
            print(
                f"{row['file']}\n    expected {expected}\n    read     {got}\n    {row['note'][:230]}"
            )
    print(f"{total - wrong} of {total} as the manifest says")
    return wrong


if __name__ == "__main__":
    sys.exit(
        1 if main(Path(sys.argv[1]), Path(sys.argv[2]), set(sys.argv[3:]) or {"csv", "ofx"}) else 0
    )
