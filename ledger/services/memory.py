"""What the categoriser knows of a household, kept up with what people decide.

It learns from categories that a person gave or confirmed and that a bank or file named; never from
its own guesses or a rule's. What it has seen is remembered by the last row and the last change, so
that keeping up costs only what is new; made anew from the ledger when it is lost.
"""

import json
import zlib
from collections.abc import Iterable

from django.db.models import Max

from accounts.models import Household
from ledger.categoriser.model import Categoriser
from ledger.categoriser.rows import Row
from ledger.models import (
    CategoriserMemory,
    Category,
    Change,
    Payee,
    SortedBy,
    Transaction,
)

MOST_ROWS = 30_000
"""The newest decisions that are learnt from; older ones say little of today."""
MOST_CHANGES = 5_000
"""With more changes than these since, it is made anew."""
SAVE_AFTER = 20
_TRUE = (SortedBy.NOBODY, SortedBy.PERSON, SortedBy.SOURCE)
_FACTS = ("id", "description", "amount", "date", "payee_id", "category_id")


def categoriser_of(household: Household, *, keeps: bool) -> Categoriser:
    """The household's categoriser as of now. Five queries; with `keeps` one more when it learnt
    enough to be worth remembering (pages that are only read keep nothing)."""
    names = dict(
        Category.objects.filter(household=household, archived_at=None).values_list("pk", "name")
    )
    memory = CategoriserMemory.objects.filter(household=household).first()
    if memory is None:
        memory = CategoriserMemory(household=household)
    last_change = (
        Change.objects.filter(change_set__household=household).aggregate(last=Max("pk"))["last"]
        or 0
    )
    changes = []
    model = _opened(memory, names)
    if model is not None:
        changes = list(
            Change.objects.filter(change_set__household=household, pk__gt=memory.learnt_until)
            .order_by("pk")
            .values_list("transaction_id", "before", "after")[: MOST_CHANGES + 1]
        )
    if model is None or len(changes) > MOST_CHANGES:
        model, memory.rows_until, changes = Categoriser(names), 0, []
    learnt = _learn_changes(model, household, changes, memory.rows_until)
    last_row, count = _learn_rows(model, household, memory.rows_until)
    if keeps and (learnt + count >= SAVE_AFTER or (memory.pk is None and count)):
        memory.rows_until, memory.learnt_until = last_row, last_change
        memory.data = zlib.compress(json.dumps(model.dump(), separators=(",", ":")).encode(), 3)
        CategoriserMemory.objects.update_or_create(
            household=household,
            defaults={
                "data": memory.data,
                "rows_until": memory.rows_until,
                "learnt_until": memory.learnt_until,
            },
        )
    return model


def _opened(memory: CategoriserMemory, names: dict[int, str]) -> Categoriser | None:
    if not memory.data:
        return None
    try:
        model = Categoriser.load(json.loads(zlib.decompress(bytes(memory.data))))
    except (ValueError, KeyError, TypeError, zlib.error):
        return None  # of an older version: made anew
    model.set_names(names)
    return model


def _decided(household: Household):
    """Allocations whose category somebody decided."""
    return (
        Transaction.objects.for_household(household)
        .allocations()
        .filter(category__isnull=False, sorted_by__in=_TRUE)
    )


def _learn_rows(model: Categoriser, household: Household, after: int) -> tuple[int, int]:
    """Rows that came since. Returns the last one's number and how many were learnt."""
    last = Transaction.objects.for_household(household).aggregate(last=Max("pk"))["last"] or 0
    if last <= after:
        return after, 0
    rows = _decided(household).filter(pk__gt=after)
    newest = list(rows.order_by("-date", "-pk").values(*_FACTS)[:MOST_ROWS])
    payees = _names(row["payee_id"] for row in newest)
    for row in reversed(newest):
        model.learn(_row(row, payees), row["category_id"])
    return last, len(newest)


def _learn_changes(model: Categoriser, household: Household, changes, rows_until: int) -> int:
    """Decisions that were taken, or taken back, on rows that were known."""
    relevant = [
        (pk, before, after)
        for pk, before, after in changes
        if pk <= rows_until and "category_id" in {**(before or {}), **(after or {})}
    ]
    if not relevant:
        return 0
    ids = {pk for pk, _before, _after in relevant}
    facts = {
        row["id"]: row
        for row in Transaction.objects.filter(pk__in=ids).values(*_FACTS, "sorted_by")
    }
    payees = _names(row["payee_id"] for row in facts.values())
    for pk, before, after in relevant:
        known = facts.get(pk) or (before if before and "description" in before else None)
        if known is None:
            continue
        row = _row(known, payees)
        was, now = (before or {}).get("category_id"), (after or {}).get("category_id")
        if was and (before or {}).get("sorted_by", SortedBy.PERSON) in _TRUE:
            model.unlearn(row, was)
        if now and (after or {}).get("sorted_by", SortedBy.PERSON) in _TRUE:
            model.learn(row, now, True)
    return len(relevant)


def _names(payee_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {pk for pk in payee_ids if pk}
    return dict(Payee.objects.filter(pk__in=wanted).values_list("pk", "name"))


def _row(facts: dict, payees: dict[int, str]) -> Row:
    return Row(
        description=facts["description"] or payees.get(facts["payee_id"], ""),
        amount=facts["amount"],
        payee=facts["payee_id"],
    )
