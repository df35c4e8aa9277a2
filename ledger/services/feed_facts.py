"""What a bank said, what of it is stored, and when two of these are one. Pure but for `read`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.models import Status
from ledger.services.matching import SETTLE_DAYS, Match
from ledger.statement_line import StatementLine
from ledger.text import alias_key, content_key


@dataclass(frozen=True, slots=True)
class Feed:
    """What a bank answered for one account: booked rows from `first` to `last`, both included.

    `pending` is the whole set of pending rows, or None when the bank did not say. `balance` is the
    booked balance that it states (minor units, debts negative), or None.
    """

    first: dt.date
    last: dt.date
    booked: Sequence[StatementLine]
    pending: Sequence[StatementLine] | None = None
    balance: int | None = None


@dataclass(slots=True)
class Fed:
    """What came of it: counts, the ids of new transactions, and rows that the bank has no more."""

    added: int = 0
    settled: int = 0
    amended: int = 0
    removed: int = 0
    known: int = 0
    joined: int = 0
    kept: int = 0
    """Rows that a person changed or reconciled and that the bank says otherwise."""
    missing: int = 0
    """Booked rows that the bank does not have any more, without its balance proving it."""
    new_ids: list[int] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many rows were written."""
        return self.added + self.settled + self.amended + self.removed + self.joined


@dataclass(slots=True)
class Stored:
    """A row of the ledger that a bank brought: what it says, and the digest of what the bank said."""

    id: int
    date: dt.date
    amount: int
    text: str
    digest: int | None
    status: str = Status.PENDING
    external_id: str = ""
    content_key: int | None = None
    occurrence: int = 1


def digest_of(line: StatementLine) -> int:
    """What a bank said of a row, in 64 bits."""
    return content_key(line.date, line.amount, line.description)


def key_of(match: Match) -> str | tuple:
    """What tells a bank's rows apart: its stable id, else content and number among equals."""
    return match.line.external_id or (match.content_key, match.occurrence)


def of_snapshot(pk: int, state: dict) -> Stored:
    """A row in the trash."""
    day = dt.date.fromisoformat(state["date"])
    return Stored(pk, day, state["amount"], state["description"], None)


def _is_near(row: Stored, line: StatementLine) -> bool:
    return abs((row.date - line.date).days) <= SETTLE_DAYS


def same_amount_and_text(row: Stored, line: StatementLine) -> bool:
    """Amount equal, text equal but for digits and signs, at most SETTLE_DAYS apart."""
    is_same = row.amount == line.amount and alias_key(row.text) == alias_key(line.description)
    return is_same and _is_near(row, line)


def same_text(row: Stored, line: StatementLine) -> bool:
    """A tip was added, or a pump took less than it held."""
    is_same = (row.amount > 0) == (line.amount > 0)
    return is_same and _is_near(row, line) and _words(row.text) == _words(line.description)


def same_amount(row: Stored, line: StatementLine) -> bool:
    """A text that was worded anew when it was booked."""
    return row.amount == line.amount and abs((row.date - line.date).days) <= SETTLE_DAYS // 2


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def read(rows) -> list[Stored]:
    """Rows of a queryset of transactions. One query."""
    return [
        Stored(*facts)
        for facts in rows.values_list(
            *("id", "date", "amount", "description", "source_digest"),
            *("status", "external_id", "content_key", "occurrence"),
        )
    ]
