"""Which parser reads a file: every one looks at its beginning and gives a score.

A new format is a module with `name`, `label`, `score` and `parse`, added to FORMATS.
"""

from typing import Protocol

from imports.parsers import camt, csv_file, mt940, ofx, qif, xlsx_file
from imports.parsers.base import Parsed, UnreadableFile, check_size

HEAD = 65_536


class Format(Protocol):
    """A module that reads one format."""

    name: str
    label: str

    def score(self, head: bytes, filename: str) -> int | None:
        """How sure it is, 1 to 100, that a file that begins with `head` is its; None: it is not."""

    def parse(self, data: bytes, *, currency: str = "") -> Parsed:
        """Read the whole file. Raises UnreadableFile."""


FORMATS: tuple[Format, ...] = (ofx, camt, mt940, qif, xlsx_file, csv_file)

# What people upload by mistake, told by its first bytes, and what they can do instead.
_OTHERS = (
    ((b"%PDF",), "This is a PDF. Ask your bank for the same statement as OFX, CAMT or CSV."),
    (
        (b"\xd0\xcf\x11\xe0",),
        "This is an old Excel file (.xls). Open it and save it as CSV or .xlsx.",
    ),
    (
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*"),
        "This is a picture, not a statement.",
    ),
    ((b"PK\x03\x04", b"PK\x05\x06"), "This is a zip archive or an Office file that is not known."),
    ((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh"), "This is an archive. Unpack it first."),
    ((b"{\\rtf",), "This is a text document (.rtf), not a statement."),
    ((b"SQLite format 3",), "This is a database that is not known."),
)


def names() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(module.name for module in FORMATS)


def best(data: bytes, filename: str = "") -> tuple[int, str] | None:
    """How sure the surest format is of `data`, and its name; None when none takes it."""
    head = data[:HEAD]
    scored = [(module.score(head, filename), module.name) for module in FORMATS]
    known = [(score, name) for score, name in scored if score is not None]
    return max(known, key=lambda item: item[0], default=None)


def detect(data: bytes, filename: str = "") -> str:
    """The name of the format of `data`, by content. Raises UnreadableFile with advice."""
    check_size(data)
    head = data[:HEAD]
    known = best(data, filename)
    for starts, advice in _OTHERS:
        if head.startswith(starts) and (known is None or known[0] < 50):
            raise UnreadableFile(advice)
    if known is None:
        raise UnreadableFile(_refusal(head))
    return known[1]


def _refusal(head: bytes) -> str:
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:2000].lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "This is a web page, perhaps the bank's login page. Download the statement again."
    if b"<ofc>" in start:
        return "This is OFC, the format before OFX, which no bank has used since 1999."
    if start.startswith(b"<"):
        return "This XML file is not a statement format that is known."
    if start.startswith((b"{", b"[")):
        return "This JSON file is not a statement format that is known."
    return "This is not a statement format that is known."


def module(name: str) -> Format:
    """The parser called `name`. Raises KeyError."""
    return {candidate.name: candidate for candidate in FORMATS}[name]


def parse(data: bytes, filename: str = "", *, currency: str = "") -> Parsed:
    """Detect and read. Raises UnreadableFile."""
    return module(detect(data, filename)).parse(data, currency=currency)
