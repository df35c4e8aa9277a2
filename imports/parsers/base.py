"""What every reader of files speaks: statements of lines, problems by row, files that cannot be read."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.statement_line import Problem, StatementLine

MAX_BYTES = 25 * 1024 * 1024
MAX_ROWS = 500_000
MAX_LINE = 1024 * 1024

Entry = StatementLine | Problem


class UnreadableFileError(ValueError):
    """The file as a whole cannot be read. Its text says what and where, fit for people."""


@dataclass(frozen=True)
class Statement:
    """One account's rows in a file. Amounts are minor units of `currency`."""

    entries: Iterable[Entry]
    """One pass only: a large file never stands in memory whole."""
    key: str = ""
    """Stable name of the account inside the file."""
    account_number: str = ""
    currency: str = ""
    kind_hint: str = ""
    """A ledger account kind that the file suggests, or ""."""
    institution: str = ""
    closing_balance: int | None = None
    closing_on: dt.date | None = None


@dataclass(frozen=True)
class Parsed:
    """What a reader made of a file."""

    format: str
    statements: list[Statement]
    warnings: list[str] = field(default_factory=list)


def ensure_size(data: bytes) -> None:
    """Raise UnreadableFileError for an empty or too large file."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableFileError("This file is empty.")
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(f"This file is larger than {MAX_BYTES // 1024 // 1024} MB.")
