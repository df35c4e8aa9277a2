"""CSV and its relatives: `guess` how a file is meant, then `parse` it.

There is no standard for bank CSV (RFC 4180 only says how cells are quoted); the dialects that are
known are listed where they are dealt with: layout in `csv_table`, names in `csv_headers`, amounts
and signs in `csv_amount_guess`, dates in `dates`.
"""

from imports.parsers.base import Parsed
from imports.parsers.csv_guess import Guess, Question, guess
from imports.parsers.csv_mapping import CsvMapping, MappingError
from imports.parsers.csv_parse import parse_table
from imports.parsers.csv_table import DELIMITERS
from imports.parsers.text import decode

__all__ = [
    "CsvMapping",
    "Guess",
    "MappingError",
    "Question",
    "guess",
    "label",
    "name",
    "parse",
    "score",
]

name = "csv"
label = "CSV table"


def score(head: bytes, filename: str) -> int | None:
    """10 for a text with delimiters, 20 when the name says so: every other format knows better."""
    text, _ = decode(head)
    text = text.lstrip()
    if text.startswith(("<", "{", "%PDF", "!Type:", "!Account")):
        return None
    odd = sum(sign < " " and sign not in "\t\r\n" for sign in text[:4000])
    if odd * 50 > len(text[:4000]):
        return None
    if not any(delimiter in text for delimiter in DELIMITERS):
        return None
    return 20 if filename.lower().endswith((".csv", ".tsv", ".txt")) else 10


def parse(data: bytes, mapping: CsvMapping | None = None, *, currency: str = "") -> Parsed:
    """Read `data` as `mapping` says, or as `guess` thinks. Raises UnreadableFile."""
    if mapping is None:
        mapping = guess(data, currency=currency).mapping
    return parse_table(data, mapping, currency=currency)
