"""XLSX (Office Open XML) for spreadsheets: one list of all rows, and a sheet of the accounts.

Dates are dates, amounts are numbers with the decimals of their currency, everything else is text:
never a formula, never a link. A split has a row for each part, so that sums by category are right.
"""

import datetime as dt
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from django.utils.translation import gettext as _
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from core.money import exponent, to_decimal
from ledger.exports.rows import Book, Piece, Row
from ledger.exports.texts import one_line
from ledger.models import Status

SHEET_ROWS = 1_048_576
"""Rows of a sheet, by the format. What is more goes to another sheet."""
_CELL = 32_767  # characters of a cell, by the format
_FIRST_DAY = dt.date(1900, 3, 1)  # the days before it are counted wrongly, by the format
_PIECE = 256 * 1024
_WIDTHS = (11, 20, 24, 44, 20, 18, 14, 9, 11, 24, 18, 20, 7, 28)


def write(book: Book) -> Iterator[bytes]:
    """The book as an XLSX file, newest row first. It is made on disk: a zip has its index last."""
    with tempfile.TemporaryFile() as file:
        _write(book, file)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write(book: Book, file: BinaryIO) -> None:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as workbook:
        lists = _Lists(workbook)
        for row in book.rows(newest_first=True):
            pieces = row.pieces
            for number, piece in enumerate(pieces, 1):
                lists.add(row, piece, f"{number}/{len(pieces)}" if row.is_split else "", book)
        _accounts(book, workbook, lists)


class _Lists:
    """The list of rows, on as many sheets as it takes."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.bold = workbook.add_format({"bold": True})
        self.date = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self.amounts: dict[int, Format] = {}
        self.headers = [
            *(_("Date"), _("Account"), _("Payee"), _("Description"), _("Category"), _("Group")),
            *(_("Amount"), _("Currency"), _("State"), _("Notes"), _("Tags"), _("Transfer")),
            *(_("Part"), _("Id")),
        ]
        self.sheets = 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self.sheets += 1
        name = _("Transactions") if self.sheets == 1 else f"{_('Transactions')} {self.sheets}"
        self.sheet = self.workbook.add_worksheet(name[:31])
        for column, width in enumerate(_WIDTHS):
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(1, 0)
        for column, header in enumerate(self.headers):
            self.sheet.write_string(0, column, header, self.bold)
        self.row = 1

    def amount_format(self, currency: str) -> Format:
        places = exponent(currency)
        if places not in self.amounts:
            pattern = "#,##0" + ("." + "0" * places if places else "")
            self.amounts[places] = self.workbook.add_format({"num_format": pattern})
        return self.amounts[places]

    def add(self, row: Row, piece: Piece, part: str, book: Book) -> None:
        if self.row == SHEET_ROWS:
            self._next_sheet()
        currency = book.currency_of(row)
        group, category = book.category_path(piece.category_id)
        notes = piece.notes if row.is_split and piece.notes else row.notes
        other = book.all_accounts[row.other.account_id].name if row.other else ""
        _write_day(self.sheet, self.row, 0, row.date, self.date)
        texts = {
            1: book.all_accounts[row.account_id].name,
            2: piece.payee or row.payee,
            3: row.description,
            4: category,
            5: group,
            7: currency,
            8: str(Status(row.status).label),
            9: notes,
            10: ", ".join(book.tag_names({*row.tag_ids, *piece.tag_ids})),
            11: other,
            12: part,
            13: row.own_id,
        }
        for column, text in texts.items():
            if text:
                self.sheet.write_string(self.row, column, _cell(text))
        amount = to_decimal(piece.amount, currency)
        self.sheet.write_number(self.row, 6, amount, self.amount_format(currency))
        self.row += 1


def _cell(text: str) -> str:
    return one_line(text)[:_CELL]


def _write_day(sheet: Worksheet, row: int, column: int, day: dt.date, style: Format) -> None:
    if day < _FIRST_DAY:
        sheet.write_string(row, column, day.isoformat())
    else:
        sheet.write_datetime(row, column, day, style)


def _accounts(book: Book, workbook: Workbook, lists: _Lists) -> None:
    sheet = workbook.add_worksheet(_("Accounts")[:31])
    for column, width in enumerate((24, 18, 20, 9, 16, 16)):
        sheet.set_column(column, column, width)
    headers = (_("Name"), _("Kind"), _("Bank"), _("Currency"), _("Opening balance"), _("Balance"))
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, lists.bold)
    closing = book.closing_balances
    for number, account in enumerate(book.accounts, 1):
        texts = (account.name, account.get_kind_display(), account.institution, account.currency)
        for column, text in enumerate(texts):
            sheet.write_string(number, column, _cell(str(text)))
        style = lists.amount_format(account.currency)
        for column, minor in (
            (4, book.opening_balances[account.pk]),
            (5, closing[account.pk]),
        ):
            sheet.write_number(number, column, to_decimal(minor, account.currency), style)
