"""What stands in the columns of a table, counted over every row of the file.

One pass in blocks: a block's column is joined, its digits are written as 0 in one go, and the
shapes that come out are counted. A hundred thousand rows have a few dozen shapes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from core.money import exponent
from imports.parsers.amounts import AmountReader, currency_of, mark_votes, split_amount
from imports.parsers.csv_headers import header_currency
from imports.parsers.csv_table import DIGITS, Layout, Row, Rows, looks_like_amount
from imports.parsers.dates import split_date

BLOCK = 4096
SAMPLE = 400
MOST_SHAPES = 4000
MOST_CELLS = 30_000_000
"""Beyond this many cells a table is only counted: half a million short rows of 500 columns."""
MOST_VALUES = 60
MOST_DATES = 20_000


@dataclass(slots=True)
class Column:
    """One column. Counts are of cells that are not blank."""

    index: int
    header: str = ""
    filled: int = 0
    amounts: int = 0
    dates: int = 0
    compact_dates: int = 0
    negatives: int = 0
    signed_plus: int = 0
    decimals: int = 0
    credits: int = 0
    """Cells that end in CR."""
    debits: int = 0
    """Cells that end in DR."""
    currency_words: Counter = field(default_factory=Counter)
    """ISO codes that stand around the amounts, "" for none."""
    letters: int = 0
    currencies: int = 0
    length: float = 0.0
    """Mean length of the cells of the sample."""
    different: int = 0
    """Different cells in the sample."""
    shapes: Counter = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    """A cell for each shape."""
    date_cells: dict[str, None] = field(default_factory=dict)
    """Different cells of a column that looks like dates, in the order of the file."""
    is_text: bool = False
    """Too many shapes to count: free text."""

    @property
    def is_number(self) -> bool:
        return self.amounts * 10 >= self.filled * 7 > 0 and self.dates * 2 < self.filled

    @property
    def is_date(self) -> bool:
        return self.dates * 10 >= self.filled * 6 > 0

    @property
    def is_words(self) -> bool:
        return self.letters * 10 >= self.filled * 4 > 0 and not self.is_date and not self.is_number

    def values(self) -> dict[str, int]:
        """Lower-case cells without digits and how often they occur; for flags and states."""
        found: Counter = Counter()
        if not self.is_text and len(self.shapes) <= MOST_VALUES:
            for shape, count in self.shapes.items():
                if word := shape.strip().lower():
                    found[word] += count
        return dict(found)


@dataclass(slots=True)
class Table:
    """A table with its columns described."""

    layout: Layout
    columns: list[Column]
    sample: list[Row]
    """The first rows of the body, filled up to the width."""
    rows: int


def describe(text: str, layout: Layout) -> Table:
    """Read all rows of `text` once and describe the columns."""
    columns = [Column(index) for index in range(layout.width)]
    for column, header in zip(columns, _headers(layout), strict=False):
        column.header = header
    body, sample, rows = _body(text, layout), [], 0
    while block := list(islice(body, BLOCK)):
        if not sample:
            sample = block[:SAMPLE]
        rows += len(block)
        if rows * layout.width > MOST_CELLS:
            continue
        for column, cells in zip(columns, zip(*block, strict=True), strict=True):
            _count(column, cells)
    for column in columns:
        _classify(column, [row[column.index] for row in sample])
    _inherit_headers(columns)
    return Table(layout, columns, sample, rows)


def _headers(layout: Layout) -> list[str]:
    return [name.strip() for name in layout.header]


def _body(text: str, layout: Layout) -> Iterator[Row]:
    """Rows that are not blank, all of the table's width."""
    rows = Rows(text, delimiter=layout.delimiter, quote=layout.quote, skip=layout.skip)
    width, first = layout.width, bool(layout.header)
    for row in rows:
        if first:
            first = False
        elif len(row) == width:
            yield row
        elif row:
            yield (row + [""] * width)[:width]


def _count(column: Column, cells: tuple[str, ...]) -> None:
    if not column.is_text:
        shapes = "\0".join(cells).translate(DIGITS).split("\0")
        column.shapes.update(shapes)
        if len(column.shapes) > len(column.first):
            column.first = dict(zip(shapes, cells, strict=True)) | column.first
        if len(column.shapes) > MOST_SHAPES:
            column.is_text = True
    if column.is_text:
        return
    if column.date_cells or _starts_with_dates(column, cells):
        if len(column.date_cells) > MOST_DATES:
            cells = tuple(cell.strip()[:10] for cell in cells)
        if len(column.date_cells) <= 2 * MOST_DATES:
            column.date_cells.update(dict.fromkeys(cells))


def _starts_with_dates(column: Column, cells: tuple[str, ...]) -> bool:
    some = [cell for cell in islice(filter(None, cells), 200) if not cell.isspace()]
    return any(split_date(cell) for cell in some)


def _classify(column: Column, sample: list[str]) -> None:
    said = [cell for cell in sample if cell and not cell.isspace()]
    column.length = sum(map(len, said)) / len(said) if said else 0.0
    column.different = len(set(said))
    if column.is_text:
        column.filled = sum(column.shapes.values())
        column.letters = column.filled
        return
    for shape, count in column.shapes.items():
        cell = column.first.get(shape, shape).strip()
        if not cell:
            continue
        column.filled += count
        if found := split_date(cell):
            column.dates += count
            column.compact_dates += count * (found[0] == "compact")
        if looks_like_amount(shape):
            _classify_amount(column, shape.strip(), count)
        column.letters += count * any(map(str.isalpha, cell))
        column.currencies += count * bool(currency_of(cell))


def _classify_amount(column: Column, shape: str, count: int) -> None:
    column.amounts += count
    column.negatives += count * bool({"-", "(", "\u2212", "\u2013"} & set(shape))
    column.signed_plus += count * ("+" in shape)
    column.decimals += count * ("." in shape or "," in shape)
    column.credits += count * shape.upper().endswith("CR")
    column.debits += count * shape.upper().endswith("DR")
    if parts := split_amount(shape):
        column.currency_words[currency_of(parts[3])] += count


def _inherit_headers(columns: list[Column]) -> None:
    """A currency column often carries the name, and the amount after it has none (DEGIRO)."""
    for before, column in zip(columns, columns[1:], strict=False):
        if not column.header and column.is_number and before.currencies * 2 > before.filled > 0:
            column.header = before.header


def numbers(
    table: Table, column: Column, *, mark: str = "", currency: str = ""
) -> list[int | None]:
    """The column's amounts in the sample, in minor units, None where there is none."""
    if not mark:
        votes = mark_votes(column.shapes)
        mark = max(votes, key=lambda key: votes[key])
    reader = AmountReader(mark, currency)
    found = [reader[row[column.index]] for row in table.sample]
    return [value if type(value) is int else None for value in found]


def chain(amounts: list[int | None], balances: list[int | None], newest_first: bool) -> int:
    """1 when the balances follow the amounts, -1 when they follow them negated, else 0."""
    pairs = [
        (a, b) for a, b in zip(amounts, balances, strict=True) if a is not None and b is not None
    ]
    if newest_first:
        pairs.reverse()
    steps = [(a, b - before) for (_, before), (a, b) in zip(pairs, pairs[1:], strict=False) if a]
    if len(steps) < 2:
        return 0
    for sign in (1, -1):
        if sum(step == sign * amount for amount, step in steps) >= len(steps) * 0.8:
            return sign
    return 0


def money_votes(columns: Sequence[Column], currency: str) -> dict[str, float]:
    """Votes of all cells of some columns for "." and "," as the decimal mark."""
    shapes: Counter = Counter()
    for column in columns:
        shapes.update(column.shapes)
    return mark_votes(shapes, places=exponent(currency))


def decided_mark(columns: Sequence[Column], balance: Column | None, currency: str) -> str:
    """The decimal mark that the amounts prove, or else the balances; "" when neither does."""
    votes = [money_votes(columns, currency)]
    votes += [mark_votes(balance.shapes)] if balance else []
    for found in votes:
        if max(found.values()) >= 1:
            return "," if found[","] > found["."] else "."
    return ""


def named_currency(columns: Sequence[Column | None]) -> str:
    """The first currency that a header names, or that every amount of a column carries."""
    for column in filter(None, columns):
        if code := header_currency(column.header) or _printed_currency(column):
            return code
    return ""


def _printed_currency(column: Column) -> str:
    known = [code for code in column.currency_words if code]
    return known[0] if len(known) == 1 and len(column.currency_words) == 1 else ""
