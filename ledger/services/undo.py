"""Undo an act: bring back what it changed, where nobody has changed it since."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger import snapshots
from ledger.errors import NothingToUndoError
from ledger.models import Change, ChangeSet, Status, Transaction, Transfer
from ledger.services.acts import act
from ledger.services.restoring import write_snapshots
from ledger.services.trash import bury
from ledger.snapshots import CHUNK


@dataclass(frozen=True, slots=True)
class Undone:
    """The act of undoing, and the transactions that were changed since and so were kept."""

    change_set: ChangeSet
    kept_ids: tuple[int, ...]


def undo(*, change_set: ChangeSet, by: User | None) -> Undone:
    """Undo `change_set`; undoing the result redoes it.

    A transaction whose changed facts are no longer as the act left them is kept and named. Raises
    NothingToUndoError when the act was undone before or nothing of it is left.
    """
    household = change_set.household
    kept: list[int] = []
    with act(household=household, by=by, kind=ChangeSet.Kind.UNDO) as running:
        if ChangeSet.objects.get(pk=change_set.pk).undone_by_id is not None:
            raise NothingToUndoError
        if change_set.kind == ChangeSet.Kind.RECONCILE:
            raise NothingToUndoError(_("Reopen the reconciliation instead."))
        changes = list(change_set.changes.order_by("pk"))
        for start in range(0, len(changes), CHUNK):
            chunk = changes[start : start + CHUNK]
            with running.changing(change.transaction_id for change in chunk):
                kept += _revert(household, chunk, by)
        if running.change_set is None:
            raise NothingToUndoError
        ChangeSet.objects.filter(pk=change_set.pk).update(undone_by=running.change_set)
    return Undone(running.change_set, tuple(kept))


def _revert(household: Household, changes: list[Change], by: User | None) -> list[int]:
    """Undo these changes; returns the ids that are kept as they are."""
    current = snapshots.take(change.transaction_id for change in changes)
    kept, wanted, gone = [], {}, []
    for change in changes:
        pk, now = change.transaction_id, current.get(change.transaction_id)
        if not _as_left(change, now):
            kept.append(pk)
        elif change.before is None:
            gone.append(pk)
        else:
            wanted[pk] = {**(now or {}), **change.before}
    if gone:
        bury(household, gone, by)
    if wanted:
        write_snapshots(household, wanted)
    _drop_half_transfers(household)
    return kept


_LOCKED = frozenset({"date", "amount", "account_id", "status"})


def _as_left(change: Change, now: dict | None) -> bool:
    if change.after is None or now is None:
        return change.after is None and now is None
    if now["status"] == Status.RECONCILED and _LOCKED & change.after.keys():
        return False
    return all(now.get(key) == value for key, value in change.after.items())


def _drop_half_transfers(household) -> None:
    half = (
        Transfer.objects.filter(household=household).annotate(sides=Count("legs")).exclude(sides=2)
    )
    stale = list(half.values_list("pk", flat=True))
    Transaction.objects.filter(transfer__in=stale).update(transfer=None)
    Transfer.objects.filter(pk__in=stale).delete()
