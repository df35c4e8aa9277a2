"""Zip, gzip and SQLite files from strangers, opened within limits. Pure.

The sizes that a zip declares are the ones that hold: `zipfile` reads no more than them, and what
unpacks to something else fails its checksum.
"""

import contextlib
import io
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from imports.parsers.base import UnreadableFile
from imports.parsers.text import storable

MAX_MEMBERS = 5000
"""YNAB 4 keeps a file for each day of work."""
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
"""Times that a member may grow. Statements in XML reach 20, sheets of blanks 100, empty databases
more than that; bombs a thousand."""
SMALL = 1024 * 1024
"""Below this size the ratio says nothing."""
MAX_STEPS = 300_000
"""How many thousand steps a query of a database may take."""
ZIP, GZIP, SQLITE = b"PK\x03\x04", b"\x1f\x8b", b"SQLite format 3\x00"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # encrypted; also NotImplementedError for unknown methods
    LookupError,
    OverflowError,
)
_TOO_MUCH = "This file unpacks to far more than it should."


class Archive:
    """A zip archive whose members are few and small enough."""

    def __init__(
        self, data: bytes, *, members: int = MAX_MEMBERS, unpacked: int = MAX_UNPACKED
    ) -> None:
        """Raise UnreadableFile for what is no archive and for one beyond the limits."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.infos = [info for info in self._zip.infolist() if not info.is_dir()]
        except _BROKEN as error:
            raise UnreadableFile("This archive is damaged.") from error
        if len(self.infos) > members:
            raise UnreadableFile(f"This archive has more than {members} files.")
        if sum(info.file_size for info in self.infos) > unpacked:
            raise UnreadableFile(f"This archive unpacks to more than {unpacked // 1024**2} MB.")
        for info in self.infos:
            if info.flag_bits & 1:
                raise UnreadableFile("This archive has a password. Unpack it first.")
            grown = info.file_size > MAX_RATIO * max(info.compress_size, 1)
            if info.file_size > SMALL and grown:
                raise UnreadableFile(_TOO_MUCH)

    @property
    def names(self) -> list[str]:
        """The paths of its files, nothing unpacked."""
        return [info.filename for info in self.infos]

    def read(self, name: str) -> bytes:
        """The content of one file, b"" when there is none. Raises UnreadableFile."""
        info = next((info for info in self.infos if info.filename == name), None)
        return self.content(info) if info else b""

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of every file, one after the other. Raises UnreadableFile."""
        for info in self.infos:
            yield info.filename, self.content(info)

    def content(self, info: zipfile.ZipInfo) -> bytes:
        """What one of `infos` holds. Raises UnreadableFile."""
        try:
            return self._zip.read(info)
        except _BROKEN as error:
            raise UnreadableFile("This archive is damaged.") from error


def first_names(head: bytes) -> list[str]:
    """The names of the files that begin within `head`, the beginning of an archive."""
    names, at = [], 0
    while len(names) < 200 and (at := head.find(ZIP, at)) >= 0:
        size = int.from_bytes(head[at + 26 : at + 28], "little")
        names.append(head[at + 30 : at + 30 + size].decode("utf-8", errors="replace"))
        at += 30
    return names


def first_bytes(head: bytes, size: int = 4096) -> bytes:
    """The beginning of the first file of an archive, b"" when it cannot be unpacked."""
    if not head.startswith(ZIP) or len(head) < 30:
        return b""
    method = int.from_bytes(head[8:10], "little")
    start = 30 + sum(int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
    if method == zipfile.ZIP_STORED:
        return head[start : start + size]
    if method != zipfile.ZIP_DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-15).decompress(head[start:], size)
    except zlib.error:
        return b""


def gunzip(data: bytes) -> bytes:
    """What a gzip file holds. Raises UnreadableFile."""
    unzip = zlib.decompressobj(wbits=31)
    most = min(MAX_UNPACKED, max(SMALL, MAX_RATIO * len(data)))
    try:
        content = unzip.decompress(data, most + 1)
    except zlib.error as error:
        raise UnreadableFile("This compressed file is damaged.") from error
    if len(content) > most:
        raise UnreadableFile(_TOO_MUCH)
    if not unzip.eof:
        raise UnreadableFile("This compressed file is cut off.")
    return content


def first_gunzipped(head: bytes, size: int = 8192) -> bytes:
    """The beginning of what a gzip file holds, b"" when it cannot be unpacked."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, size)
    except zlib.error:
        return b""


@contextlib.contextmanager
def database(data: bytes) -> Iterator[sqlite3.Connection]:
    """A SQLite file, read-only, with no trust in its schema, and an end to every query.

    What goes wrong inside becomes UnreadableFile.
    """
    if not data.startswith(SQLITE):
        raise UnreadableFile("This is not an SQLite database.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.sqlite")
        path.write_bytes(data)
        try:
            with contextlib.closing(
                sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
            ) as connection:
                steps = iter(range(MAX_STEPS))
                connection.set_progress_handler(lambda: next(steps, None) is None, 1000)
                connection.text_factory = lambda text: storable(text.decode("utf-8", "replace"))
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA trusted_schema = OFF")
                connection.execute("PRAGMA query_only = ON")
                yield connection
        except (sqlite3.Error, OverflowError) as error:
            raise UnreadableFile("This database is damaged, or not of this program.") from error


def tables(connection: sqlite3.Connection) -> set[str]:
    """Names of its real tables: a view could be anything."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    )
    return {row[0] for row in rows}


def rows(connection: sqlite3.Connection, table: str) -> Iterator[dict]:
    """All rows of a table as dictionaries, read one at a time; nothing when there is none."""
    if table not in tables(connection):
        return
    for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 names of ours
        yield dict(row)
