"""What every parser gives back, and the limits that every parser keeps.

Pure. A parser takes bytes and returns `Parsed`; what is wrong with one row is data (`Problem`),
only a file that cannot be read at all raises `UnreadableFile`.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.statement_line import Problem, StatementLine

MAX_BYTES = 25 * 1024 * 1024
"""The largest file that is read. A household's ten years of statements are below 5 MB."""
MAX_ROWS = 1_050_000
"""The most lines or records of one file."""
MAX_LINE = 1024 * 1024
"""The longest single line of a table, in characters."""
MEGABYTE = 1024 * 1024
RAW_LENGTH = 200
"""How much of a row a Problem quotes."""

Entry = StatementLine | Problem


class UnreadableFile(ValueError):  # noqa: N818 - it reads as a sentence where it is caught
    """The file as a whole cannot be read. The message says what and where, for people."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file says of one account."""

    entries: Iterable[Entry]
    """The rows in the order of the file. May be a generator: read it once."""
    key: str = ""
    """Tells the accounts of one file apart, the same in every file of the same account."""
    account_number: str = ""
    """As printed: an IBAN, an account number, a masked card number."""
    bank_id: str = ""
    """Routing number, sort code, BIC or broker, as printed."""
    currency: str = ""
    """ISO 4217 code, "" when the file does not say."""
    kind_hint: str = ""
    """"current", "credit_card", "investment", "savings" or ""."""
    institution: str = ""
    owner: str = ""
    """Holder or name of the account, as printed."""
    closing_balance: int | None = None
    """Minor units of `currency`, as printed; proves the import."""
    closing_on: dt.date | None = None
    first_on: dt.date | None = None
    """First day that the statement claims to cover, when it says so."""
    last_on: dt.date | None = None
    """Last day that it claims to cover, inclusive."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file that was read."""

    format: str
    statements: list[Statement]
    warnings: list[str] = field(default_factory=list)
    """Sentences for people. Complete once all entries have been read."""


def begun_megabytes(data: bytes) -> int:
    """How large a file is: what is packed inside may cost so much time for each of these."""
    return max(1, -(-len(data) // MEGABYTE))


def check_size(data: bytes) -> None:
    """Raise UnreadableFile for an empty file and for one beyond MAX_BYTES."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile("This file is empty.")
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"This file is larger than {MAX_BYTES // 1024 // 1024} MB.")


def raw(text: str) -> str:
    """`text` as a Problem quotes it: one line, cut to RAW_LENGTH characters."""
    return " ".join(text.split())[:RAW_LENGTH]
