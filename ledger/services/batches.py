"""Undo an import batch: what it made and nobody touched since goes, as if it never came."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from ledger.errors import NothingToUndoError
from ledger.models import Change, ChangeSet, ImportBatch, Payee, Tombstone, Transaction
from ledger.services.acts import Act, act
from ledger.services.trash import remove
from ledger.services.undo import revert
from ledger.snapshots import CHUNK


@dataclass(frozen=True, slots=True)
class BatchUndone:
    """How many transactions were removed, and those that people edited since, which stay."""

    removed: int
    kept_ids: tuple[int, ...]


def undo_batch(*, batch: ImportBatch, by: User | None) -> BatchUndone:
    """Remove the batch's transactions without a trace, so that its file can be imported again.

    Keeps those that were edited, split, reconciled or made part of a transfer since. Raises
    NothingToUndoError the second time.
    """
    household = batch.household
    with act(household=household, by=by, kind=ChangeSet.Kind.IMPORT_UNDO) as running:
        batch.refresh_from_db()
        if batch.undone_at is not None:
            raise NothingToUndoError
        rows = Transaction.objects.movements().filter(household=household, batch=batch)
        touched = Change.objects.filter(transaction_id__in=rows.values("pk")).values(
            "transaction_id"
        )
        # Splits and transfers that came so are version 1; those that people made are not.
        untouched = rows.filter(version=1, reconciliation=None, refunds=None).exclude(
            pk__in=touched
        )
        staying = Transaction.objects.filter(household=household, transfer__isnull=False).exclude(
            pk__in=untouched.values("pk")
        )
        untouched = untouched.exclude(transfer__in=staying.values("transfer"))
        going = list(untouched.order_by("pk").values_list("pk", "account_id", "month", "payee_id"))
        for _pk, account_id, month, _payee_id in going:
            running.touch(account_id, (month,))
        ids = [pk for pk, *_facts in going]
        for start in range(0, len(ids), CHUNK):
            remove(ids[start : start + CHUNK])
        kept = set(rows.values_list("pk", flat=True)) | _settle_no_more(running, batch)
        Tombstone.objects.filter(batch=batch, reason=Tombstone.Reason.MERGED).delete()
        _forget_payees(batch, {payee_id for *_facts, payee_id in going} - {None})
        batch.undone_at = timezone.now()
        batch.save(update_fields=["undone_at"])
        running.removed(len(ids))
    return BatchUndone(len(ids), tuple(sorted(kept)))


def _settle_no_more(running: Act, batch: ImportBatch) -> set[int]:
    """Make pending again what the batch settled; returns the ids that were edited since.

    Settling left tombstones of this batch, and changes with a before in an act of adding.
    """
    survivors = Tombstone.objects.filter(batch=batch, reason=Tombstone.Reason.MERGED)
    changes: dict[int, Change] = {}
    for change in Change.objects.filter(
        transaction_id__in=survivors.values("survivor_id"),
        change_set__household=running.household,
        change_set__kind=ChangeSet.Kind.ADD,
        change_set__at__gte=batch.made_at,
        before__isnull=False,
        after__isnull=False,
    ).order_by("pk"):
        changes.setdefault(change.transaction_id, change)
    return set(revert(running, changes.values()))


def _forget_payees(batch: ImportBatch, ids: set[int]) -> None:
    """Remove the payees that the batch made and nothing carries any more."""
    Payee.objects.filter(
        pk__in=ids, created_at__gte=batch.made_at, transactions=None, aliases=None
    ).delete()
