"""Statement lines in: each becomes a new transaction, or is recognised as one that is here.

What is recognised, in this order (one account at a time, never across accounts):
1. by external id: the same source and id is the same transaction;
2. by content: the n-th equal row of a file is the n-th equal row of the account, so that two equal
   coffees stay two and the same file again adds none;
3. deleted or merged before: a tombstone has its keys;
4. settling: a stored pending row of equal amount and text within SETTLE_DAYS;
5. probably: a row from another source with equal amount within FUZZY_DAYS, each used once.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import F

from accounts.models import Household, User
from core.months import Month
from ledger.errors import ClosedAccountError
from ledger.models import (
    Account,
    ChangeSet,
    ImportBatch,
    Status,
    Tombstone,
    Transaction,
)
from ledger.services.acts import Act, act
from ledger.services.bulk import NewRow, insert_rows, refresh_statistics
from ledger.services.keys import leave_keys
from ledger.services.matching import CHUNK, FUZZY_DAYS, Match, Matcher, Outcome, chunks
from ledger.services.sorter import Sorted, Sorter, complete
from ledger.statement_line import StatementLine
from ledger.text import search_text


@dataclass
class Posted:
    """What came of an import: the batch, and how many lines had which outcome."""

    batch: ImportBatch
    counts: Counter = field(default_factory=Counter)

    @property
    def added(self) -> int:
        return self.counts[Outcome.NEW]


def post_lines(
    *,
    account: Account,
    lines: Iterable[StatementLine],
    source: str,
    by: User | None,
    batch: ImportBatch | None = None,
    name: str = "",
    sha256: str = "",
    decide: Callable[[Match], bool] | None = None,
    fuzzy_days: int = FUZZY_DAYS,
    progress: Callable[[int], None] | None = None,
) -> Posted:
    """Post the lines of one statement to `account`, in one database transaction.

    `decide(match)` says whether a PROBABLE or DELETED line is imported all the same; without it
    those are skipped, and a skipped probable one is remembered as the stored row that it is.
    `progress(n)` is called with the number of lines done. With `batch`, adds to that one (a file
    of several accounts). Returns counts by Outcome. Raises ClosedAccountError.
    """
    if account.is_closed:
        raise ClosedAccountError
    household = account.household
    with act(household=household, by=by, kind=ChangeSet.Kind.ADD) as running:
        batch = batch or ImportBatch.objects.create(
            household=household, source=source, name=name[:200], sha256=sha256, made_by=by
        )
        poster = _Poster(account, source, batch, running, decide, fuzzy_days)
        done = 0
        for chunk in chunks(lines):
            poster.post(chunk)
            done += len(chunk)
            if progress:
                progress(done)
        batch.added += poster.posted.added
        batch.duplicates += sum(poster.posted.counts.values()) - poster.posted.added
        batch.save(update_fields=["added", "duplicates"])
        if poster.posted.added >= CHUNK:
            refresh_statistics()
    return poster.posted


class _Poster:
    """Writes matched chunks."""

    def __init__(self, account, source, batch, running: Act, decide, fuzzy_days):
        self.account = account
        self.household: Household = account.household
        self.first_day = self.household.first_month_day
        self.source = source
        self.batch = batch
        self.running = running
        self.decide = decide
        self.posted = Posted(batch)
        self.matcher = Matcher(account, source, fuzzy_days=fuzzy_days)
        self.matcher.ignore_batch(batch.pk)
        self.sorter = Sorter(account)
        self.months: dict[dt.date, int] = {}

    def post(self, lines: list[StatementLine]) -> None:
        new, settled, skipped = [], [], []
        for match in self.matcher.match(lines):
            outcome = match.outcome
            if outcome in (Outcome.PROBABLE, Outcome.DELETED) and self.decide is not None:
                outcome = Outcome.NEW if self.decide(match) else outcome
            self.posted.counts[outcome] += 1
            if outcome is Outcome.NEW:
                new.append(match)
            elif outcome is Outcome.SETTLES:
                settled.append(match)
            elif outcome is Outcome.PROBABLE:
                skipped.append(match)
        found = self.sorter.sort([match.line for match in new])
        insert_rows([self._row(match, one) for match, one in zip(new, found, strict=True)])
        complete(self.account, self.running, list(zip(new, found, strict=True)))
        self.running.touch(self.account.pk, {self._month(match.line.date) for match in new})
        self._settle(settled)
        self._remember(skipped)

    def _month(self, day: dt.date) -> int:
        if day not in self.months:
            self.months[day] = Month.containing(day, self.first_day).index
        return self.months[day]

    def _row(self, match: Match, found: Sorted) -> NewRow:
        line = match.line
        return NewRow(
            household_id=self.household.pk,
            account_id=self.account.pk,
            date=line.date,
            month=self._month(line.date),
            amount=line.amount,
            status=(Status.PENDING if line.pending else Status.BOOKED).value,
            description=line.description,
            payee_id=found.payee_id,
            category_id=None if found.parts else found.category_id,
            notes=found.notes,
            source=str(self.source),
            batch_id=self.batch.pk,
            external_id=line.external_id,
            content_key=match.content_key,
            occurrence=match.occurrence,
            search_text=search_text(line.description, found.payee_name, found.notes),
            sorted_by=int(found.sorted_by),
            certainty=found.certainty,
            needs_review=found.needs_review and not found.parts,
        )

    def _settle(self, matches: list[Match]) -> None:
        """Pending rows become the booked ones; what people edited on them stays."""
        if not matches:
            return
        ids = [match.transaction_id for match in matches]
        with self.running.changing(ids):
            # What the pending lines were known by: their file may come again.
            leave_keys(Transaction.objects.filter(pk__in=ids), batch=self.batch)
            for match in matches:
                line = match.line
                Transaction.objects.filter(pk=match.transaction_id).update(
                    date=line.date,
                    month=self._month(line.date),
                    status=Status.BOOKED,
                    source=self.source,
                    external_id=line.external_id,
                    content_key=match.content_key,
                    occurrence=match.occurrence,
                    version=F("version") + 1,
                )
                Transaction.objects.filter(parent=match.transaction_id).update(
                    date=line.date, month=self._month(line.date), status=Status.BOOKED
                )

    def _remember(self, matches: list[Match]) -> None:
        """Skipped twins of stored rows leave their keys, so that they are known next time."""
        Tombstone.objects.bulk_create(
            [
                Tombstone(
                    household=self.household,
                    account=self.account,
                    reason=Tombstone.Reason.MERGED,
                    survivor_id=match.transaction_id,
                    source=self.source,
                    external_id=match.line.external_id,
                    content_key=match.content_key,
                    occurrence=match.occurrence,
                    batch=self.batch,
                )
                for match in matches
            ],
            batch_size=1000,
        )
