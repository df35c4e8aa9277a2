"""Two rows that are one movement become one; those that are two stay two."""

from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Household, User
from ledger.duplicates import origins, sure_pairs
from ledger.errors import ForeignRowError, LedgerError, ReconciledError
from ledger.models import (
    Attachment,
    ChangeSet,
    Source,
    Status,
    Tombstone,
    Transaction,
    TransactionTag,
    TransferRefusal,
)
from ledger.services.acts import Act, act
from ledger.services.removed import Merged, note_merges
from ledger.services.rules import claim, set_tags
from ledger.services.search import refresh_search_text
from ledger.services.trash import beside, bury


class DuplicateError(LedgerError):
    """Two rows are one only on one account, with one amount, by two ways."""

    message = gettext_lazy("These two cannot be one transaction.")


def merge_duplicates(*, keep: Transaction, drop: Transaction, by: User | None) -> ChangeSet:
    """Make one transaction of two whole ones: `keep` takes over what it lacks, `drop` goes.

    Whatever knew `drop` (its file, its bank) finds a tombstone that leads to `keep`, so no later
    import or sync brings it back. Raises DuplicateError, ReconciledError (`drop` is reconciled),
    ForeignRowError, ConflictError.
    """
    with act(household=keep.household, by=by, kind=ChangeSet.Kind.MERGE) as running:
        merged = _merge(running, keep, drop)
        note_merges(running.change_set, [merged])
    return running.change_set


def join_sure_duplicates(*, household: Household, by: User | None) -> ChangeSet | None:
    """Merge the pairs of the last months that leave no doubt, in one act. None without any."""
    with act(household=household, by=by, kind=ChangeSet.Kind.MERGE) as running:
        pairs = sure_pairs(household)
        rows = Transaction.objects.select_related("household").in_bulk(
            [pk for pair in pairs for pk in pair]
        )
        merged = [_merge(running, rows[keep], rows[drop]) for keep, drop in pairs]
        note_merges(running.change_set, merged)
    return running.change_set


def refuse_duplicate(*, household: Household, ids: Sequence[int]) -> None:
    """Remember that two rows are two, however alike they look.

    Kept with the refused transfers: both say "this is not the same money". A transfer is between two
    accounts and a duplicate on one, so that no pair is ever asked about as both.
    """
    first, second = sorted(ids)
    TransferRefusal.objects.get_or_create(household=household, first_id=first, second_id=second)


def _merge(running: Act, keep: Transaction, drop: Transaction) -> Merged:
    if keep.household_id != drop.household_id:
        raise ForeignRowError
    keep, drop = claim(keep, None), claim(drop, None)
    _check(keep, drop)
    with running.changing([keep.pk, drop.pk, *beside([drop.pk])]):
        _move_refunds(keep, drop)
        facts = _what_it_lacks(keep, drop)
        if facts.get("transfer_id"):
            # `bury` would end the transfer; the trash's copy of the row must not claim it either.
            Transaction.objects.filter(pk=drop.pk).update(transfer=None)
        Transaction.objects.filter(pk=keep.pk).update(version=F("version") + 1, **facts)
        if "status" in facts:
            Transaction.objects.filter(parent=keep.pk).update(status=facts["status"])
        if facts.get("is_split"):
            _copy_parts(keep, drop, facts.get("status", keep.status))
        _unite_tags(keep, drop)
        graves = list(
            Tombstone.objects.filter(survivor_id=drop.pk, account=drop.account_id).values_list(
                "pk", flat=True
            )
        )
        Tombstone.objects.filter(pk__in=graves).update(survivor_id=keep.pk)
        files = list(Attachment.objects.filter(transaction=drop.pk).values_list("pk", flat=True))
        Attachment.objects.filter(pk__in=files).update(transaction=keep.pk)
        bury(
            running.household,
            [drop.pk],
            running.by,
            reason=Tombstone.Reason.MERGED,
            survivor_id=keep.pk,
        )
        refresh_search_text([keep.pk])
    return Merged(drop=drop.pk, keep=keep.pk, files=files, graves=graves)


def _check(keep: Transaction, drop: Transaction) -> None:
    if keep.pk == drop.pk:
        raise DuplicateError
    if (keep.account_id, keep.amount) != (drop.account_id, drop.amount):
        raise DuplicateError(_("Only rows of one account with one amount can be the same."))
    if drop.is_reconciled:
        raise ReconciledError(_("Keep the reconciled one of the two."))
    if any(row.status == Status.PENDING and row.source != Source.MANUAL for row in (keep, drop)):
        raise DuplicateError(_("One of these is pending. Wait until your bank has booked it."))
    spoken = origins([keep.pk, drop.pk])
    is_one_file = keep.batch_id is not None and keep.batch_id == drop.batch_id
    if is_one_file or spoken[keep.pk] & spoken[drop.pk]:
        raise DuplicateError(_("The same source has both of these, so they are two."))


def _what_it_lacks(keep: Transaction, drop: Transaction) -> dict:
    """The columns of `keep` that change."""
    facts: dict = {"needs_review": keep.needs_review and drop.needs_review}
    # A bank's text is compared with what the bank says next time: it stays the bank's.
    if not keep.description and drop.description and keep.source != Source.BANK:
        facts["description"] = drop.description
    if keep.payee_id is None and drop.payee_id is not None:
        facts["payee_id"] = drop.payee_id
    if drop.notes and drop.notes not in keep.notes:
        facts["notes"] = f"{keep.notes}\n{drop.notes}" if keep.notes else drop.notes
    if keep.status < drop.status:
        facts["status"] = drop.status
    ticked = drop.reconciliation
    if ticked and not keep.reconciliation_id and keep.date <= ticked.statement_on:
        facts["reconciliation_id"] = ticked.pk
    facts |= _what_it_is_for(keep, drop)
    is_transfer = keep.transfer_id or facts.get("transfer_id")
    if drop.refund_of_id and not (keep.refund_of_id or is_transfer):
        facts["refund_of_id"] = drop.refund_of_id
    return facts


def _what_it_is_for(keep: Transaction, drop: Transaction) -> dict:
    """Transfer, parts or category, of which a row has one."""
    if keep.transfer_id or keep.is_split:
        return {}
    refunds = keep.refund_of_id or keep.refunds.exists()
    if drop.transfer_id and not refunds:
        return {"transfer_id": drop.transfer_id, "category_id": None}
    if drop.is_split:
        return {"is_split": True, "category_id": None}
    if keep.category_id is None and drop.category_id is not None:
        return {name: getattr(drop, name) for name in ("category_id", "sorted_by", "certainty")}
    return {}


def _move_refunds(keep: Transaction, drop: Transaction) -> None:
    """What paid back the one that goes pays back the one that stays, unless that is a transfer."""
    if not keep.transfer_id:
        Transaction.objects.filter(refund_of=drop.pk).update(
            refund_of=keep.pk, version=F("version") + 1
        )


def _copy_parts(keep: Transaction, drop: Transaction, status: int) -> None:
    """Parts of its own: those of `drop` lie in the trash with it, and may come back."""
    parts = list(drop.parts.order_by("pk").prefetch_related("tags"))
    made = Transaction.objects.bulk_create(
        Transaction(
            household_id=keep.household_id,
            account_id=keep.account_id,
            date=keep.date,
            month=keep.month,
            status=status,
            source=keep.source,
            parent_id=keep.pk,
            amount=part.amount,
            category_id=part.category_id,
            payee_id=part.payee_id,
            notes=part.notes,
        )
        for part in parts
    )
    set_tags({new.pk: part.tags.all() for new, part in zip(made, parts, strict=True)})
    refresh_search_text([new.pk for new in made])


def _unite_tags(keep: Transaction, drop: Transaction) -> None:
    tags = TransactionTag.objects.filter(transaction=drop.pk).values_list("tag_id", flat=True)
    TransactionTag.objects.bulk_create(
        [TransactionTag(transaction_id=keep.pk, tag_id=tag) for tag in tags],
        ignore_conflicts=True,
    )
