"""Read a folder of real statements and print where the parsers differ from its manifest.

    python scripts/check_statements.py FOLDER MANIFEST [--format csv] [--all]

MANIFEST is tab separated with the columns file, format, transactions, sum_amounts and note; files
are looked up below FOLDER. Amounts are summed as they are, whatever their currency, as a checksum.
Exits with 1 when a file differs.
"""

import argparse
import csv
import sys
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.money import to_decimal
from imports.parsers import registry
from imports.parsers.base import UnreadableFile
from ledger.statement_line import Problem


def read(path: Path) -> tuple[str, str, int, list[str]]:
    """Count, sum and problems that the parsers find, and the warnings."""
    try:
        parsed = registry.parse(path.read_bytes(), path.name)
    except UnreadableFile as error:
        return "", "", 0, [str(error)]
    count, total, problems = 0, Decimal(0), []
    for statement in parsed.statements:
        for entry in statement.entries:
            if isinstance(entry, Problem):
                problems.append(f"line {entry.line}: {entry.reason} {entry.raw}")
            else:
                count += 1
                total += to_decimal(entry.amount, entry.currency or statement.currency)
    return str(count), f"{total:.2f}", len(problems), [*problems, *parsed.warnings]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--format", action="append", help="only this format, may be repeated")
    parser.add_argument("--all", action="store_true", help="print the files that agree too")
    options = parser.parse_args()
    checked = differing = 0
    with options.manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["format"] not in (options.format or registry.names()):
                continue
            checked += 1
            count, total, problems, remarks = read(options.folder / row["file"])
            agrees = (count, total) == (row["transactions"], row["sum_amounts"])
            differing += not agrees
            if not agrees or options.all:
                expected = f"{row['transactions'] or '-'} / {row['sum_amounts'] or '-'}"
                print(f"{'ok  ' if agrees else 'DIFF'} {row['file']}")
                print(f"     manifest {expected}, here {count or '-'} / {total or '-'}, "
                      f"{problems} problems")  # fmt: skip
                for remark in remarks[:3]:
                    print(f"     {remark[:160]}")
    print(f"{checked} files, {checked - differing} agree, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
