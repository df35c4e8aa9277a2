"""Delete into the trash, restore from it, empty it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger import snapshots
from ledger.errors import LedgerError, ReconciledError
from ledger.models import ChangeSet, Status, Tombstone, Transaction, Transfer
from ledger.services.acts import act
from ledger.services.restoring import write_snapshots
from ledger.snapshots import CHUNK


def delete_transactions(
    *, household: Household, ids: Iterable[int], by: User | None
) -> ChangeSet | None:
    """Move whole transactions to the trash; their keys stay known to imports and syncs.

    The other leg of a deleted transfer leg becomes an ordinary transaction. Raises
    ReconciledError, and deletes nothing, when one is reconciled.
    """
    rows = Transaction.objects.for_household(household).movements().filter(pk__in=set(ids))
    with act(household=household, by=by, kind=ChangeSet.Kind.DELETE) as running:
        if rows.filter(status=Status.RECONCILED).exists():
            raise ReconciledError
        wanted = list(rows.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            with running.changing([*chunk, *_partners_of(chunk).values()]):
                bury(household, chunk, by)
    return running.change_set


def _partners_of(ids: list[int]) -> dict[int, int]:
    """The other leg of each transfer leg among `ids`."""
    legs = Transaction.objects.filter(pk__in=ids, transfer__isnull=False)
    sides = Transaction.objects.filter(transfer__in=legs.values("transfer")).values_list(
        "transfer", "pk"
    )
    by_transfer: dict[int, list[int]] = defaultdict(list)
    for transfer_id, pk in sides:
        by_transfer[transfer_id].append(pk)
    wanted = set(ids)
    return {
        pk: other
        for pair in by_transfer.values()
        for pk in pair
        for other in pair
        if pk in wanted and other != pk
    }


def bury(household: Household, ids: list[int], by: User | None, **facts) -> None:
    """Take whole transactions out of the table, leaving tombstones. Inside an act."""
    states = snapshots.take(ids)
    for pk, partner in _partners_of(ids).items():
        states[pk]["partner_id"] = partner
    facts = {"reason": Tombstone.Reason.DELETED, **facts}
    Tombstone.objects.bulk_create(
        [
            Tombstone(
                household=household,
                account_id=state["account_id"],
                transaction_id=pk,
                source=state["source"],
                external_id=state["external_id"],
                content_key=state["content_key"],
                occurrence=state["occurrence"],
                snapshot=state,
                deleted_by=by,
                **facts,
            )
            for pk, state in states.items()
        ],
        batch_size=500,
    )
    remove(ids)


def remove(ids: list[int]) -> None:
    """Take whole transactions out of the table, with their parts; free their transfers' legs."""
    rows = Transaction.objects.filter(pk__in=ids)
    transfers = list(rows.exclude(transfer=None).values_list("transfer", flat=True))
    Transaction.objects.filter(transfer__in=transfers).update(
        transfer=None, version=F("version") + 1
    )
    Transfer.objects.filter(pk__in=transfers).delete()
    rows.delete()


def restore(*, household: Household, transaction_ids: Iterable[int], by: User | None) -> ChangeSet:
    """Bring transactions back from the trash, with parts, tags and number.

    Raises LedgerError when one is not in the trash or its account is gone.
    """
    wanted = set(transaction_ids)
    graves = Tombstone.objects.filter(
        household=household, transaction_id__in=wanted, snapshot__isnull=False
    )
    with act(household=household, by=by, kind=ChangeSet.Kind.RESTORE) as running:
        states = dict(graves.values_list("transaction_id", "snapshot"))
        if states.keys() != wanted:
            raise LedgerError(_("This is no longer in the trash."))
        partners = {
            state["partner_id"]: state["transfer_id"]
            for state in states.values()
            if state.get("partner_id") and state["transfer_id"]
        }
        with running.changing([*states, *partners]):
            _link_again(household, partners)
            write_snapshots(household, states)
    return running.change_set


def _link_again(household: Household, transfer_of: dict[int, int]) -> None:
    """Point former other legs that are still free to the transfer that comes back."""
    free = Transaction.objects.for_household(household).filter(
        pk__in=transfer_of, transfer=None, is_split=False
    )
    for pk in list(free.values_list("pk", flat=True)):
        transfer, _made = Transfer.objects.get_or_create(
            pk=transfer_of[pk], defaults={"household": household}
        )
        Transaction.objects.filter(pk=pk).update(
            transfer=transfer, category=None, version=F("version") + 1
        )


def purge_trash(*, before: dt.datetime) -> int:
    """Forget what was deleted before that moment, except the keys. Returns how many."""
    return Tombstone.objects.filter(deleted_at__lt=before, snapshot__isnull=False).update(
        snapshot=None
    )
