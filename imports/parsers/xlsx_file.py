"""Excel workbooks (.xlsx): the sheet that looks like a statement, read as CSV is.

What Excel typed - days, numbers, results of formulas - becomes text that can be read in one way
only, and from there on guess and mapping are those of CSV. Rows keep their numbers.
"""

from dataclasses import replace

from imports.parsers import csv_guess
from imports.parsers.archive import first_bytes, first_names
from imports.parsers.base import Parsed, check_size
from imports.parsers.csv_guess import Guess
from imports.parsers.csv_mapping import CsvMapping
from imports.parsers.csv_parse import parse_table
from imports.parsers.xlsx_sheet import DELIMITER, to_table

name = "xlsx"
label = "Excel (.xlsx)"


def score(head: bytes, filename: str) -> int | None:
    """95 for an archive with the parts of a workbook, 60 for an Office file that is called one."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    names = first_names(head)
    if any(member.startswith("xl/") for member in names):
        return 95
    if b"spreadsheetml" in first_bytes(head, 65_536):
        return 95
    is_office = any(
        member.startswith(("[Content_Types]", "_rels/", "docProps/")) for member in names
    )
    return 60 if is_office and filename.lower().endswith((".xlsx", ".xlsm", ".xltx")) else None


def guess(data: bytes, *, currency: str = "", mapping_hint: CsvMapping | None = None) -> Guess:
    """Guess how to read the workbook's sheet. Raises UnreadableFile when there is no table.

    `currency` is the account's. `mapping_hint` is a remembered mapping of the same fingerprint,
    which is never that of a CSV file.
    """
    check_size(data)
    table, _ = to_table(data, mapping_hint.decimal_mark if mapping_hint else "")
    return _guess(table, currency, mapping_hint)


def _guess(table: bytes, currency: str, hint: CsvMapping | None) -> Guess:
    found = csv_guess.guess(
        table,
        currency=currency,
        mapping_hint=_as_table(hint) if hint else None,
        delimiters=DELIMITER,
    )
    return replace(found, fingerprint=f"x{found.fingerprint[:-1]}")


def _as_table(mapping: CsvMapping) -> CsvMapping:
    """`mapping` with the layout that `to_table` writes: a workbook has no other."""
    return mapping.with_changes(encoding="utf-8", delimiter=DELIMITER, quote='"')


def parse(data: bytes, mapping: CsvMapping | None = None, *, currency: str = "") -> Parsed:
    """Read `data` as `mapping` says, or as `guess` thinks. Raises UnreadableFile."""
    check_size(data)
    table, warnings = to_table(data, mapping.decimal_mark if mapping else "")
    if mapping is None:
        mapping = _guess(table, currency, None).mapping
    parsed = parse_table(table, _as_table(mapping), currency=currency)
    parsed.warnings.extend(warnings)
    return replace(parsed, format=name)
