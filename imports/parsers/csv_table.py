"""Where the table is in a text: delimiter, quotes, lines before it, header, and its rows.

Nothing here knows what a column means; that is `csv_guess`.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from imports.parsers.amounts import is_amount_shape
from imports.parsers.base import MAX_LINE, MAX_ROWS, UnreadableFile
from imports.parsers.csv_headers import role_hits
from imports.parsers.dates import split_date

DELIMITERS = ",;\t|"
SAMPLE_CHARS = 200_000
SAMPLE_ROWS = 400
MAX_COLUMNS = 500
LONGEST_RECORD = 60
"""A record of more lines than this is a stray quotation mark, not an address."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_TEXT = itemgetter(0)
DIGITS = {ord(digit): "0" for digit in "123456789"}

Row = list[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text is a table. `skip` counts physical lines before the header or the first row."""

    delimiter: str
    quote: str
    skip: int
    header: tuple[str, ...]
    width: int


def check_text(text: str) -> None:
    """Raise UnreadableFile for more lines than MAX_ROWS or one longer than MAX_LINE."""
    if max(text.count("\n"), text.count("\r")) > MAX_ROWS:
        raise UnreadableFile(f"This file has more than {MAX_ROWS:,} lines.")
    if len(text) <= MAX_LINE:
        return
    for number, line in enumerate(lines_of(text), 1):
        if len(line) > MAX_LINE:
            raise UnreadableFile(f"Line {number}: longer than {MAX_LINE // 1024 // 1024} MB.")


def lines_of(text: str) -> Iterator[str]:
    """The lines of `text` with their ends, one after the other: io.StringIO would copy it whole at
    four bytes a character."""
    return map(_TEXT, _LINE.finditer(text))


class Rows:
    """Iterates over the records of a text and knows the line where each one starts."""

    def __init__(self, text: str, *, delimiter: str, quote: str = '"', skip: int = 0) -> None:
        lines = lines_of(text)
        for _ in islice(lines, skip):
            pass
        self.skip, self.line = skip, skip + 1
        quoting = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
        self._reader = csv.reader(
            lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting
        )

    def __iter__(self) -> Iterator[Row]:
        reader, before = self._reader, self.skip
        while True:
            try:
                for row in reader:
                    self.line = before + 1
                    before = self.skip + reader.line_num
                    yield row
                return
            except csv.Error:
                # A field beyond csv's limit: hand out a row that nothing can be read from.
                self.line = before + 1
                before = self.skip + reader.line_num
                yield ["\ufffd"]


def find_layout(text: str, delimiters: str = DELIMITERS) -> Layout:
    """The layout under which the most rows look like transactions."""
    sample = text[:SAMPLE_CHARS]
    if len(text) > SAMPLE_CHARS:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    best, best_score = None, None
    for delimiter in delimiters:
        if delimiter not in sample:
            continue
        quote = _quote(sample, delimiter)
        numbered = _records(sample, delimiter, quote)
        facts = [RowFacts(row) for _, row in numbered]
        score = _score(facts)
        if quote and '"' in sample:
            bare = _records(sample, delimiter, "")
            bare_facts = [RowFacts(row) for _, row in bare]
            # Marks that open and never close bind two rows into one.
            if _score(bare_facts)[0] > score[0] * 1.2 + 1:
                quote, numbered, facts, score = "", bare, bare_facts, _score(bare_facts)
        if best_score is None or score > best_score:
            best, best_score = (delimiter, quote, numbered, facts), score
    if best is None:
        return _one_column(sample)
    return _layout(*best)


def _quote(sample: str, delimiter: str) -> str:
    """The quotation mark, or "" when reading with it swallows lines as a stray one does."""
    if '"' not in sample:
        return '"'
    reader, before = csv.reader(lines_of(sample), delimiter=delimiter), 0
    try:
        for _ in reader:
            if reader.line_num - before > LONGEST_RECORD:
                return ""
            before = reader.line_num
    except csv.Error:
        return ""
    return '"'


def _records(sample: str, delimiter: str, quote: str) -> list[tuple[int, Row]]:
    rows = Rows(sample, delimiter=delimiter, quote=quote)
    numbered = []
    for row in rows:
        numbered.append((rows.line, row))
        if len(numbered) >= SAMPLE_ROWS:
            break
    return numbered


class RowFacts:
    """What one row looks like, before anyone knows its columns."""

    __slots__ = ("amounts", "dates", "filled", "width")

    def __init__(self, row: Row) -> None:
        cells = [cell for cell in row if cell and not cell.isspace()]
        self.width, self.filled = len(row), len(cells)
        self.dates = sum(split_date(cell) is not None for cell in cells)
        self.amounts = sum(looks_like_amount(cell) for cell in cells)

    @property
    def is_data(self) -> bool:
        return self.dates > 0 and self.amounts > 0 and self.width > 1


def looks_like_amount(cell: str) -> bool:
    """An amount, and not a long number that identifies something."""
    return len(cell) <= 40 and _is_money_shape(cell.translate(DIGITS).strip())


@lru_cache(maxsize=8192)
def _is_money_shape(shape: str) -> bool:
    return is_amount_shape(shape) and not (shape.isdigit() and len(shape) > 9)


def _score(facts: list[RowFacts]) -> tuple[int, int, int]:
    """Rows that look like transactions, then rows of the commonest width, then that width."""
    widths = [fact.width for fact in facts if fact.width > 1 and fact.filled]
    common = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0
    return sum(fact.is_data for fact in facts), widths.count(common), common


def _layout(
    delimiter: str, quote: str, numbered: list[tuple[int, Row]], facts: list[RowFacts]
) -> Layout:
    data = [index for index, fact in enumerate(facts) if fact.is_data]
    if data:
        at = _header_above(numbered, facts, data[0])
        widths = [facts[index].width for index in data]
    else:
        at = _header_alone(numbered, facts)
        widths = [fact.width for fact in facts if fact.width > 1]
    if max(widths, default=0) > MAX_COLUMNS:
        raise UnreadableFile(f"This table has more than {MAX_COLUMNS} columns.")
    start = at if at is not None else (data[0] if data else 0)
    header = tuple(name[:100] for name in numbered[at][1]) if at is not None else ()
    header = header[:MAX_COLUMNS]
    width = max(set(widths), key=lambda size: (widths.count(size), size)) if widths else 1
    return Layout(
        delimiter=delimiter,
        quote=quote,
        skip=numbered[start][0] - 1 if numbered else 0,
        header=header,
        width=max(width, len(header)),
    )


def _header_above(numbered: list[tuple[int, Row]], facts: list[RowFacts], first: int) -> int | None:
    """The row above the first transaction that reads as names of columns."""
    best, best_hits = None, -1
    for index in range(first - 1, max(-1, first - 40), -1):
        row, fact = numbered[index][1], facts[index]
        if not _could_be_header(row, fact, facts[first].width):
            continue
        hits = role_hits(row)
        if hits > best_hits:
            best, best_hits = index, hits
        if hits >= 2:
            break
    return best


def _could_be_header(row: Row, fact: RowFacts, width: int) -> bool:
    if fact.dates or fact.amounts or fact.filled < 2 or fact.filled * 2 < min(width, 8):
        return fact.filled >= 2 and not fact.dates and not fact.amounts and role_hits(row) >= 2
    longest = max(len(cell) for cell in row)
    return longest <= 80


def _header_alone(numbered: list[tuple[int, Row]], facts: list[RowFacts]) -> int | None:
    """The header of a table without transactions: an account that did not move."""
    hits = [
        0 if fact.dates or fact.filled < 2 else role_hits(row)
        for (_, row), fact in zip(numbered, facts, strict=True)
    ]
    return hits.index(max(hits)) if hits and max(hits) >= 2 else None


def _one_column(sample: str) -> Layout:
    if not sample.strip():
        raise UnreadableFile("This file is empty.")
    raise UnreadableFile("This is not a table: no line has a comma, semicolon, tab or bar.")
