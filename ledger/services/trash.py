"""Delete into the trash, restore from it, empty it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger import snapshots
from ledger.errors import LedgerError, ReconciledError
from ledger.models import Account, ChangeSet, Source, Status, Tombstone, Transaction, Transfer
from ledger.services.acts import act
from ledger.services.keys import taken_keys
from ledger.services.restoring import write_snapshots


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
        wanted = rows.order_by("transfer_id", "pk").values_list("pk", "transfer_id")
        for chunk in snapshots.chunks(list(wanted)):
            with running.changing([*chunk, *beside(chunk)]):
                bury(household, chunk, by)
    return running.change_set


def beside(ids: list[int]) -> list[int]:
    """What changes when `ids` go: the other legs of their transfers, and their refunds."""
    return [*_partners_of(ids).values(), *_refunds_of(ids)]


def _refunds_of(ids: list[int]) -> dict[int, int]:
    """Refunds of the expenses among `ids`: refund to expense."""
    refunds = Transaction.objects.filter(refund_of__in=ids)
    return dict(refunds.values_list("pk", "refund_of"))


def _partners_of(ids: list[int]) -> dict[int, int]:
    """The other leg of each transfer leg among `ids`."""
    legs = Transaction.objects.filter(pk__in=ids, transfer__isnull=False)
    sides = defaultdict(list)
    for transfer_id, pk in Transaction.objects.filter(
        transfer__in=legs.values("transfer")
    ).values_list("transfer", "pk"):
        sides[transfer_id].append(pk)
    wanted = set(ids)
    return {
        pk: other
        for pair in sides.values()
        for pk in pair
        for other in pair
        if pk in wanted and other != pk
    }


def bury(household: Household, ids: list[int], by: User | None, **facts) -> None:
    """Take whole transactions out of the table, leaving tombstones. Inside an act."""
    states = snapshots.take(ids)
    for pk, partner in _partners_of(ids).items():
        states[pk]["partner_id"] = partner
    for refund, pk in _refunds_of(ids).items():
        states[pk].setdefault("refund_ids", []).append(refund)
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
    """Take whole transactions out of the table, with their parts; free the other legs and refunds."""
    rows = Transaction.objects.filter(pk__in=ids)
    transfers = list(rows.exclude(transfer=None).values_list("transfer", flat=True))
    Transaction.objects.filter(transfer__in=transfers).update(
        transfer=None, version=F("version") + 1
    )
    Transfer.objects.filter(pk__in=transfers).delete()
    Transaction.objects.filter(refund_of__in=ids).update(refund_of=None, version=F("version") + 1)
    rows.delete()


def restore(*, household: Household, transaction_ids: Iterable[int], by: User | None) -> ChangeSet:
    """Bring transactions back from the trash, with parts, tags and number.

    A transfer comes back when its other leg is free and still fits. Raises LedgerError when one is
    not in the trash, its account is gone, or an import has brought it again.
    """
    wanted = set(transaction_ids)
    graves = Tombstone.objects.filter(
        household=household, transaction_id__in=wanted, snapshot__isnull=False
    )
    with act(household=household, by=by, kind=ChangeSet.Kind.RESTORE) as running:
        states = dict(graves.values_list("transaction_id", "snapshot"))
        if states.keys() != wanted:
            raise LedgerError(_("This is no longer in the trash."))
        if taken_keys(household, states):
            raise LedgerError(_("This came in again with an import, so it is not restored."))
        states = _with_what_it_left(household, states)
        with running.changing(states):
            write_snapshots(household, states)
        _tell_buried_partners(household, states)
    return running.change_set


def _tell_buried_partners(household: Household, states: dict[int, dict]) -> None:
    """Let the other legs that still lie in the trash know where they belong."""
    partner_of = {
        state["partner_id"]: pk for pk, state in states.items() if state.get("partner_id")
    }
    for grave in Tombstone.objects.filter(
        household=household, transaction_id__in=partner_of, snapshot__isnull=False
    ):
        if _is_free(grave.snapshot):
            pk = partner_of[grave.transaction_id]
            grave.snapshot |= {"partner_id": pk, "transfer_id": states[pk]["transfer_id"]}
            grave.save(update_fields=["snapshot"])


def _with_what_it_left(household: Household, states: dict[int, dict]) -> dict[int, dict]:
    """`states`, and with them the other legs and refunds that are free to come back to them."""
    own = Transaction.objects.for_household(household)
    beside = {state["partner_id"] for state in states.values() if state.get("partner_id")}
    beside |= {pk for state in states.values() for pk in state.get("refund_ids", ())}
    present = snapshots.take(own.filter(pk__in=beside).values_list("pk", flat=True))
    everything = {**present, **states}
    for pk, state in states.items():
        other = state.get("partner_id")
        if other in everything and _is_free(everything[other]):
            everything[other] = {**everything[other], "transfer_id": state["transfer_id"]}
        for refund in state.get("refund_ids", ()):
            if refund in everything and _can_refund(everything[refund], state):
                everything[refund] = {**everything[refund], "refund_of_id": pk}
    return everything


def _can_refund(refund: dict, expense: dict) -> bool:
    is_free = not (refund["refund_of_id"] or refund["transfer_id"])
    return is_free and refund["amount"] > 0 > expense["amount"]


def _is_free(state: dict) -> bool:
    return not (state["transfer_id"] or state["is_split"] or state["category_id"])


def purge_trash(*, before: dt.datetime) -> int:
    """Forget what was deleted before that moment, except the keys. Returns how many."""
    return Tombstone.objects.filter(deleted_at__lt=before, snapshot__isnull=False).update(
        snapshot=None
    )


def drop_feed(
    *, account: Account, by: User | None, guard: Callable[[], None] | None = None
) -> ChangeSet | None:
    """Move what a bank brought into `account` to the trash, and forget that it is known, so that a
    later connection may bring it again. Reconciled rows stay. One transaction."""
    household = account.household
    with act(household=household, by=by, kind=ChangeSet.Kind.DELETE) as running:
        if guard:
            guard()
        rows = Transaction.objects.movements().filter(account=account, source=Source.BANK)
        wanted = rows.exclude(status=Status.RECONCILED).order_by("transfer_id", "pk")
        for chunk in snapshots.chunks(list(wanted.values_list("pk", "transfer_id"))):
            with running.changing([*chunk, *beside(chunk)]):
                Transaction.objects.filter(pk__in=chunk).update(external_id="", content_key=None)
                bury(household, chunk, by)
    return running.change_set
