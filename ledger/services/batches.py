"""Undo an import batch: what it made and nobody touched since goes, as if it never came."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from ledger.errors import NothingToUndoError
from ledger.models import Change, ChangeSet, ImportBatch, Payee, Tombstone, Transaction
from ledger.services.acts import act
from ledger.services.trash import remove
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
        untouched = rows.filter(
            version=1, is_split=False, transfer=None, reconciliation=None, refunds=None
        ).exclude(pk__in=touched)
        going = list(untouched.order_by("pk").values_list("pk", "account_id", "month"))
        for _pk, account_id, month in going:
            running.touch(account_id, (month,))
        ids = [pk for pk, _account, _month in going]
        for start in range(0, len(ids), CHUNK):
            remove(ids[start : start + CHUNK])
        kept = tuple(rows.order_by("pk").values_list("pk", flat=True))
        Tombstone.objects.filter(batch=batch, reason=Tombstone.Reason.MERGED).delete()
        Payee.objects.filter(
            household=household, created_at__gte=batch.made_at, transactions=None, aliases=None
        ).delete()
        batch.undone_at = timezone.now()
        batch.save(update_fields=["undone_at"])
        ChangeSet.objects.create(
            household=household, actor=by, kind=ChangeSet.Kind.IMPORT_UNDO, count=len(ids)
        )
    return BatchUndone(len(ids), kept)
