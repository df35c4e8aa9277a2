"""From a workbook to the text of one table."""

import csv
import datetime as dt
import io
import math
import re
import warnings as python_warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException

from imports.parsers.amounts import mark_votes
from imports.parsers.archive import Archive
from imports.parsers.base import MAX_BYTES, UnreadableFile, begun_megabytes
from imports.parsers.csv_headers import header_score, role_hits
from imports.parsers.csv_table import DIGITS, MAX_COLUMNS, SAMPLE_ROWS, RowFacts, looks_like_amount
from imports.parsers.dates import split_date
from imports.parsers.text import is_riddled

DELIMITER = "\t"
MAX_MEMBERS = 2000
MAX_UNPACKED = 200 * 1024 * 1024
UNPACKED_SHARE = 64 * 1024 * 1024
"""The most that a workbook may unpack to for each begun megabyte of it."""
MAX_TAGS = 850_000
"""Beginnings and ends of elements for each begun megabyte of workbook, at 2 µs each: 200,000 cells.
A megabyte of real statements has 330,000 to 520,000."""
MAX_SHEETS = 200
MAX_CELLS = 5_000_000
MAX_VISITED = 30_000_000
"""Cells that may be walked over, with the empty ones before a cell far to the right."""
_BLANKS = re.compile(r"(?:_x000[9AD]_|[\t\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029])+")
_MERGED = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^>]{0,200}?ref=[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"
)
_MOST_MERGED = 20_000
MAX_ROWS = 500_000
"""Less than in a text: a workbook of a few bytes may say that its only row is the last."""
# What openpyxl raises for workbooks that are broken in one way or another.
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError,
    AttributeError, ArithmeticError, AssertionError, OSError, EOFError, RuntimeError, SyntaxError,
)  # fmt: skip

Values = list[Any]


def to_table(data: bytes, mark: str = "") -> tuple[bytes, list[str]]:
    """UTF-8 text of the sheet that looks like a statement, and warnings for people.

    Every row is one line, cells stand between tabs. Numbers are written with the decimal `mark`,
    or with the one that the sheet's own texts have. Raises UnreadableFile.
    """
    share = begun_megabytes(data)
    archive = Archive(data, members=MAX_MEMBERS, unpacked=min(MAX_UNPACKED, UNPACKED_SHARE * share))
    _check_tags(archive, MAX_TAGS * share)
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            sheets, epoch = _sheets(data, archive)
    except UnreadableFile:
        raise
    except _BROKEN as error:
        raise UnreadableFile("This is not an Excel workbook that can be read.") from error
    if not sheets:
        raise UnreadableFile("This workbook is empty.")
    title, rows, others = _choose(sheets)
    _type_serial_days(rows, epoch)
    warnings = []
    if others:
        listed = ", ".join(f"“{other[:40]}”" for other in others[:10])
        warnings.append(f"Only the sheet “{title[:40]}” was read. Left out: {listed}.")
    return _text(rows, mark or _mark(rows)), warnings


# Reading


def _check_tags(archive: Archive, most: int) -> None:
    """Raise UnreadableFile for a workbook that would take too long to read."""
    for name, content in archive.files():
        if not name.lower().endswith((".xml", ".rels")):
            continue
        if name.endswith("workbook.xml") and content.count(b"sheetId") > MAX_SHEETS:
            raise UnreadableFile(f"This workbook has more than {MAX_SHEETS} sheets.")
        most -= content.count(b"<") + content.count(b"/>")
        if most < 0 or is_riddled(content.decode("latin-1")):
            raise UnreadableFile(
                "This workbook holds far more than a statement of its size does. "
                "Save its sheet as CSV."
            )


def _sheets(
    data: bytes, archive: Archive
) -> tuple[list[tuple[str, bool, list[Values]]], dt.datetime]:
    """Title, visibility and rows of every sheet that is not empty."""
    book = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    budget, sheets, seen = _Budget(), [], set()
    try:
        for sheet in book.worksheets:
            path = str(getattr(sheet, "_worksheet_path", "")).lstrip("/")
            if path in seen:
                continue
            seen.add(path)
            # The stated dimensions are often wrong; without them every cell is read.
            sheet.reset_dimensions()
            rows = _trimmed(budget.count(row) for row in sheet.iter_rows(values_only=True))
            _fill_merged(rows, archive.read(path))
            if rows := _without_left_margin(rows):
                sheets.append((sheet.title, sheet.sheet_state == "visible", rows))
        return sheets, book.epoch
    finally:
        book.close()


class _Budget:
    """Counts what is read and stops a workbook that pretends to be large."""

    def __init__(self) -> None:
        self.rows = self.visited = self.cells = 0

    def count(self, row: Iterable[Any]) -> Values:
        """The cells of a row without the empty ones at its end."""
        cells = list(row)
        self.rows += 1
        self.visited += len(cells)
        while cells and (cells[-1] is None or cells[-1] == ""):
            cells.pop()
        self.cells += len(cells)
        if self.rows > MAX_ROWS:
            raise UnreadableFile(f"This workbook has more than {MAX_ROWS:,} rows.")
        if self.visited > MAX_VISITED or self.cells > MAX_CELLS:
            raise UnreadableFile(f"This workbook has more than {MAX_CELLS:,} cells.")
        return cells[: MAX_COLUMNS + 1]


def _trimmed(rows: Iterable[Values]) -> list[Values]:
    """All rows up to the last one that says something."""
    found = list(rows)
    while found and not found[-1]:
        found.pop()
    return found


def _without_left_margin(rows: list[Values]) -> list[Values]:
    """Every row without the columns at the left that no row uses."""
    margin = min(
        (next(i for i, cell in enumerate(row) if cell not in (None, "")) for row in rows if row),
        default=0,
    )
    return [row[margin:] for row in rows] if margin else rows


def _fill_merged(rows: list[Values], sheet: bytes) -> None:
    """A day that stands once for several rows holds for each of them.

    Only days: a number that is merged over rows stands once because it counts once.
    """
    if b"mergeCell" not in sheet:
        return
    for number, match in enumerate(_MERGED.finditer(sheet)):
        if number >= _MOST_MERGED:
            return
        left, top, _, bottom = range_boundaries(match[1].decode("ascii"))
        if bottom == top or top > len(rows) or left > len(rows[top - 1]):
            continue
        value = rows[top - 1][left - 1]
        if not _is_day(value):
            continue
        for row in rows[top : min(bottom, len(rows))]:
            if len(row) >= left and row[left - 1] in (None, ""):
                row[left - 1] = value


def _is_day(value: Any) -> bool:
    return isinstance(value, dt.date) or (isinstance(value, str) and split_date(value) is not None)


# Choosing


def _choose(sheets: list[tuple[str, bool, list[Values]]]) -> tuple[str, list[Values], list[str]]:
    """The sheet with the most rows that look like transactions, and the others that have some."""
    scored = []
    for place, (title, is_visible, rows) in enumerate(sheets):
        likely, headed = _look(rows) if len(sheets) > 1 else (0, 0)
        scored.append(((likely > 0, is_visible, likely, headed, len(rows), -place), title, rows))
    scored.sort(key=lambda item: item[0], reverse=True)
    _, title, rows = scored[0]
    return title, rows, [other for key, other, _ in scored[1:] if key[0] and key[1]]


def _look(rows: list[Values]) -> tuple[int, int]:
    """How many rows look like transactions, judged by the first ones, and the best header."""
    first = [[_cell(cell, ".") for cell in row] for row in rows[:SAMPLE_ROWS]]
    likely = sum(RowFacts(row).is_data for row in first)
    headed = max((role_hits(row) for row in first[:40]), default=0)
    return likely * max(len(rows), 1) // max(len(first), 1), headed


def _type_serial_days(rows: list[Values], epoch: dt.datetime) -> None:
    """A column that is called a date and holds only Excel's numbers of days gets its days back."""
    for at, row in enumerate(rows[:40]):
        for column, head in enumerate(row):
            if not isinstance(head, str) or len(head) > 80 or header_score(head, "date") < 6:
                continue
            below = [r for r in rows[at + 1 :] if column < len(r) and r[column] not in (None, "")]
            if below and all(_is_serial(r[column]) for r in below):
                for r in below:
                    r[column] = from_excel(r[column], epoch)


def _is_serial(value: Any) -> bool:
    """A number of days between 1982 and 2064."""
    return type(value) in (int, float) and 30_000 <= value <= 60_000


def _mark(rows: list[Values]) -> str:
    """The decimal mark of the sheet's amounts that are text."""
    shapes: Counter[str] = Counter()
    for row in rows[: 10 * SAMPLE_ROWS]:
        for cell in row:
            if type(cell) is str and 1 < len(cell) <= 40 and looks_like_amount(cell):
                shapes[cell.strip().translate(DIGITS)] += 1
    votes = mark_votes(shapes)
    return "," if votes[","] > votes["."] else "."


# Writing


def _text(rows: list[Values], mark: str) -> bytes:
    width = max(map(len, rows))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=DELIMITER, lineterminator="\n")
    for row in rows:
        # A row of blanks stays an empty line, so that lines are rows.
        writer.writerow(
            [*(_cell(cell, mark) for cell in row), *[""] * (width - len(row))] if row else []
        )
        if text.tell() > MAX_BYTES:
            raise UnreadableFile(
                f"This workbook holds more than {MAX_BYTES // 1024**2} MB of text."
            )
    return text.getvalue().encode("utf-8", errors="replace")


def _cell(value: Any, mark: str) -> str:
    """A value as text that reads in one way: ISO days, plain decimals with `mark`."""
    if type(value) is str:
        return _BLANKS.sub(" ", value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value, mark)
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds") if value.time() != dt.time.min else str(value.date())
    return _BLANKS.sub(" ", str(value))


def _number(value: float, mark: str) -> str:
    """The 15 digits that Excel shows of a number. Never three decimals: that may be a thousand."""
    if not math.isfinite(value):
        return "#NUM!"
    whole, _, fraction = format(Decimal(f"{value:.15g}"), "f").partition(".")
    fraction = fraction.rstrip("0")
    if not fraction:
        return whole
    return f"{whole}{mark}{fraction}{'0' if len(fraction) == 3 else ''}"
