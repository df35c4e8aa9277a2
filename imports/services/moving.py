"""Move another program's book into a household, in one transaction; the same file again adds nothing."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping

from django.db.models import F, Q
from django.db.transaction import atomic, set_rollback

from accounts.models import Household, User
from core.months import Month
from imports.programs.book import Book, BookPart
from imports.services.moved import Moved
from imports.services.moving_budgets import keep_budgets
from imports.services.moving_exact import ExactPayees, known_otherwise, write_exact
from imports.services.moving_legs import Leg, legs_of
from imports.services.moving_targets import Accounts, Categories
from ledger.errors import ClosedAccountError
from ledger.models import (
    Account,
    ChangeSet,
    ImportBatch,
    SortedBy,
    Source,
    Status,
    Tombstone,
    Transaction,
    TransactionTag,
    Transfer,
)
from ledger.services.acts import Act, act
from ledger.services.bulk import NewRow, insert_rows, join_legs, refresh_statistics
from ledger.services.matching import CHUNK, FUZZY_DAYS, Match, Matcher, Outcome, chunks
from ledger.services.naming import find_or_make_tags
from ledger.services.payee_finder import PayeeFinder
from ledger.services.transfers import link_transfer
from ledger.text import search_text


def move_in(
    *,
    household: Household,
    book: Book,
    by: User | None,
    account_map: Mapping[str, object] | None = None,
    dry_run: bool = False,
    name: str = "",
    data: bytes = b"",
    fuzzy_days: int = FUZZY_DAYS,
    progress: Callable[[int], None] | None = None,
) -> Moved:
    """Bring `book` in: accounts, categories, payees, tags, transactions, splits and transfers.

    `account_map` gives for a name of theirs the name, number or id of an account here, or False to
    leave it out. With `dry_run` the same happens and is taken back. Rows that resemble one from a
    bank or file are not added; they are remembered as that one. Raises ImportRefusedError and
    ClosedAccountError, and changes nothing.
    """
    with atomic():
        mover = _Mover(household, book, by, account_map, fuzzy_days, progress)
        moved = mover.run(name, hashlib.sha256(data).hexdigest() if data else "")
        if dry_run:
            set_rollback(True)
    return moved


class _Mover:
    def __init__(self, household, book: Book, by, account_map, fuzzy_days, progress) -> None:
        self.household: Household = household
        self.book = book
        self.by = by
        self.fuzzy_days = fuzzy_days
        self.progress = progress
        self.accounts = Accounts(household, book, account_map)
        self.moved = Moved(
            book.program,
            problems=list(book.problems),
            warnings=list(book.warnings),
        )
        self.months: dict[dt.date, int] = {}
        self.pk_of: dict[tuple[int, str], int] = {}
        """Account id and external id to transaction, of rows that are new or were here."""
        self.new: list[tuple[Account, Leg]] = []

    def run(self, name: str, sha256: str) -> Moved:
        moved = self.moved
        with act(household=self.household, by=self.by, kind=ChangeSet.Kind.ADD) as running:
            self.running: Act = running
            legs = legs_of(self.book)
            ids = defaultdict(list)
            for leg in legs:
                ids[leg.account].append(leg.external_id)
            self.accounts.resolve(ids)
            self.categories = Categories(self.household, self.book)
            find = ExactPayees if self.book.is_exact else PayeeFinder
            self.payees = find(self.household)
            payees_before = self.household.payees.count()
            tags_before = self.household.tags.count()
            self.batch = moved.batch = ImportBatch.objects.create(
                household=self.household,
                source=Source.APP,
                name=name[:200],
                sha256=sha256,
                made_by=self.by,
            )
            if self.accounts.made:
                self.categories.make_all(self.book)
                find_or_make_tags(household=self.household, names=self.book.tags)
            self._post(self._wanted(legs))
            self._finish_batch()
            moved.budgets, said = keep_budgets(self.household, self.book, self.categories, self.by)
            moved.warnings += said
            moved.payees = self.household.payees.count() - payees_before
            moved.tags = self.household.tags.count() - tags_before
        moved.accounts_made = len(self.accounts.made)
        moved.accounts_matched = len(self.accounts.found) - moved.accounts_made
        moved.categories = self.categories.made
        moved.warnings += dict.fromkeys(self.accounts.warnings)
        return moved

    def _wanted(self, legs: list[Leg]) -> list[Leg]:
        """Legs whose account is wanted and that move something; pairs of transfers checked."""
        wanted = []
        for leg in legs:
            if leg.account in self.accounts.left_out or not (
                leg.amount or leg.parts or self.book.is_exact
            ):
                self.moved.left_out += 1
            else:
                wanted.append(leg)
        self.pairs = self._pairs(wanted)
        if any(leg.category for pair in self.pairs for leg in pair):
            self.moved.warnings.append("Transfers have no category here; the file gives some one.")
        return wanted

    def _pairs(self, legs: list[Leg]) -> list[tuple[Leg, Leg]]:
        ends = defaultdict(list)
        for leg in legs:
            if leg.transfer:
                ends[leg.transfer].append(leg)
        pairs, odd = [], 0
        for pair in ends.values():
            if len(pair) == 2 and self._fit(*pair):
                pairs.append(tuple(pair))
            else:
                odd += 1
        if odd:
            self.moved.warnings.append(
                f"{odd} transfers have no other side here, or one that does not fit; "
                "they came as single rows."
            )
        self.is_leg = {id(leg) for pair in pairs for leg in pair}
        return pairs

    def _fit(self, first: Leg, second: Leg) -> bool:
        one, other = self.accounts.found[first.account], self.accounts.found[second.account]
        opposite = first.amount * second.amount < 0
        equal = one.currency != other.currency or first.amount + second.amount == 0
        return one.pk != other.pk and opposite and equal and not (first.parts or second.parts)

    def _post(self, legs: list[Leg]) -> None:
        by_account: dict[int, list[Leg]] = defaultdict(list)
        named: dict[int, Account] = {}
        for leg in legs:
            account = self.accounts.found[leg.account]
            named[account.pk] = account
            by_account[account.pk].append(leg)
        done = 0
        closing = {one.name for one in self.book.accounts if one.is_closed}
        for pk, theirs in by_account.items():
            theirs.sort(key=lambda leg: leg.date)
            account = named[pk]
            matcher = Matcher(account, Source.APP, fuzzy_days=self.fuzzy_days)
            matcher.ignore_batch(self.batch.pk)
            for chunk in chunks(theirs):
                added = self._post_chunk(account, matcher, chunk)
                if added and account.is_closed and chunk[0].account not in closing:
                    raise ClosedAccountError
                done += len(chunk)
                if self.progress:
                    self.progress(done)
        self._write_parts()
        self._write_tags()
        self._write_transfers()
        if self.book.is_exact:
            made = {self.accounts.found[one.name].pk for one in self.accounts.made}
            write_exact(self.batch, self.new, self.pk_of, made)
        self.accounts.close({pk: max(leg.date for leg in some) for pk, some in by_account.items()})

    def _without_known(self, account: Account, legs: list[Leg]) -> list[Leg]:
        """Leave out those that are here under one of their other ids."""
        known = known_otherwise(account, legs, self.batch.pk)
        for external_id, pk in known.items():
            self.pk_of[account.pk, external_id] = pk
        self.moved.counts[Outcome.DUPLICATE] += len(known)
        return [leg for leg in legs if leg.external_id not in known]

    def _post_chunk(self, account: Account, matcher: Matcher, legs: list[Leg]) -> int:
        new, skipped = [], []
        if self.book.is_exact:
            legs = self._without_known(account, legs)
        for match, leg in zip(matcher.match([leg.as_line() for leg in legs]), legs, strict=True):
            self.moved.counts[match.outcome] += 1
            self._see(leg.date)
            if match.outcome is Outcome.NEW:
                new.append((match, leg))
                self.new.append((account, leg))
                continue
            self.pk_of[account.pk, leg.external_id] = match.transaction_id
            if match.outcome in (Outcome.PROBABLE, Outcome.SETTLES):
                skipped.append(match)
        named = [match.line for match, _ in new]
        named += [leg.part_line(part) for _, leg in new for part in leg.parts if part.payee]
        self.payees.learn(named)
        insert_rows([self._row(account, match, leg) for match, leg in new])
        self.running.touch(account.pk, {self._month(leg.date) for _, leg in new})
        self._settle(account, skipped)
        return len(new)

    def _see(self, day: dt.date) -> None:
        moved = self.moved
        moved.first = min(day, moved.first or day)
        moved.last = max(day, moved.last or day)

    def _month(self, day: dt.date) -> int:
        if day not in self.months:
            self.months[day] = Month.containing(day, self.household.first_month_day).index
        return self.months[day]

    def _row(self, account: Account, match: Match, leg: Leg) -> NewRow:
        is_leg = id(leg) in self.is_leg
        payee_id, payee_name = None, ""
        if not is_leg or self.book.is_exact:
            payee_id, payee_name = self.payees.find(match.line)
        category = None
        if not is_leg and not leg.parts:
            category = self.categories.find(leg.category, leg.group)
        return NewRow(
            household_id=self.household.pk,
            account_id=account.pk,
            date=leg.date,
            month=self._month(leg.date),
            amount=leg.amount,
            status=leg.state.value,
            description=leg.description,
            payee_id=payee_id,
            category_id=category,
            notes=leg.notes,
            source=str(Source.APP.value),
            batch_id=self.batch.pk,
            external_id=leg.external_id,
            content_key=None,
            occurrence=1,
            search_text=search_text(leg.description, payee_name, leg.notes),
        )

    def _settle(self, account: Account, matches: list[Match]) -> None:
        """Rows that are here from elsewhere leave the keys of their twins; pending ones settle."""
        settled = [match.transaction_id for match in matches if match.outcome is Outcome.SETTLES]
        if settled:
            with self.running.changing(settled):
                rows = Transaction.objects.filter(pk__in=settled)
                rows.update(status=Status.BOOKED, version=F("version") + 1)
                Transaction.objects.filter(parent__in=settled).update(status=Status.BOOKED)
        own = set(
            Transaction.objects.filter(pk__in=settled, source=Source.APP).values_list(
                "external_id", flat=True
            )
        )
        Tombstone.objects.bulk_create(
            [
                Tombstone(
                    household=self.household,
                    account=account,
                    reason=Tombstone.Reason.MERGED,
                    survivor_id=match.transaction_id,
                    source=Source.APP,
                    external_id=match.line.external_id,
                    batch=self.batch,
                )
                for match in matches
                if match.line.external_id not in own
            ],
            batch_size=1000,
        )

    def _write_parts(self) -> None:
        for pk, account_id, external_id in (
            Transaction.objects.filter(batch=self.batch)
            .values_list("pk", "account_id", "external_id")
            .iterator()
        ):
            self.pk_of[account_id, external_id] = pk
        parts, tags = [], []
        wholes = []
        for account, leg in self.new:
            pk = self.pk_of[account.pk, leg.external_id]
            if leg.parts:
                wholes.append(pk)
            for part in leg.parts:
                parts.append(self._part(account, leg, part, pk))
                tags.append(part.tags)
        for start in range(0, len(wholes), 500):
            Transaction.objects.filter(pk__in=wholes[start : start + 500]).update(is_split=True)
        made = Transaction.objects.bulk_create(parts, batch_size=1000)
        self.part_tags = [(row.pk, names) for row, names in zip(made, tags, strict=True) if names]
        self.moved.splits = len(wholes)

    def _part(self, account: Account, leg: Leg, part: BookPart, whole: int) -> Transaction:
        payee_id, payee_name = (None, "")
        if part.payee:
            payee_id, payee_name = self.payees.find(leg.part_line(part))
        return Transaction(
            household_id=self.household.pk,
            account_id=account.pk,
            date=leg.date,
            month=self._month(leg.date),
            amount=part.amount,
            status=leg.state,
            parent_id=whole,
            category_id=self.categories.find(part.category, part.group),
            payee_id=payee_id,
            notes=part.notes,
            source=Source.APP,
            search_text=search_text("", payee_name, part.notes),
        )

    def _write_tags(self) -> None:
        carried = [
            (self.pk_of[account.pk, leg.external_id], leg.tags)
            for account, leg in self.new
            if leg.tags
        ]
        carried += self.part_tags
        tags = {
            name: found[0].pk
            for name in {name for _, names in carried for name in names}
            if (found := find_or_make_tags(household=self.household, names=[name]))
        }
        pairs = {(pk, tags[name]) for pk, names in carried for name in names if name in tags}
        TransactionTag.objects.bulk_create(
            [TransactionTag(transaction_id=pk, tag_id=tag) for pk, tag in sorted(pairs)],
            batch_size=1000,
        )

    def _write_transfers(self) -> None:
        """Both legs new: linked at once. One was here from elsewhere: linked as a person would."""
        fresh = {id(leg) for _, leg in self.new}
        both, one = [], []
        for pair in self.pairs:
            count = sum(id(leg) in fresh for leg in pair)
            keys = [(self.accounts.found[leg.account].pk, leg.external_id) for leg in pair]
            ids = [self.pk_of.get(key, 0) for key in keys]
            if count == 2:
                both.append(ids)
            elif count == 1 and all(ids):
                one.append(ids)
        made = Transfer.objects.bulk_create(
            [Transfer(household=self.household) for _ in both], batch_size=1000
        )
        join_legs(
            [(transfer.pk, pk) for transfer, ids in zip(made, both, strict=True) for pk in ids]
        )
        self.moved.transfers = len(both) + sum(self._link(ids) for ids in one)

    def _link(self, ids: list[int]) -> bool:
        rows = list(
            Transaction.objects.filter(pk__in=ids, transfer=None, is_split=False, parent=None)
        )
        if len(rows) != 2 or rows[0].amount * rows[1].amount > 0:
            return False
        link_transfer(first=rows[0], second=rows[1], by=self.by)
        return True

    def _finish_batch(self) -> None:
        batch, moved = self.batch, self.moved
        carrying = Transaction.objects.filter(
            Q(batch=batch) | Q(parent__batch=batch), category__isnull=False
        )
        carrying.update(sorted_by=SortedBy.SOURCE)
        batch.added = moved.added
        batch.duplicates = sum(moved.counts.values()) - moved.added
        batch.rejected = len(moved.problems)
        batch.save(update_fields=["added", "duplicates", "rejected"])
        if moved.added >= CHUNK:
            refresh_statistics()
