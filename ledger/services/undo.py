"""Undo an act: bring back what it changed, where nobody has changed it since."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger import snapshots
from ledger.errors import NothingToUndoError
from ledger.models import Change, ChangeSet, Status, Transaction, Transfer
from ledger.services.acts import Act, act
from ledger.services.keys import taken_keys
from ledger.services.removed import bring_back, follow_merges
from ledger.services.restoring import legs_after, sound_pair, write_snapshots
from ledger.services.transfers import refuse_transfer
from ledger.services.trash import bury


@dataclass(frozen=True, slots=True)
class Undone:
    """The act of undoing, and the transactions that were changed since and so were kept."""

    change_set: ChangeSet
    kept_ids: tuple[int, ...]


@dataclass(slots=True)
class _Step:
    """What an act did to one transaction, over all of its changes."""

    before: dict | None
    after: dict | None


def undo(*, change_set: ChangeSet, by: User | None) -> Undone:
    """Undo `change_set`; undoing the result redoes it.

    A transaction whose changed facts are no longer as the act left them, or that would break a
    rule, is kept and named. Raises NothingToUndoError when the act was undone before or nothing of
    it is left, LedgerError when a name that has to come back is taken.
    """
    household = change_set.household
    with act(household=household, by=by, kind=ChangeSet.Kind.UNDO) as running:
        if ChangeSet.objects.get(pk=change_set.pk).undone_by_id is not None:
            raise NothingToUndoError
        if change_set.kind == ChangeSet.Kind.RECONCILE:
            raise NothingToUndoError(_("Reopen the reconciliation instead."))
        if change_set.kind == ChangeSet.Kind.IMPORT_UNDO:
            raise NothingToUndoError(_("Import the file again instead."))
        if change_set.kind == ChangeSet.Kind.SYNC:
            raise NothingToUndoError(_("Your bank says so, and would say it again."))
        bring_back(household, change_set.removed)
        kept = revert(running, change_set.changes.order_by("pk"))
        if running.change_set is None:
            raise NothingToUndoError
        follow_merges(household, change_set.removed, running.change_set)
        for one in change_set.removed.get("merges", ()):
            # A person took the merge back: nothing joins the two by itself again.
            refuse_transfer(household=household, ids=(one["drop"], one["keep"]))
        ChangeSet.objects.filter(pk=change_set.pk).update(undone_by=running.change_set)
    return Undone(running.change_set, tuple(kept))


def revert(running: Act, changes: Iterable[Change]) -> list[int]:
    """Undo `changes` (oldest first) inside an act; returns the ids that are kept as they are."""
    steps = _steps(changes)
    order = sorted((_transfer_of(step) or 0, pk) for pk, step in steps.items())
    kept: list[int] = []
    for chunk in snapshots.chunks((pk, transfer or None) for transfer, pk in order):
        with running.changing(chunk):
            here = {pk: steps[pk] for pk in chunk}
            kept += _revert_chunk(running.household, here, running.by)
    return kept


def _steps(changes: Iterable[Change]) -> dict[int, _Step]:
    """Each transaction's way from before the act to after it."""
    steps: dict[int, _Step] = {}
    for change in changes:
        pk, before, after = change.transaction_id, change.before, change.after
        if pk in steps:
            first = steps[pk]
            before = first.before and {**(before or {}), **first.before}
            after = after and {**(first.after or {}), **after}
        steps[pk] = _Step(before, after)
    return steps


def _transfer_of(step: _Step) -> int | None:
    sides = [side for side in (step.before, step.after) if side]
    return next((side["transfer_id"] for side in sides if side.get("transfer_id")), None)


def _revert_chunk(household: Household, steps: dict[int, _Step], by: User | None) -> list[int]:
    """Undo these steps; returns the ids that are kept as they are."""
    current = snapshots.take(steps)
    kept = {pk for pk, step in steps.items() if not _as_left(step, current.get(pk))}
    wanted = {
        pk: step.before and {**(current.get(pk) or {}), **step.before}
        for pk, step in steps.items()
        if pk not in kept
    }
    while broken := _broken(household, wanted, current):
        kept |= broken
        wanted = {pk: state for pk, state in wanted.items() if pk not in broken}
    gone = [pk for pk, state in wanted.items() if state is None]
    states = {pk: state for pk, state in wanted.items() if state is not None}
    if gone:
        # A transfer that another row takes over (a merge) does not end with its leg.
        moving = {state["transfer_id"] for state in states.values()} - {None}
        Transaction.objects.filter(pk__in=gone, transfer__in=moving).update(transfer=None)
        bury(household, gone, by)
    if states:
        write_snapshots(household, states)
    transfers = {_transfer_of(step) for step in steps.values()} - {None}
    _drop_half_transfers(household, transfers)
    return sorted(kept)


_LOCKED = frozenset({"date", "amount", "account_id", "status"})


def _as_left(step: _Step, now: dict | None) -> bool:
    if step.after is None or now is None:
        return step.after is None and now is None
    is_locked = now["status"] == Status.RECONCILED
    if is_locked and (step.before is None or _LOCKED & step.after.keys()):
        return False
    return all(now.get(key) == value for key, value in step.after.items())


def _broken(household: Household, wanted: dict, current: dict[int, dict]) -> set[int]:
    """Those of `wanted` that other acts have made impossible since."""
    states = {pk: state for pk, state in wanted.items() if state is not None}
    broken = {pk for pk, state in states.items() if not _is_whole(state)}
    broken |= taken_keys(household, states)
    broken |= _wrong_refunds(states)
    # Transfers that are there now must stay whole, or go with both legs.
    living = {current[pk]["transfer_id"] for pk in wanted if pk in current} - {None}
    changed = {pk: state or {**current[pk], "transfer_id": None} for pk, state in wanted.items()}
    after = legs_after(living, changed)
    for pk in wanted:
        transfer = current[pk]["transfer_id"] if pk in current else None
        if transfer and after.get(transfer) and not sound_pair(after[transfer]):
            broken.add(pk)
    return broken


def _is_whole(state: dict) -> bool:
    if not state["is_split"]:
        return not state["parts"]
    total = sum(part["amount"] for part in state["parts"])
    return total == state["amount"] and not state["category_id"] and not state["transfer_id"]


def _wrong_refunds(states: dict[int, dict]) -> set[int]:
    """Refunds that would not be money in, and what they pay back that would not be money out."""
    refunds = {
        pk
        for pk, state in states.items()
        if state["refund_of_id"] and (state["amount"] <= 0 or state["transfer_id"])
    }
    paid_back = Transaction.objects.filter(refund_of__in=states).exclude(pk__in=states)
    expenses = {
        pk
        for pk in paid_back.values_list("refund_of", flat=True)
        if states[pk]["amount"] >= 0 or states[pk]["transfer_id"]
    }
    return refunds | expenses


def _drop_half_transfers(household: Household, transfers: set[int]) -> None:
    half = (
        Transfer.objects.filter(household=household, pk__in=transfers)
        .annotate(sides=Count("legs"))
        .exclude(sides=2)
    )
    stale = list(half.values_list("pk", flat=True))
    Transaction.objects.filter(transfer__in=stale).update(transfer=None)
    Transfer.objects.filter(pk__in=stale).delete()
