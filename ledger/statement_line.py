"""What a bank, a file or a person's paste says, before it becomes a transaction.

Pure: parsers make these, `ledger.services.statements` posts them. Named tuples, because an import
makes a hundred thousand of them.
"""

import datetime as dt
from typing import NamedTuple


class LinePart(NamedTuple):
    """A part of a row that the source splits."""

    amount: int
    """Minor units of the row's currency, money in is positive."""
    category: str = ""
    """The source's name for what it was for."""
    notes: str = ""
    """Text that a person wrote about this part."""


class StatementLine(NamedTuple):
    """One row of a statement."""

    line: int
    """Where it stands: the line number in the file, or the number of the record. From 1."""
    date: dt.date
    """Booked on, as printed by the source; never moved to another time zone."""
    amount: int
    """Minor units of `currency`, money in is positive."""
    description: str
    """The raw text. Kept for ever as it came."""
    payee: str = ""
    """The other side as the source names it, where it does so in a field of its own."""
    external_id: str = ""
    """The source's identifier, "" when there is none or it does not identify."""
    currency: str = ""
    """ISO 4217 code where the row or its statement states one."""
    balance: int | None = None
    """The running balance after this row, where the source prints one."""
    pending: bool = False
    """Not yet settled at the bank."""
    notes: str = ""
    """Text that a person wrote in the program that the file comes from."""
    category: str = ""
    """The source's name for what it was for."""
    parts: tuple["LinePart", ...] = ()
    """How the source splits the amount. They add up to it."""
    transfer_to: str = ""
    """The other account's name as the file has it, when this is one half of a transfer."""


class Problem(NamedTuple):
    """A row that could not be read: never dropped in silence."""

    line: int
    reason: str
    """A sentence for people, without the raw text."""
    raw: str = ""
    """The row as it stands in the file, cut to 200 characters."""
