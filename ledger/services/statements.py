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
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice, takewhile
from typing import NamedTuple

from django.db.models import F
from django.utils.functional import cached_property

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
from ledger.services.payee_finder import PayeeFinder
from ledger.statement_line import StatementLine
from ledger.text import alias_key, content_key, search_text

FUZZY_DAYS = 5
SETTLE_DAYS = 10
CHUNK = 5000


class Outcome(StrEnum):
    """What becomes of a line."""

    NEW = "new"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    SETTLES = "settles"
    PROBABLE = "probable"


class Match(NamedTuple):
    """A line, what becomes of it, and the stored transaction that it is (0 when none)."""

    line: StatementLine
    outcome: Outcome
    transaction_id: int
    content_key: int | None
    occurrence: int


def chunks(lines: Iterable[StatementLine], size: int = CHUNK) -> Iterator[list[StatementLine]]:
    """`lines` in lists of `size`: what is read, matched and written at a time."""
    iterator = iter(lines)
    while chunk := list(islice(iterator, size)):
        yield chunk


class Matcher:
    """Recognises the lines of one file or sync on one account. Feed it chunks in file order."""

    def __init__(self, account: Account, source: str, *, fuzzy_days: int = FUZZY_DAYS):
        self.account = account
        self.source = source
        self.fuzzy_days = fuzzy_days
        self._seen_ids: set[str] = set()
        self._seen_content: Counter[int] = Counter()
        self._used: set[int] = set()
        self._new_batch_id: int | None = None

    def ignore_batch(self, batch_id: int) -> None:
        """Rows of this batch are the ones being made: they are not here yet."""
        self._new_batch_id = batch_id

    def match(self, lines: list[StatementLine]) -> list[Match]:
        """The outcome of each line, in order. At most four queries a call."""
        stored_ids, dead_ids = self._known_ids([ln.external_id for ln in lines if ln.external_id])
        keys = [
            None if ln.external_id else content_key(ln.date, ln.amount, ln.description)
            for ln in lines
        ]
        stored_keys, dead_keys = self._known_content({key for key in keys if key is not None})
        exact = [
            self._by_id(line, stored_ids, dead_ids)
            if key is None
            else self._by_content(key, stored_keys, dead_keys)
            for line, key in zip(lines, keys, strict=True)
        ]
        # A stored row that a line of this file is exactly cannot also be what another one resembles.
        self._used.update(found for _outcome, found, _nth in exact if found)
        matches = []
        for line, key, (outcome, found, nth) in zip(lines, keys, exact, strict=True):
            if outcome is Outcome.NEW:
                outcome, found = self._by_likeness(line)
            elif outcome is Outcome.DUPLICATE and not line.pending and found in self._pending_ids:
                # The same row again, but settled by now.
                self._pending_ids.discard(found)
                outcome = Outcome.SETTLES
            matches.append(Match(line, outcome, found, key, nth))
        return matches

    def _by_id(self, line, stored: dict[str, int], dead: set[str]):
        known = line.external_id in stored
        if known or line.external_id in self._seen_ids:
            return Outcome.DUPLICATE, stored.get(line.external_id, 0), 1
        self._seen_ids.add(line.external_id)
        if line.external_id in dead:
            return Outcome.DELETED, 0, 1
        return Outcome.NEW, 0, 1

    def _by_content(self, key: int, stored: dict[int, dict[int, int]], dead: dict[int, set[int]]):
        self._seen_content[key] += 1
        nth = self._seen_content[key]
        if nth in stored.get(key, ()):
            return Outcome.DUPLICATE, stored[key][nth], nth
        if nth in dead.get(key, ()):
            return Outcome.DELETED, 0, nth
        return Outcome.NEW, 0, nth

    def _by_likeness(self, line: StatementLine) -> tuple[Outcome, int]:
        if not line.pending:
            text = alias_key(line.description)
            for candidate in self._pending.get(line.amount, ()):
                near = abs((candidate.date - line.date).days) <= SETTLE_DAYS
                if near and candidate.id not in self._used and candidate.text == text:
                    self._used.add(candidate.id)
                    return Outcome.SETTLES, candidate.id
        candidates = [candidate for candidate in self._near(line) if candidate.id not in self._used]
        if not candidates:
            return Outcome.NEW, 0
        nearest = min(candidates, key=lambda row: (abs((row.date - line.date).days), row.id))
        self._used.add(nearest.id)
        return Outcome.PROBABLE, nearest.id

    def _near(self, line: StatementLine) -> list["_Candidate"]:
        rows = self._others.get(line.amount, [])
        reach = dt.timedelta(days=self.fuzzy_days)
        start = bisect_left(rows, line.date - reach, key=lambda row: row.date)
        return list(takewhile(lambda row: row.date <= line.date + reach, islice(rows, start, None)))

    @property
    def _movements(self):
        rows = Transaction.objects.movements().filter(account=self.account)
        if self._new_batch_id is not None:
            rows = rows.exclude(batch_id=self._new_batch_id)
        return rows

    def _known_ids(self, ids: list[str]) -> tuple[dict[str, int], set[str]]:
        if not ids:
            return {}, set()
        stored = dict(
            self._movements.filter(source=self.source, external_id__in=ids).values_list(
                "external_id", "id"
            )
        )
        dead = set(
            self._tombstones.filter(source=self.source, external_id__in=ids).values_list(
                "external_id", flat=True
            )
        )
        return stored, dead

    def _known_content(self, keys: set[int]) -> tuple[dict, dict]:
        if not keys:
            return {}, {}
        stored: dict[int, dict[int, int]] = defaultdict(dict)
        for key, nth, pk in self._movements.filter(content_key__in=keys).values_list(
            "content_key", "occurrence", "id"
        ):
            stored[key][nth] = pk
        dead: dict[int, set[int]] = defaultdict(set)
        for key, nth in self._tombstones.filter(content_key__in=keys).values_list(
            "content_key", "occurrence"
        ):
            dead[key].add(nth)
        return stored, dead

    @property
    def _tombstones(self):
        rows = Tombstone.objects.filter(account=self.account)
        if self._new_batch_id is not None:
            rows = rows.exclude(batch_id=self._new_batch_id)
        return rows

    @cached_property
    def _pending_ids(self) -> set[int]:
        return {row.id for rows in self._pending.values() for row in rows}

    @cached_property
    def _pending(self) -> dict[int, list["_Candidate"]]:
        return _by_amount(self._movements.filter(status=Status.PENDING))

    @cached_property
    def _others(self) -> dict[int, list["_Candidate"]]:
        """Rows of other sources: typed, or from another kind of file or sync."""
        return _by_amount(self._movements.exclude(source=self.source))


class _Candidate(NamedTuple):
    date: dt.date
    id: int
    text: str


def _by_amount(rows) -> dict[int, list[_Candidate]]:
    grouped: dict[int, list[_Candidate]] = defaultdict(list)
    for amount, date, pk, description in (
        rows.order_by("date", "pk").values_list("amount", "date", "pk", "description").iterator()
    ):
        grouped[amount].append(_Candidate(date, pk, alias_key(description)))
    return grouped


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
        self.payees = PayeeFinder(self.household)
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
        self.payees.learn(match.line for match in new)
        insert_rows([self._row(match) for match in new])
        self.running.touch(self.account.pk, {self._month(match.line.date) for match in new})
        self._settle(settled)
        self._remember(skipped)

    def _month(self, day: dt.date) -> int:
        if day not in self.months:
            self.months[day] = Month.containing(day, self.first_day).index
        return self.months[day]

    def _row(self, match: Match) -> NewRow:
        line = match.line
        payee_id, payee_name = self.payees.find(line)
        return NewRow(
            household_id=self.household.pk,
            account_id=self.account.pk,
            date=line.date,
            month=self._month(line.date),
            amount=line.amount,
            status=(Status.PENDING if line.pending else Status.BOOKED).value,
            description=line.description,
            payee_id=payee_id,
            category_id=self.payees.category(line.category),
            notes=line.notes,
            source=str(self.source),
            batch_id=self.batch.pk,
            external_id=line.external_id,
            content_key=match.content_key,
            occurrence=match.occurrence,
            search_text=search_text(line.description, payee_name, line.notes),
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
