"""Which numbers of a table's id column identify a row.

The guess takes a column whose first values all differ. Further down, and in the next file of a
remembered mapping, a number may still stand for several rows - a payment and its fee - and rows that
are taken for one another are lost.
"""

from imports.parsers.csv_mapping import CsvMapping
from imports.parsers.csv_table import Rows

LONGEST = 255
_FILLERS = frozenset(
    ["", "nonref", "noref", "none", "null", "n/a", "na", "-", "notprovided", "not provided"]
)


def is_number(text: str) -> bool:
    """Could `text` identify anything?"""
    return text.lower() not in _FILLERS and bool(text.strip("0"))


def repeated_numbers(text: str, mapping: CsvMapping) -> frozenset[str]:
    """The numbers of the table in `text` that stand for rows of different day, amount or text."""
    column = mapping.id
    if column is None:
        return frozenset()
    said = (mapping.date, mapping.amount, mapping.debit, mapping.credit, *mapping.description)
    columns = [one for one in said if one is not None]
    seen: dict[str, int] = {}
    repeated = set()
    for row in Rows(text, delimiter=mapping.delimiter, quote=mapping.quote, skip=mapping.skip):
        if len(row) <= column:
            continue
        number = row[column].strip()[:LONGEST]
        content = hash(tuple([row[one] if one < len(row) else "" for one in columns]))
        if seen.setdefault(number, content) != content and is_number(number):
            repeated.add(number)
    return frozenset(repeated)
