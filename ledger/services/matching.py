"""Recognising rows: is a line of a file or a sync one that the ledger has already?"""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice, takewhile
from typing import NamedTuple

from django.utils.functional import cached_property

from ledger.models import Account, Status, Tombstone, Transaction
from ledger.own_id import own_pk
from ledger.statement_line import StatementLine
from ledger.text import alias_key, content_key

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

    def __init__(
        self,
        account: Account,
        source: str,
        *,
        fuzzy_days: int = FUZZY_DAYS,
        span: tuple[dt.date, dt.date] | None = None,
    ):
        """With `span`, the first and last day of the lines, only rows around them are read."""
        self.account = account
        self.source = source
        self.fuzzy_days = fuzzy_days
        self.span = span
        self._seen_ids: set[str] = set()
        self._seen_content: Counter[int] = Counter()
        self._used: set[int] = set()
        self._new_batch_id: int | None = None
        self._primed_ids: dict[str, int] = {}
        self._primed_content: dict[int, dict[int, int]] = defaultdict(dict)

    def ignore_batch(self, batch_id: int) -> None:
        """Rows of this batch are the ones being made: they are not here yet."""
        self._new_batch_id = batch_id

    def ignore_pending(self) -> None:
        """Leave it to the caller which pending rows settle."""
        self._pending, self._pending_ids = {}, set()

    def prime(self, rows: Iterable[tuple[str, int | None, int, int]]) -> None:
        """Rows of this source that the caller has read: id at the bank, content key, number among
        equals, id here. They are not asked for again."""
        for external_id, key, nth, pk in rows:
            if external_id:
                self._primed_ids[external_id] = pk
            elif key is not None:
                self._primed_content[key][nth] = pk

    def match(self, lines: list[StatementLine]) -> list[Match]:
        """The outcome of each line, in order. At most four queries a call."""
        stored_ids, dead_ids = self._known_ids([ln.external_id for ln in lines if ln.external_id])
        keys = [
            None if ln.external_id else content_key(ln.date, ln.amount, ln.description)
            for ln in lines
        ]
        stored_keys, dead_keys = self._known_content(
            Counter(key for key in keys if key is not None)
        )
        exact = [
            self._by_id(line, stored_ids, dead_ids)
            if key is None
            else self._by_content(key, stored_keys, dead_keys)
            for line, key in zip(lines, keys, strict=True)
        ]
        # A stored row that a line of this file is exactly cannot also be what another one resembles.
        self._used.update(found for _outcome, found, _nth in exact if found)
        like = self._by_likeness(
            [n for n, (outcome, _found, _nth) in enumerate(exact) if outcome is Outcome.NEW], lines
        )
        matches = []
        for n, (line, key, (outcome, found, nth)) in enumerate(
            zip(lines, keys, exact, strict=True)
        ):
            if n in like:
                outcome, found = like[n]
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

    def _by_likeness(
        self, numbers: list[int], lines: list[StatementLine]
    ) -> dict[int, tuple[Outcome, int]]:
        """What the lines of these numbers, which are not here, settle or resemble: the nearest
        days first, so that of two equal purchases each finds its own."""
        found: dict[int, tuple[Outcome, int]] = {}
        pairs: list[tuple[int, int, int]] = []
        for n in numbers:
            line = lines[n]
            settles = None if line.pending else self._settled_by(line)
            if settles:
                found[n] = Outcome.SETTLES, settles
                continue
            for candidate in self._near(line):
                pairs.append((abs((candidate.date - line.date).days), n, candidate.id))
        for _days, n, candidate_id in sorted(pairs):
            if n not in found and candidate_id not in self._used:
                self._used.add(candidate_id)
                found[n] = Outcome.PROBABLE, candidate_id
        return found

    def _settled_by(self, line: StatementLine) -> int | None:
        """The pending row that `line` is the booked one of."""
        text = alias_key(line.description)
        for candidate in self._pending.get(line.amount, ()):
            near = abs((candidate.date - line.date).days) <= SETTLE_DAYS
            if near and candidate.id not in self._used and candidate.text == text:
                self._used.add(candidate.id)
                return candidate.id
        return None

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
        stored = {one: self._primed_ids[one] for one in ids if one in self._primed_ids}
        ids = [one for one in ids if one not in stored]
        if not ids:
            return stored, set()
        found = self._movements.filter(source=self.source, external_id__in=ids)
        stored |= dict(found.values_list("external_id", "id"))
        ids = [one for one in ids if one not in stored]
        dead = self._tombstones.filter(source=self.source, external_id__in=ids)
        gone = set(dead.values_list("external_id", flat=True))
        return self._with_own(ids, stored, gone)

    def _with_own(
        self, ids: list[str], stored: dict[str, int], gone: set[str]
    ) -> tuple[dict[str, int], set[str]]:
        """Those, too, that name a row of this account by the number that our exports gave it."""
        household = self.account.household
        own = {pk: one for one in ids if (pk := own_pk(household.code, one))}
        if own:
            here = self._movements.filter(pk__in=own).values_list("pk", flat=True)
            stored |= {own[pk]: pk for pk in here}
            deleted = self._tombstones.filter(transaction_id__in=own)
            gone |= {own[pk] for pk in deleted.values_list("transaction_id", flat=True)}
        return stored, gone

    def _known_content(self, counts: Counter[int]) -> tuple[dict, dict]:
        stored: dict[int, dict[int, int]] = defaultdict(dict)
        keys = set()
        for key, count in counts.items():
            primed = self._primed_content.get(key, {})
            stored[key].update(primed)
            seen = self._seen_content[key]
            if any(nth not in primed for nth in range(seen + 1, seen + count + 1)):
                keys.add(key)
        if not keys:
            return stored, {}
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
        """Rows of other sources: typed, or from another kind of file or sync.

        Not those that an earlier line of this source was found to be: that line would be known by
        its tombstone, so another one that looks like it is another transaction.
        """
        spoken_for = Tombstone.objects.filter(
            account=self.account,
            reason=Tombstone.Reason.MERGED,
            source=self.source,
            survivor_id__isnull=False,
        )
        if self._new_batch_id is not None:
            spoken_for = spoken_for.exclude(batch_id=self._new_batch_id)
        rows = self._movements.exclude(source=self.source)
        if self.span:
            reach = dt.timedelta(days=self.fuzzy_days)
            rows = rows.filter(date__range=(self.span[0] - reach, self.span[1] + reach))
        return _by_amount(rows.exclude(pk__in=spoken_for.values("survivor_id")))


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
