"""Zip, gzip and SQLite files of strangers, opened with limits. Pure."""

import contextlib
import io
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from imports.parsers.base import UnreadableFile

MAX_MEMBERS = 5000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
"""Databases full of zeros compress well, bombs a thousandfold."""
SMALL = 5 * 1024 * 1024
"""What may be of any ratio."""
MAX_STEPS = 300_000
"""How many thousand steps a query of a database may take."""

ZIP, GZIP, SQLITE = b"PK\x03\x04", b"\x1f\x8b", b"SQLite format 3\x00"


def members(data: bytes) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by name, nothing unpacked. Raises UnreadableFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise UnreadableFile("This zip archive is damaged.") from error
    if len(infos) > MAX_MEMBERS:
        raise UnreadableFile(f"This archive has more than {MAX_MEMBERS} files.")
    total = sum(info.file_size for info in infos)
    if total > MAX_UNPACKED or (total > SMALL and total > MAX_RATIO * len(data)):
        raise UnreadableFile("This archive unpacks to far more than an export would.")
    return {info.filename: info for info in infos}


def unpack(data: bytes, info: zipfile.ZipInfo) -> bytes:
    """One file of a zip. What it says of its size is not believed. Raises UnreadableFile."""
    if info.flag_bits & 1:
        raise UnreadableFile("This archive is locked with a password. Unlock it first.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(info) as stream:
            content = stream.read(MAX_UNPACKED + 1)
    except (
        zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError,
        EOFError,
    ) as error:  # fmt: skip
        raise UnreadableFile("This zip archive is damaged.") from error
    if len(content) > MAX_UNPACKED:
        raise UnreadableFile("This archive unpacks to far more than an export would.")
    return content


def gunzip(data: bytes) -> bytes:
    """What a gzip file holds. Raises UnreadableFile."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        content = unzip.decompress(data, MAX_UNPACKED + 1)
    except zlib.error as error:
        raise UnreadableFile("This compressed file is damaged.") from error
    if len(content) > MAX_UNPACKED:
        raise UnreadableFile("This file unpacks to far more than an export would.")
    if not unzip.eof:
        raise UnreadableFile("This compressed file is cut off.")
    return content


@contextlib.contextmanager
def database(data: bytes) -> Iterator[sqlite3.Connection]:
    """A SQLite file, read-only, with no trust in its schema, and an end to every query.

    What goes wrong inside becomes UnreadableFile.
    """
    if not data.startswith(SQLITE):
        raise UnreadableFile("This is not an SQLite database.")
    if len(data) > MAX_UNPACKED:
        raise UnreadableFile("This database is too large.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.sqlite"
        path.write_bytes(data)
        try:
            with contextlib.closing(
                sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
            ) as connection:
                steps = iter(range(MAX_STEPS))
                connection.set_progress_handler(lambda: next(steps, None) is None, 1000)
                connection.text_factory = lambda text: text.decode("utf-8", "replace")
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
