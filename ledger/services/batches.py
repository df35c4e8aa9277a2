"""Undo an import batch: what it made and nobody touched since goes, as if it never came."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from ledger.errors import NothingToUndoError
from ledger.models import (
    Change,
    ChangeSet,
    ImportBatch,
    Payee,
    Reconciliation,
    Status,
    Tombstone,
    Transaction,
)
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
        untouched = _untouched(rows)
        facts = rows.order_by("pk").values_list(
            "pk", "account_id", "month", "payee_id", "reconciliation_id"
        )
        going = [row for row in facts if row[0] in untouched]
        for _pk, account_id, month, *_facts in going:
            running.touch(account_id, (month,))
        ids = [pk for pk, *_facts in going]
        for start in range(0, len(ids), CHUNK):
            remove(ids[start : start + CHUNK])
        statements = {statement for *_facts, statement in going} - {None}
        Reconciliation.objects.filter(pk__in=statements, rows=None).delete()
        kept = set(rows.values_list("pk", flat=True)) | _settle_no_more(running, batch)
        Tombstone.objects.filter(batch=batch, reason=Tombstone.Reason.MERGED).delete()
        _forget_payees(batch, {payee_id for *_facts, payee_id, _statement in going} - {None})
        batch.undone_at = timezone.now()
        batch.save(update_fields=["undone_at"])
        running.removed(len(ids))
    return BatchUndone(len(ids), tuple(sorted(kept)))


def _untouched(rows: QuerySet) -> set[int]:
    """Those of a batch's `rows` that go: not edited, and bound to nothing that stays.

    Splits, transfers and refunds that came so are version 1; those that people made are not. Both
    legs of a transfer go or stay; so do all reconciled rows of an account, which are one sum; and
    an expense stays with its refund.
    """
    touched = Change.objects.filter(transaction_id__in=rows.values("pk")).values("transaction_id")
    ticked = Q(reconciliation__isnull=False, reconciliation__finished_at=None)
    going = set(
        rows.filter(version=1).exclude(pk__in=touched).exclude(ticked).values_list("pk", flat=True)
    )
    bound: dict[tuple, list[int]] = defaultdict(list)
    legs = Transaction.objects.filter(transfer__in=rows.values("transfer"))
    for transfer, pk in legs.values_list("transfer_id", "pk"):
        bound["transfer", transfer].append(pk)
    statements = Reconciliation.objects.filter(
        account__in=rows.filter(status=Status.RECONCILED).values("account"),
        finished_at__isnull=False,
    )
    # A statement without rows stands for itself, and stays: 0 never goes.
    for account, pk in statements.values_list("account_id", "rows"):
        bound["account", account].append(pk or 0)
    together = list(bound.values())
    refunds = list(
        Transaction.objects.filter(refund_of__in=rows.values("pk")).values_list("pk", "refund_of")
    )
    while True:
        staying = {pk for some in together if not going.issuperset(some) for pk in some}
        staying |= {expense for refund, expense in refunds if refund not in going}
        if not going & staying:
            return going
        going -= staying


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
