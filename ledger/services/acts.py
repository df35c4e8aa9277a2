"""One act of one person on the ledger: locked, recorded, totalled, announced."""

from collections.abc import Iterable
from contextlib import contextmanager

from django.db.transaction import atomic, on_commit

from accounts.models import Household, User
from ledger import snapshots
from ledger.models import Change, ChangeSet
from ledger.services.totals import refresh_months
from ledger.signals import transactions_changed


def lock(household: Household) -> None:
    """Queue behind other writers of this household until the transaction ends.

    PostgreSQL: a row lock that does not hinder foreign keys to the row. SQLite: immediate
    transactions queue all writers already.
    """
    rows = Household.objects.select_for_update(no_key=True).only("first_month_day")
    # Another writer may have moved the months while this one waited.
    household.first_month_day = rows.get(pk=household.pk).first_month_day


class Act:
    """What happens to transactions between `begin` and the end of `act`."""

    def __init__(self, household: Household, by: User | None, kind: str):
        self.household = household
        self.kind = kind
        self.by = by
        self.change_set: ChangeSet | None = None
        self._months: set[tuple[int, int]] = set()
        self._count = 0

    @contextmanager
    def changing(self, ids: Iterable[int]):
        """Record what the block does to the whole transactions `ids`.

        Yields a set: ids of transactions that the block makes are added to it. Call once, or
        for many rows once a chunk.
        """
        known = set(ids)
        before = snapshots.take(known)
        yield known
        after = snapshots.take(known)
        self._record(before, after)

    def touch(self, account_id: int, months: Iterable[int]) -> None:
        """Also refresh these months (for writes that are not recorded row by row)."""
        self._months.update((account_id, month) for month in months)

    def removed(self, count: int) -> None:
        """Count transactions that went without a trace of their own (the undo of an import)."""
        self._ensure_change_set()
        self._count += count

    def _ensure_change_set(self) -> None:
        if self.change_set is None:
            self.change_set = ChangeSet.objects.create(
                household=self.household, actor=self.by, kind=self.kind
            )

    def _record(self, before: dict[int, dict], after: dict[int, dict]) -> None:
        changes = []
        for pk in sorted(before.keys() | after.keys()):
            old, new = before.get(pk), after.get(pk)
            for snapshot in (old, new):
                if snapshot is not None:
                    self._months.add(snapshots.account_month_of(snapshot, self.household.month_of))
            if old == new:
                continue
            self._ensure_change_set()
            old, new = snapshots.difference(old, new)
            changes.append(
                Change(change_set=self.change_set, transaction_id=pk, before=old, after=new)
            )
        Change.objects.bulk_create(changes, batch_size=1000)
        self._count += len(changes)

    def finish(self) -> None:
        """Refresh totals, count, and tell the house on commit."""
        refresh_months(self.household, self._months)
        if self.change_set is not None:
            self.change_set.count = self._count
            self.change_set.save(update_fields=["count"])
        if self._months:
            accounts = frozenset(account_id for account_id, _ in self._months)
            months = frozenset(month for _, month in self._months)
            # Robust: what is committed is done, whether or not the queue can be reached.
            on_commit(
                lambda: transactions_changed.send_robust(
                    sender=None, household=self.household, accounts=accounts, months=months
                )
            )


@contextmanager
def act(*, household: Household, by: User | None, kind: str):
    """Open an act: one database transaction, the household locked, everything recorded.

    Yields an Act; its `change_set` is None when nothing changed.
    """
    with atomic():
        lock(household)
        running = Act(household, by, kind)
        yield running
        running.finish()
