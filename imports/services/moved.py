"""What came of moving a book in."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from ledger.models import ImportBatch
from ledger.services.matching import Outcome
from ledger.statement_line import Problem


@dataclass
class Moved:
    """What came of a move."""

    program: str
    accounts_made: int = 0
    accounts_matched: int = 0
    categories: int = 0
    payees: int = 0
    tags: int = 0
    counts: Counter = field(default_factory=Counter)
    """Rows by ledger.services.matching.Outcome."""
    transfers: int = 0
    splits: int = 0
    left_out: int = 0
    budgets: int = 0
    """Amounts that are budgeted here now and were not."""
    first: dt.date | None = None
    last: dt.date | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    batch: ImportBatch | None = None

    @property
    def added(self) -> int:
        return self.counts[Outcome.NEW]

    @property
    def duplicates(self) -> int:
        return sum(self.counts.values()) - self.added - self.counts[Outcome.PROBABLE]
