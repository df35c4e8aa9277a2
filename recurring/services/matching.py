"""Which transaction was which occurrence.

What persons said (`chosen_id`, `refused_ids`, skipped) holds; the rest of the last months is worked
out anew each time from what the ledger holds, so that a run heals whatever happened to it. What is
older keeps its match as long as its transaction is there.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household
from ledger.models import Tombstone, Transaction
from ledger.services.acts import lock
from recurring.assignment import assign
from recurring.errors import BillError, TakenError
from recurring.fit import LONGEST_REACH, ODD, UNSURE, Movement, Wanted
from recurring.models import Occurrence, Series
from recurring.services.movements import movements_for, wanted_of

RECENT = dt.timedelta(days=100)
"""What fell due so long ago is settled."""
AHEAD = dt.timedelta(days=2 * LONGEST_REACH)
_STATE = Occurrence.State


@atomic
def match(*, household: Household, today: dt.date, whole: Collection[int] = ()) -> int:
    """Match what fell due lately, and all occurrences of the series `whole` (ids). Returns how many
    occurrences changed. Safe to run twice; at most nine queries."""
    lock(household)
    scope = _in_scope(household, today, whole)
    fixed = _pinned(household, scope)
    free = [row for row in scope if row.pk not in fixed and row.state != _STATE.SKIPPED]
    fixed |= _found(household, free, set(fixed.values()), scope)
    return _write(scope, fixed, today)


def _in_scope(household: Household, today: dt.date, whole: Collection[int]) -> list[Occurrence]:
    lives = Transaction.objects.filter(pk=OuterRef("transaction_id"), parent=None)
    lately = Q(
        series__state=Series.State.ACTIVE, due_on__range=(today - RECENT, today + AHEAD)
    ) | Q(series__in=whole, due_on__lte=today + AHEAD)
    gone = Q(transaction__isnull=False) & ~Exists(lives)
    waits = Q(chosen_id__isnull=False, transaction=None)
    rows = Occurrence.objects.for_household(household).filter(lately | gone | waits)
    return list(rows.select_related("series").order_by("due_on", "pk"))


def _pinned(household: Household, scope: list[Occurrence]) -> dict[int, int]:
    """Transactions by occurrence where a person chose one that is there, or has a survivor."""
    chosen = {row.pk: row.chosen_id for row in scope if row.chosen_id}
    if not chosen:
        return {}
    here = _living(household, chosen.values())
    survivors = _survivors(household, set(chosen.values()) - here)
    pinned, used = {}, set()
    for pk, wished in chosen.items():
        found = wished if wished in here else survivors.get(wished)
        if found and found not in used:
            used.add(found)
            pinned[pk] = found
    return pinned


def _living(household: Household, ids: Collection[int]) -> set[int]:
    rows = Transaction.objects.for_household(household).movements().filter(pk__in=list(ids))
    return set(rows.values_list("pk", flat=True))


def _survivors(household: Household, gone: set[int]) -> dict[int, int]:
    """What merged transactions live on as, over several merges."""
    leads: dict[int, int] = {}
    ask = gone
    while ask:
        stones = Tombstone.objects.filter(
            household=household, transaction_id__in=ask, survivor_id__isnull=False
        )
        new = dict(stones.values_list("transaction_id", "survivor_id"))
        leads |= new
        ask = set(new.values()) - leads.keys()
    ends = {}
    for start in gone & leads.keys():
        end, seen = start, set()
        while end in leads and end not in seen:
            seen.add(end)
            end = leads[end]
        ends[start] = end
    here = _living(household, ends.values()) if ends else set()
    return {start: end for start, end in ends.items() if end in here}


def _found(
    household: Household, free: list[Occurrence], taken: set[int], scope: list[Occurrence]
) -> dict[int, int]:
    """The best transactions for the `free` occurrences, none of those that are `taken`."""
    if not free:
        return {}
    wanted = {row.series_id: wanted_of(row.series) for row in free}
    matched = {row.transaction_id for row in free if row.transaction_id}
    movements = movements_for(
        household,
        wanted.values(),
        min(row.due_on for row in free) - dt.timedelta(days=LONGEST_REACH),
        max(row.due_on for row in free) + dt.timedelta(days=LONGEST_REACH),
        also=matched,
    )
    own = {row.pk for row in scope}
    matched_rows = Occurrence.objects.for_household(household).filter(transaction__isnull=False)
    elsewhere = matched_rows.values_list("pk", "transaction_id")
    taken = taken | {transaction for pk, transaction in elsewhere if pk not in own}
    return assign(_edges(free, wanted, [one for one in movements if one.pk not in taken]))


def _edges(
    free: list[Occurrence], wanted: dict[int, Wanted], movements: list[Movement]
) -> dict[tuple[int, int], int]:
    by_pk = {one.pk: one for one in movements}
    by_day: dict[dt.date, list[Movement]] = defaultdict(list)
    for one in movements:
        by_day[one.date].append(one)
    suits: dict[tuple[int, int], int | None] = {}
    edges: dict[tuple[int, int], int] = {}
    for row in free:
        asked, refused = wanted[row.series_id], set(row.refused_ids)
        kept = by_pk.get(row.transaction_id)
        if kept and kept.pk not in refused and asked.is_recognisable(kept):
            apart = min(LONGEST_REACH, abs((kept.date - row.due_on).days))
            edges[row.pk, kept.pk] = ODD + UNSURE * apart
        for shift in range(-asked.early, asked.late + 1):
            for one in by_day.get(row.due_on + dt.timedelta(days=shift), ()):
                place = (row.series_id, one.pk)
                if place not in suits:
                    suits[place] = asked.misfit(one)
                days = asked.days(row.due_on, one.date)
                if suits[place] is not None and one.pk not in refused:
                    edges[row.pk, one.pk] = days + suits[place]
    return edges


def _write(scope: list[Occurrence], pairs: dict[int, int], today: dt.date) -> int:
    """Give every occurrence its transaction and state. What lets go comes first: a transaction
    belongs to one occurrence at every moment."""
    changed = []
    for row in scope:
        found = pairs.get(row.pk)
        state = _STATE.MATCHED if found else unmatched_state(row, today)
        if (row.transaction_id, row.state) != (found, state):
            changed.append((row, found, state))
    loose = [row.pk for row, found, _new in changed if row.transaction_id not in (None, found)]
    if loose:
        Occurrence.objects.filter(pk__in=loose).update(transaction=None, state=_STATE.EXPECTED)
    for row, found, state in changed:
        row.transaction_id, row.state = found, state
    Occurrence.objects.bulk_update(
        [row for row, *_ in changed], ["transaction", "state"], batch_size=500
    )
    return len(changed)


def unmatched_state(row: Occurrence, today: dt.date) -> str:
    """What an occurrence without a transaction is today."""
    if row.state == _STATE.SKIPPED:
        return _STATE.SKIPPED
    is_over = row.due_on + dt.timedelta(days=row.series.late_days) < today
    return _STATE.MISSING if is_over else _STATE.EXPECTED


@atomic
def match_by_hand(*, occurrence: Occurrence, transaction: Transaction) -> None:
    """Say that `transaction` is `occurrence`. Raises TakenError, BillError (another direction)."""
    lock(occurrence.household)
    if transaction.household_id != occurrence.household_id or transaction.parent_id:
        raise BillError
    if (transaction.amount > 0) != (occurrence.amount > 0):
        raise BillError(_("One is money in, the other money out."))
    holders = Occurrence.objects.filter(transaction=transaction).exclude(pk=occurrence.pk)
    if holders.filter(chosen_id=transaction.pk).exists():
        raise TakenError
    # One that was matched by itself lets go.
    holders.update(transaction=None, state=_STATE.EXPECTED)
    _keep(
        occurrence,
        transaction_id=transaction.pk,
        state=_STATE.MATCHED,
        chosen_id=transaction.pk,
        refused_ids=[pk for pk in occurrence.refused_ids if pk != transaction.pk],
    )


@atomic
def unmatch(*, occurrence: Occurrence, today: dt.date) -> None:
    """Say that its transaction is not this one: it is not matched to it again by itself."""
    lock(occurrence.household)
    occurrence.refresh_from_db()
    refused = [*occurrence.refused_ids]
    if occurrence.transaction_id:
        refused.append(occurrence.transaction_id)
    occurrence.state = _STATE.EXPECTED
    _keep(
        occurrence,
        transaction_id=None,
        state=unmatched_state(occurrence, today),
        chosen_id=None,
        refused_ids=refused[-50:],
    )


@atomic
def skip(*, occurrence: Occurrence) -> None:
    """Expect nothing this time. Raises BillError for one that was paid."""
    lock(occurrence.household)
    occurrence.refresh_from_db()
    if occurrence.state == _STATE.MATCHED:
        raise BillError(_("It is paid already."))
    _keep(occurrence, state=_STATE.SKIPPED, chosen_id=None)


@atomic
def unskip(*, occurrence: Occurrence, today: dt.date) -> None:
    """Expect it after all."""
    lock(occurrence.household)
    occurrence.state = _STATE.EXPECTED
    _keep(occurrence, state=unmatched_state(occurrence, today))


def _keep(occurrence: Occurrence, **facts) -> None:
    for name, value in {**facts, "is_by_person": True}.items():
        setattr(occurrence, name, value)
    occurrence.save(update_fields=[*facts, "is_by_person"])
