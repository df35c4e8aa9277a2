"""What a decision of rules changes on a transaction that is here already, and the writing of it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import F

from accounts.models import Household
from ledger.models import (
    Account,
    SortedBy,
    Source,
    Status,
    Transaction,
    TransactionTag,
    Transfer,
    TransferRefusal,
)
from ledger.rule_rows import PastRow
from ledger.rules.engine import Decision
from ledger.services.acts import Act
from ledger.services.search import refresh_search_text
from ledger.services.transfer_finder import REACH_DAYS


@dataclass(frozen=True, slots=True)
class Effect:
    """A transaction and what of a decision makes a difference to it."""

    row: PastRow
    decision: Decision
    facts: dict
    """Columns that change: payee_id, category_id, notes, needs_review, sorted_by, certainty."""
    tag_ids: tuple[int, ...] = ()
    tag_names: tuple[str, ...] = ()
    payee_name: str | None = None
    """Of the payee that it gets (which a draft may name without its being there)."""
    splits: bool = False
    transfer_to: int | None = None

    @property
    def changes(self) -> bool:
        others = self.tag_ids or self.tag_names or self.splits or self.transfer_to
        return bool(self.facts or others or self.payee_name is not None)


def effect_of(row: PastRow, decision: Decision, *, overwrite: bool = False) -> Effect | None:
    """What `decision` changes on `row`; None for nothing."""
    keeps = row.is_persons and not overwrite
    facts: dict = {}
    payee_name = None
    has_payee = decision.payee_id or decision.payee_name
    if has_payee and decision.payee_name != row.payee_name and not (keeps and row.payee_id):
        payee_name = decision.payee_name
        facts["payee_id"] = decision.payee_id
    if decision.notes and decision.notes != row.notes and (overwrite or not row.notes):
        facts["notes"] = decision.notes
    if decision.skip_review and row.needs_review:
        facts["needs_review"] = False
    is_plain = not row.is_split and row.transfer_id is None and not keeps
    if is_plain and decision.category_id and decision.category_id != row.category_id:
        facts |= {
            "category_id": decision.category_id,
            "sorted_by": SortedBy.RULE,
            "certainty": None,
        }
    splits = is_plain and bool(decision.parts)
    if splits:
        facts |= {
            "category_id": None,
            "is_split": True,
            "sorted_by": SortedBy.RULE,
            "certainty": None,
        }
    is_free = is_plain and row.refund_of_id is None
    effect = Effect(
        row,
        decision,
        facts,
        tuple(tag for tag in decision.tag_ids if tag not in row.tags),
        decision.tag_names,
        payee_name,
        splits,
        decision.transfer_to if is_free else None,
    )
    return effect if effect.changes else None


_SORTING = frozenset({"category_id", "is_split", "sorted_by", "certainty"})


class Pair(NamedTuple):
    """The other side of a transfer: a row that is here, or one to make on an account (`row_id` None)."""

    account_id: int
    row_id: int | None


class _Side(NamedTuple):
    id: int
    date: dt.date
    amount: int


def plan_transfers(
    household: Household, effects: Sequence[Effect]
) -> tuple[list[Effect], dict[int, Pair]]:
    """Find the other sides: `effects` without the transfers that have none, and the pairs by row.

    The other side is the one row with the opposite amount within four days. Where there is none, it is
    made on an account that is kept by hand; on one that a bank or file feeds it will come by itself.
    """
    wanted: dict[int, list[Effect]] = defaultdict(list)
    for effect in effects:
        if effect.transfer_to:
            wanted[effect.transfer_to].append(effect)
    if not wanted:
        return list(effects), {}
    accounts = {account.pk: account for account in Account.objects.for_household(household)}
    refused = set(
        TransferRefusal.objects.filter(household=household).values_list("first_id", "second_id")
    )
    repaid = set(
        Transaction.objects.for_household(household)
        .exclude(refund_of=None)
        .values_list("refund_of", flat=True)
    )
    pairs: dict[int, Pair] = {}
    taken: set[int] = set()
    for account_id, group in wanted.items():
        target = accounts.get(account_id)
        same = [
            effect
            for effect in group
            if target
            and effect.row.pk not in repaid
            and accounts[effect.row.account_id].currency == target.currency
        ]
        if not same:
            continue
        sides = _open_sides(target, same, repaid)
        can_make = not target.is_closed and not _is_fed(target)
        for effect in same:
            row = effect.row
            if row.pk in taken:  # it is the other side of an earlier one
                continue
            found = _nearest(row, sides.get(-row.amount, ()), taken, refused)
            if found is None and not can_make:
                continue
            pairs[row.pk] = Pair(account_id, found)
            taken.update({row.pk, found} if found else {row.pk})
    others = {pair.row_id for pair in pairs.values()}
    kept = []
    for effect in effects:
        if effect.row.pk in others:  # a side of a transfer has no category and no parts
            facts = {key: value for key, value in effect.facts.items() if key not in _SORTING}
            effect = replace(effect, facts=facts, splits=False, transfer_to=None)
        elif effect.transfer_to and effect.row.pk not in pairs:
            effect = replace(effect, transfer_to=None)
        if effect.changes:
            kept.append(effect)
    return kept, pairs


def _open_sides(target: Account, effects: list[Effect], repaid: set[int]):
    reach = dt.timedelta(days=REACH_DAYS)
    days = [effect.row.date for effect in effects]
    rows = (
        Transaction.objects.movements()
        .filter(account=target, transfer=None, is_split=False, refund_of=None)
        .filter(date__range=(min(days) - reach, max(days) + reach))
        .exclude(sorted_by=SortedBy.PERSON, category__isnull=False)
        .order_by("date", "pk")
    )
    sides: dict[int, list[_Side]] = defaultdict(list)
    for side in map(_Side._make, rows.values_list("pk", "date", "amount")):
        if side.id not in repaid:
            sides[side.amount].append(side)
    return sides


def _is_fed(account: Account) -> bool:
    return account.transactions.exclude(source=Source.MANUAL).exists()


def _nearest(row: PastRow, sides: Sequence[_Side], taken: set[int], refused: set) -> int | None:
    near = [
        (abs((side.date - row.date).days), side.id)
        for side in sides
        if side.id not in taken and (min(side.id, row.pk), max(side.id, row.pk)) not in refused
    ]
    days, found = min(near, default=(REACH_DAYS + 1, None))
    return found if days <= REACH_DAYS else None


def write_effects(running: Act, effects: Sequence[Effect], pairs: dict[int, Pair]) -> None:
    """Write a chunk of effects inside an act: a statement for each group of equal changes."""
    ids = {effect.row.pk for effect in effects}
    others = {pairs[pk].row_id for pk in ids if pk in pairs} - {None}
    with running.changing(ids | others) as known:
        groups: dict[tuple, list[int]] = defaultdict(list)
        for effect in effects:
            groups[tuple(effect.facts.items())].append(effect.row.pk)
        for facts, pks in groups.items():
            Transaction.objects.filter(pk__in=pks).update(version=F("version") + 1, **dict(facts))
        links = [
            TransactionTag(transaction_id=effect.row.pk, tag_id=tag)
            for effect in effects
            for tag in effect.tag_ids
        ]
        TransactionTag.objects.bulk_create(links, ignore_conflicts=True, batch_size=1000)
        stale = [effect.row.pk for effect in effects if {"payee_id", "notes"} & effect.facts.keys()]
        stale += _write_parts([effect for effect in effects if effect.splits])
        made = _write_transfers([e for e in effects if e.row.pk in pairs], pairs, running.household)
        known.update(made)
        refresh_search_text([*stale, *made])


def _write_parts(effects: Sequence[Effect]) -> list[int]:
    if not effects:
        return []
    wholes = Transaction.objects.in_bulk([effect.row.pk for effect in effects])
    parts = []
    for effect in effects:
        whole = wholes[effect.row.pk]
        for part in effect.decision.parts:
            parts.append(
                Transaction(
                    household_id=whole.household_id,
                    account_id=whole.account_id,
                    date=whole.date,
                    month=whole.month,
                    amount=part.amount,
                    status=whole.status,
                    parent_id=whole.pk,
                    category_id=part.category_id,
                    notes=part.notes,
                    source=whole.source,
                    sorted_by=SortedBy.RULE,
                )
            )
    return [part.pk for part in Transaction.objects.bulk_create(parts, batch_size=500)]


def _write_transfers(effects, pairs: dict[int, Pair], household: Household) -> list[int]:
    """Link the pairs; returns the rows that were made."""
    made = []
    for effect in effects:
        row, pair = effect.row, pairs[effect.row.pk]
        transfer = Transfer.objects.create(household=household)
        other = pair.row_id
        if other is None:
            other = Transaction.objects.create(
                household=household,
                account_id=pair.account_id,
                date=row.date,
                month=household.month_of(row.date).index,
                amount=-row.amount,
                status=Status.BOOKED,
            ).pk
            made.append(other)
        Transaction.objects.filter(pk__in=(row.pk, other)).update(
            transfer=transfer, category=None, version=F("version") + 1
        )
    return made
