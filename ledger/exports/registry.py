"""The formats that a book can be written in.

A new one is a module with `write(book)`, added to FORMATS; menu, view and command know it then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.exports import beancount, csv_file, hledger, json_file, ofx, qif, xlsx
from ledger.exports.rows import Book


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a book."""

    name: str
    """As it stands in addresses and commands."""
    label: str | Promise
    hint: str | Promise
    """Who reads it, for the menu."""
    content_type: str
    extension: str
    write: Callable[[Book], Iterator[str] | Iterator[bytes]]

    def pieces(self, book: Book) -> Iterator[bytes]:
        """The file, in pieces: it is never whole in memory."""
        for piece in self.write(book):
            yield piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace")


def _csv(book: Book) -> Iterator[str]:
    return csv_file.csv_lines(book.movements, book.household)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXT = "text/plain; charset=utf-8"
FORMATS = (
    Format("csv", _("CSV"), _("Any spreadsheet"), "text/csv; charset=utf-8", "csv", _csv),
    Format("xlsx", _("Excel"), _("Spreadsheet with real dates"), _XLSX, "xlsx", xlsx.write),
    Format("ofx", _("OFX"), _("Bank statement"), "application/x-ofx", "ofx", ofx.write),
    Format("qif", _("QIF"), _("Quicken, GnuCash"), "application/qif", "qif", qif.write),
    Format("json", _("JSON"), _("Everything"), "application/json", "json", json_file.write),
    Format("beancount", _("Beancount"), _("Plain text"), _TEXT, "beancount", beancount.write),
    Format("hledger", _("hledger"), _("Plain text"), _TEXT, "journal", hledger.write),
)
DEFAULT = "csv"


def named(name: str) -> Format:
    """The format called `name`. Raises KeyError."""
    return {candidate.name: candidate for candidate in FORMATS}[name]


def names() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(candidate.name for candidate in FORMATS)
