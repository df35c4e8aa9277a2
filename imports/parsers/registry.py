"""Which reader a file is for: by its content, never by its name alone. Add a format by adding a
module with `name`, `label`, `score` and `parse` to FORMATS."""

from imports.parsers import csv_file, ofx
from imports.parsers.base import UnreadableFileError, ensure_size

FORMATS = {module.name: module for module in (ofx, csv_file)}

_NOT_OURS = (
    (b"%PDF", "This is a PDF. Download the statement as CSV or OFX instead."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel file. Save it as CSV and import that."),
    (b"PK\x03\x04", "This is a zip or Excel file. Save or unpack it as CSV or OFX."),
    (b"\x89PNG", "This is a picture."),
    (b"\xff\xd8\xff", "This is a picture."),
    (b"GIF8", "This is a picture."),
    (b"\x1f\x8b", "This file is compressed. Unpack it first."),
    (b"SQLite format 3", "This is a database, not a statement."),
)


def detect(data: bytes, filename: str = "") -> str:
    """The name of the format. Raises UnreadableFileError with what to do about it."""
    ensure_size(data)
    head = data[:8192]
    for magic, advice in _NOT_OURS:
        if head.startswith(magic):
            raise UnreadableFileError(advice)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise UnreadableFileError("This is a web page. Download the statement itself.")
    scores = {
        key: points
        for key, module in FORMATS.items()
        if (points := module.score(head, filename)) is not None
    }
    if not scores:
        raise UnreadableFileError(
            "This is neither CSV nor OFX: nothing in it looks like a statement."
        )
    return max(scores, key=scores.__getitem__)
