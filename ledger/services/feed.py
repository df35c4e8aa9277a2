"""A bank's own rows in: what it says now becomes what the ledger has, once, whatever it said before.

A file is added to an account; a bank is listened to again and again. Its rows come twice, late, under
new ids, with other texts, and pending ones turn into booked ones of another amount. What people
made of a row (category, payee, notes, tags, parts) survives all of it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable

from django.db.models import F, Q, Sum
from django.utils.functional import cached_property

from accounts.models import Household
from ledger.errors import ClosedAccountError
from ledger.models import Account, ChangeSet, Source, Status, Tombstone, Transaction
from ledger.services.acts import Act, act
from ledger.services.feed_facts import (
    Fed,
    Feed,
    Stored,
    digest_of,
    key_of,
    of_snapshot,
    read,
    same_amount,
    same_amount_and_text,
    same_text,
)
from ledger.services.feed_writer import FeedWriter
from ledger.services.matching import SETTLE_DAYS, Match, Matcher, Outcome, chunks
from ledger.services.restoring import write_snapshots
from ledger.services.trash import bury
from ledger.statement_line import StatementLine
from ledger.text import alias_key, content_key

AMEND_DAYS = 3
"""How far a bank moves a row when it words it anew."""


def take_feed(
    *,
    account: Account,
    feed: Feed,
    prepare: Callable[[list[StatementLine]], list[StatementLine]] | None = None,
    finish: Callable[[Fed], None] | None = None,
) -> Fed:
    """Make the account's rows of the bank what `feed` says, in one database transaction.

    `prepare` turns the lines that are new into the household's words. `finish` is called at the end
    of the transaction and may raise, which undoes everything (a sync that lost its turn must not
    write). Safe to run again with the same or a later answer. Raises ClosedAccountError.
    """
    if account.is_closed:
        raise ClosedAccountError
    with act(household=account.household, by=None, kind=ChangeSet.Kind.SYNC) as running:
        fed = _Feeder(account, feed, running, prepare or (lambda lines: lines)).run()
        if finish:
            finish(fed)
        return fed


class _Feeder:
    def __init__(self, account: Account, feed: Feed, running: Act, prepare):
        self.account = account
        self.household: Household = account.household
        self.feed = feed
        self.running = running
        self.prepare = prepare
        self.fed = Fed()
        self.writer = FeedWriter(account, running)
        self.own = Transaction.objects.movements().filter(account=account, source=Source.BANK)
        in_window = Q(date__range=(feed.first, feed.last))
        found = self.own.filter(in_window | Q(status=Status.PENDING)).order_by("date", "pk")
        self.stored = {row.id: row for row in read(found)}

    def run(self) -> Fed:
        gone, fresh_pending = self._hold_pending()
        new = self._sort_booked()
        new = self._settle(new, gone)
        new = self._amend_reworded(new)
        new = self._bring_back_lapsed(new) if new else new
        self._insert(new, Status.BOOKED)
        self._insert(self._not_typed_yet(fresh_pending), Status.PENDING)
        if self.feed.pending is not None:
            self._lapse(gone)
        self._look_for_missing()
        return self.fed

    def _insert(self, matches: list[Match], status: Status) -> None:
        if matches:
            lines = self.prepare([match.line for match in matches])
            matches = [
                match._replace(line=line) for match, line in zip(matches, lines, strict=True)
            ]
            self.fed.new_ids += self.writer.insert(matches, status)
            self.fed.added += len(matches)

    # --- Pending ------------------------------------------------------------------------------

    def _hold_pending(self) -> tuple[list[Stored], list[StatementLine]]:
        """Hold the stored pending rows against the bank's set.

        Returns those that the bank does not have as pending any more, and the bank's that are not
        stored. One that only changed its amount or text is amended in place.
        """
        stored = [row for row in self.stored.values() if row.status == Status.PENDING]
        if self.feed.pending is None:
            return stored, []
        by_key: dict[int | None, list[Stored]] = defaultdict(list)
        for row in stored:
            by_key[row.digest].append(row)
        fresh = []
        for line in self.feed.pending:
            same = by_key.get(content_key(line.date, line.amount, line.description))
            if same:
                same.pop(0)
                self.fed.known += 1
            else:
                fresh.append(line)
        gone = [row for rows in by_key.values() for row in rows]
        return gone, self._amend_pending(gone, fresh)

    def _amend_pending(self, gone: list[Stored], fresh: list[StatementLine]):
        """The same purchase, held at another amount: text and day are equal."""
        left = []
        for line in fresh:
            twin = next(
                (
                    row
                    for row in gone
                    if row.date == line.date
                    and alias_key(row.text) == alias_key(line.description)
                    and (row.amount > 0) == (line.amount > 0)
                ),
                None,
            )
            if twin is None:
                left.append(line)
                continue
            gone.remove(twin)
            with self.running.changing([twin.id]):
                self.writer.rewrite(twin, line, Status.PENDING, digest=digest_of(line))
            self.fed.amended += 1
        return left

    def _not_typed_yet(self, lines: list[StatementLine]) -> list[Match]:
        """Without those that somebody typed already: they are joined when they are booked."""
        if not lines:
            return []
        matches = []
        days = [line.date for line in lines]
        for match in Matcher(self.account, Source.BANK, span=(min(days), max(days))).match(
            list(lines)
        ):
            is_twin = match.outcome is Outcome.PROBABLE
            self.fed.joined += is_twin
            if not is_twin:
                matches.append(match._replace(content_key=None, occurrence=1))
        return matches

    def _lapse(self, gone: list[Stored]) -> None:
        """Pending rows that vanished and were not booked: into the trash, without keys, so that
        the same purchase may come again."""
        if not gone:
            return
        ids = [row.id for row in gone]
        with self.running.changing(ids):
            self.own.filter(pk__in=ids).update(external_id="", content_key=None)
            bury(self.household, ids, None, reason=Tombstone.Reason.LAPSED)
        self.fed.removed += len(ids)

    # --- Booked -------------------------------------------------------------------------------

    def _sort_booked(self) -> list[Match]:
        """Recognise the bank's rows. Returns those that are not here; amends those it amended."""
        matcher = Matcher(self.account, Source.BANK, span=(self.feed.first, self.feed.last))
        # What settles is decided here, with what vanished from the bank's pending rows.
        matcher.ignore_pending()
        matcher.prime(
            (row.external_id, row.content_key, row.occurrence, row.id)
            for row in self.stored.values()
        )
        self.said: set[tuple] = set()
        new, joined = [], []
        for chunk in chunks(self.feed.booked):
            known = {}
            for match in matcher.match(chunk):
                self.said.add(key_of(match))
                if match.outcome is Outcome.NEW:
                    new.append(match)
                elif match.outcome is Outcome.PROBABLE:
                    joined.append(match)
                elif match.outcome is Outcome.DUPLICATE and match.transaction_id:
                    known[match.transaction_id] = match.line
                    self.fed.known += 1
                else:
                    self.fed.known += 1
            self._amend_known(known)
        self._join(joined)
        return new

    def _amend_known(self, lines: dict[int, StatementLine]) -> None:
        """Take over what the bank says otherwise of a row with the same id."""
        elsewhere = read(self.own.filter(pk__in=lines.keys() - self.stored.keys()))
        rows = self.stored | {row.id: row for row in elsewhere}
        for pk, line in lines.items():
            row, said = rows.get(pk), digest_of(line)
            if row is None or said == row.digest:
                continue
            holds = content_key(row.date, row.amount, row.text)
            is_held = row.status == Status.RECONCILED or row.digest not in (None, holds)
            if is_held or holds == said:
                self.fed.kept += is_held  # by a person; the difference shows in the balance
                Transaction.objects.filter(pk=pk).update(source_digest=said)
                continue
            with self.running.changing([pk]):
                self.writer.rewrite(row, line, row.status, digest=said)
            self.fed.amended += 1

    def _join(self, matches: list[Match]) -> None:
        """Typed or imported rows that the bank's are: they stay, and the bank's are known now."""
        if not matches:
            return
        Tombstone.objects.bulk_create(
            [
                Tombstone(
                    household=self.household,
                    account=self.account,
                    reason=Tombstone.Reason.MERGED,
                    survivor_id=match.transaction_id,
                    source=Source.BANK,
                    external_id=match.line.external_id,
                    content_key=match.content_key,
                    occurrence=match.occurrence,
                )
                for match in matches
            ],
            batch_size=1000,
        )
        waiting = Transaction.objects.filter(
            pk__in=[match.transaction_id for match in matches], status=Status.PENDING
        )
        ids = list(waiting.values_list("pk", flat=True))
        if ids:
            with self.running.changing(ids):
                Transaction.objects.filter(pk__in=ids).update(
                    status=Status.BOOKED, version=F("version") + 1
                )
                Transaction.objects.filter(parent__in=ids).update(status=Status.BOOKED)
        self.fed.joined += len(matches)

    def _settle(self, new: list[Match], gone: list[Stored]) -> list[Match]:
        """Booked rows that pending ones turned into. `gone` loses those that did."""
        if not gone or not new:
            return new
        is_sure = self.feed.pending is not None  # the bank said that they are pending no more
        rounds = [same_amount_and_text]
        rounds += [same_text, same_amount] if is_sure else []
        settled: dict[int, Match] = {}
        taken: set[int] = set()
        for agrees in rounds:
            for position, match in enumerate(new):
                if position in taken:
                    continue
                near = [row for row in gone if row.id not in settled and agrees(row, match.line)]
                if near:
                    best = min(near, key=lambda row: (abs(row.date - match.line.date), row.id))
                    settled[best.id] = match
                    taken.add(position)
        if not settled:
            return new
        with self.running.changing(settled):
            for row in gone:
                if row.id in settled:
                    self.writer.become(row, settled[row.id])
        self.fed.settled += len(settled)
        gone[:] = [row for row in gone if row.id not in settled]
        return [match for position, match in enumerate(new) if position not in taken]

    def _amend_reworded(self, new: list[Match]) -> list[Match]:
        """Rows without a stable id that the bank words anew: one goes, one of its amount comes."""
        if not new or all(match.content_key is None for match in new):
            return new
        lost = self.lost
        if not lost:
            return new
        by_amount: dict[int, list[Stored]] = defaultdict(list)
        for row in lost:
            by_amount[row.amount].append(row)
        left = []
        for match in new:
            near = [
                row
                for row in by_amount.get(match.line.amount, ())
                if abs((row.date - match.line.date).days) <= AMEND_DAYS
            ]
            if match.content_key is None or not near:
                left.append(match)
                continue
            row = min(near, key=lambda one: (abs(one.date - match.line.date), one.id))
            by_amount[row.amount].remove(row)
            lost.remove(row)
            with self.running.changing([row.id]):
                self.writer.become(row, match)
            self.fed.amended += 1
        return left

    @cached_property
    def lost(self) -> list[Stored]:
        """Booked rows of the bank within the answer's days that it did not name."""
        if not self.feed.booked:
            return []  # an empty answer proves nothing
        first = max(self.feed.first, min(line.date for line in self.feed.booked))
        return [
            row
            for row in self.stored.values()
            if row.status == Status.BOOKED
            and first <= row.date <= self.feed.last
            and (row.external_id or (row.content_key, row.occurrence)) not in self.said
        ]

    def _bring_back_lapsed(self, new: list[Match]) -> list[Match]:
        """A purchase that vanished while it was pending and is booked after all has again what
        people made of it."""
        since = min(match.line.date for match in new) - dt.timedelta(days=SETTLE_DAYS)
        graves = Tombstone.objects.filter(
            account=self.account,
            reason=Tombstone.Reason.LAPSED,
            snapshot__isnull=False,
            deleted_at__date__gte=since,
        ).values_list("transaction_id", "snapshot")
        lapsed = {pk: snapshot for pk, snapshot in graves if snapshot["status"] == Status.PENDING}
        left = []
        for match in new:
            found = next(
                (
                    pk
                    for pk, state in lapsed.items()
                    if same_amount_and_text(of_snapshot(pk, state), match.line)
                ),
                None,
            )
            if found is None:
                left.append(match)
                continue
            state = lapsed.pop(found)
            with self.running.changing([found]):
                write_snapshots(self.household, {found: state})
                self.writer.become(of_snapshot(found, state), match)
            self.fed.settled += 1
        return left

    def _look_for_missing(self) -> None:
        """Booked rows that the bank has no more go when its balance proves that they are gone."""
        lost = self.lost
        self.fed.missing = len(lost)
        if not lost or self.feed.balance is None:
            return
        moved = Transaction.objects.movements().filter(account=self.account)
        total = moved.exclude(status=Status.PENDING).aggregate(total=Sum("amount"))["total"] or 0
        too_much = self.account.opening_balance + total - self.feed.balance
        if too_much == 0 or too_much != sum(row.amount for row in lost):
            return
        ids = [row.id for row in lost]
        with self.running.changing(ids):
            self.own.filter(pk__in=ids).update(external_id="", content_key=None)
            bury(self.household, ids, None, reason=Tombstone.Reason.LAPSED)
        self.fed.removed += len(ids)
        self.fed.missing = 0
