"""A file straight into the ledger, in one transaction: what the commands do."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db.transaction import atomic, set_rollback

from accounts.models import User
from imports.errors import ImportRefusedError
from imports.parsers.base import Parsed, Statement
from imports.reading import checked
from ledger.models import Account, ImportBatch
from ledger.services.statements import FUZZY_DAYS, Match, Outcome, post_lines
from ledger.statement_line import Problem, StatementLine

PROBLEMS_KEPT = 1000


@dataclass
class Summary:
    """What came of one file. Amounts are minor units of `currency`."""

    currency: str = ""
    counts: Counter = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    rejected: int = 0
    left_out: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    money_in: int = 0
    money_out: int = 0
    batch: ImportBatch | None = None

    @property
    def added(self) -> int:
        return self.counts[Outcome.NEW]

    @property
    def duplicates(self) -> int:
        return self.counts[Outcome.DUPLICATE] + self.counts[Outcome.DELETED]

    def see(self, line: StatementLine) -> None:
        """Count a line that was read."""
        if self.first is None or line.date < self.first:
            self.first = line.date
        if self.last is None or line.date > self.last:
            self.last = line.date
        if line.amount > 0:
            self.money_in += line.amount
        else:
            self.money_out += line.amount


@dataclass(frozen=True)
class Choices:
    """What of a file is wanted, and what of the doubtful."""

    since: dt.date | None = None
    until: dt.date | None = None
    with_pending: bool = True
    with_probable: bool = False
    stop_on_problem: bool = False
    fuzzy_days: int = FUZZY_DAYS


def import_file(
    *,
    data: bytes,
    name: str,
    parsed: Parsed,
    account_for: Callable[[Statement], Account],
    by: User | None,
    choices: Choices = Choices(),
    dry_run: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Post every statement of a parsed file; with `dry_run` do the same and take it back.

    One database transaction: a file comes in whole or not at all. Raises ImportRefusedError (and
    what the readers raise) and changes nothing.
    """
    summary = Summary()
    with atomic():
        batch = None
        for statement in parsed.statements:
            account = account_for(statement)
            summary.currency = account.currency
            if batch is None:
                batch = ImportBatch.objects.create(
                    household=account.household,
                    source=parsed.format,
                    name=name[:200],
                    sha256=hashlib.sha256(data).hexdigest(),
                    made_by=by,
                )
            posted = post_lines(
                account=account,
                lines=_wanted(checked(statement, account), summary, choices),
                source=parsed.format,
                by=by,
                batch=batch,
                fuzzy_days=choices.fuzzy_days,
                decide=_decider(choices),
                progress=progress,
            )
            summary.counts += posted.counts
        if batch is not None:
            batch.rejected = summary.rejected
            batch.save(update_fields=["rejected"])
        summary.batch = batch
        if dry_run:
            set_rollback(True)
    return summary


def _decider(choices: Choices) -> Callable[[Match], bool]:
    return lambda match: match.outcome is Outcome.PROBABLE and choices.with_probable


def _wanted(entries, summary: Summary, choices: Choices) -> Iterator[StatementLine]:
    for entry in entries:
        if isinstance(entry, Problem):
            if choices.stop_on_problem:
                raise ImportRefusedError(f"Line {entry.line}: {entry.reason}.")
            summary.rejected += 1
            if len(summary.problems) < PROBLEMS_KEPT:
                summary.problems.append(entry)
            continue
        if (
            (choices.since and entry.date < choices.since)
            or (choices.until and entry.date > choices.until)
            or (entry.pending and not choices.with_pending)
        ):
            summary.left_out += 1
            continue
        summary.see(entry)
        yield entry
