"""Checks and small writes that several services of transactions share."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.money import MAX_MINOR
from ledger.errors import ConflictError, ForeignRowError, LedgerError
from ledger.models import Tag, Transaction, TransactionTag


def claim(transaction: Transaction, version: int | None) -> Transaction:
    """The row as it is now, under the household's lock. Raises ConflictError when it has moved on."""
    row = (
        Transaction.objects.select_related("account", "household", "reconciliation")
        .filter(pk=transaction.pk, household=transaction.household_id, parent=None)
        .first()
    )
    if row is None or (version is not None and row.version != version):
        raise ConflictError
    return row


def ensure_household(household_id: int, *things) -> None:
    """Raise ForeignRowError unless each of `things` (None is fine) is of this household."""
    if any(thing is not None and thing.household_id != household_id for thing in things):
        raise ForeignRowError


def ensure_amount(amount: int) -> None:
    """Raise LedgerError for zero and for more than the ledger takes."""
    if amount == 0:
        raise LedgerError(_("An amount of zero moves no money."))
    if abs(amount) > MAX_MINOR:
        raise LedgerError(_("This amount is too large."))


def set_tags(tags_of: dict[int, Iterable[Tag]]) -> None:
    """Give each transaction exactly these tags."""
    TransactionTag.objects.filter(transaction__in=list(tags_of)).delete()
    TransactionTag.objects.bulk_create(
        [
            TransactionTag(transaction_id=pk, tag_id=tag_id)
            for pk, tags in tags_of.items()
            for tag_id in {tag.pk for tag in tags}
        ],
        batch_size=1000,
    )
