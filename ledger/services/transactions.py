"""Add, edit, duplicate, split and bulk-edit transactions."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import User
from core.formatting import format_money
from core.money import MAX_MINOR
from ledger.errors import (
    ClosedAccountError,
    ConflictError,
    ForeignRowError,
    LedgerError,
    PartsDoNotAddUpError,
    ReconciledError,
    TransferError,
)
from ledger.models import (
    Account,
    Category,
    ChangeSet,
    Payee,
    Source,
    Status,
    Tag,
    Transaction,
    TransactionTag,
)
from ledger.services.acts import act
from ledger.services.search import refresh_search_text
from ledger.snapshots import CHUNK

KEEP = object()
"""Leave this fact as it is."""

_LOCKED = frozenset({"date", "amount", "account", "status"})
_EDITABLE = frozenset({*_LOCKED, "payee", "category", "notes", "tags"})


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a split: minor units of the account's currency, with the sign of the whole."""

    amount: int
    category: Category | None = None
    payee: Payee | None = None
    notes: str = ""
    tags: Sequence[Tag] = ()


def add_transaction(
    *,
    account: Account,
    date: dt.date,
    amount: int,
    by: User | None,
    description: str = "",
    payee: Payee | None = None,
    category: Category | None = None,
    notes: str = "",
    tags: Iterable[Tag] = (),
    status: int = Status.BOOKED,
    source: str = Source.MANUAL,
) -> Transaction:
    """Post `amount` (minor units of the account's currency, money in is positive) to `account`.

    Raises ClosedAccountError, ForeignRowError, LedgerError (zero, too large, reconciled state).
    """
    household = account.household
    tags = list(tags)
    ensure_household(household.pk, payee, category, *tags)
    ensure_amount(amount)
    if account.is_closed:
        raise ClosedAccountError
    if status == Status.RECONCILED:
        raise ReconciledError(_("A new transaction is reconciled by a reconciliation only."))
    with act(household=household, by=by, kind=ChangeSet.Kind.ADD) as running:
        with running.changing(()) as made:
            row = Transaction.objects.create(
                household=household,
                account=account,
                date=date,
                month=household.month_of(date).index,
                amount=amount,
                status=status,
                description=description,
                payee=payee,
                category=category,
                notes=notes,
                source=source,
            )
            set_tags({row.pk: tags})
            refresh_search_text([row.pk])
            made.add(row.pk)
    row.change_set = running.change_set
    return row


def edit_transaction(
    *, transaction: Transaction, by: User | None, version: int | None = None, **changes
) -> ChangeSet | None:
    """Change facts of a whole transaction: account, date, amount, payee, category, notes, tags, status.

    `version` is the one that the person saw. Returns None when nothing changed. Raises
    ConflictError, ReconciledError, TransferError, ForeignRowError, PartsDoNotAddUpError.
    """
    unknown = changes.keys() - _EDITABLE
    if unknown:
        raise TypeError(f"edit_transaction does not change {', '.join(sorted(unknown))}")
    household = transaction.household
    with act(household=household, by=by, kind=ChangeSet.Kind.EDIT) as running:
        row = claim(transaction, version)
        changes = {name: new for name, new in changes.items() if _differs(row, name, new)}
        if not changes:
            return None
        _check_edit(row, changes)
        partner = _partner(row)
        with running.changing([row.pk, *([partner.pk] if partner else [])]):
            _apply(row, changes)
            if partner and "amount" in changes and partner.account.currency == row.account.currency:
                Transaction.objects.filter(pk=partner.pk).update(
                    amount=-changes["amount"], version=F("version") + 1
                )
        transaction.refresh_from_db()
    return running.change_set


def claim(transaction: Transaction, version: int | None) -> Transaction:
    """The row as it is now, under the household's lock. Raises ConflictError when it has moved on."""
    row = (
        Transaction.objects.select_related("account", "household")
        .filter(pk=transaction.pk, household=transaction.household_id, parent=None)
        .first()
    )
    if row is None or (version is not None and row.version != version):
        raise ConflictError
    return row


def _differs(row: Transaction, name: str, new) -> bool:
    if name == "tags":
        old = set(TransactionTag.objects.filter(transaction=row).values_list("tag_id", flat=True))
        return old != {tag.pk for tag in new}
    return getattr(row, name) != new


def _check_edit(row: Transaction, changes: dict) -> None:
    ensure_household(
        row.household_id,
        changes.get("account"),
        changes.get("payee"),
        changes.get("category"),
        *changes.get("tags", ()),
    )
    if row.is_reconciled and _LOCKED & changes.keys():
        raise ReconciledError
    if changes.get("status") == Status.RECONCILED:
        raise ReconciledError(_("Reconcile the account against a statement instead."))
    if row.is_split and changes.get("category"):
        raise LedgerError(_("A split transaction has its categories on its parts."))
    if "amount" in changes:
        ensure_amount(changes["amount"])
        if row.is_split:
            raise PartsDoNotAddUpError(_("Change the parts of this split instead of its amount."))
    if "account" in changes:
        _check_move(row, changes["account"])
    if row.transfer_id:
        if changes.get("category"):
            raise TransferError(_("A transfer has no category: it is neither income nor spending."))
        if "amount" in changes and (changes["amount"] > 0) != (row.amount > 0):
            raise TransferError(_("The two sides of a transfer have opposite signs."))


def _check_move(row: Transaction, account: Account) -> None:
    if account.is_closed:
        raise ClosedAccountError
    if account.currency != row.account.currency:
        raise LedgerError(_("The other account is in another currency. Make a transfer instead."))
    partner = _partner(row)
    if partner and partner.account_id == account.pk:
        raise TransferError(_("A transfer needs two different accounts."))


def _partner(row: Transaction) -> Transaction | None:
    if row.transfer_id is None:
        return None
    return (
        Transaction.objects.filter(transfer=row.transfer_id)
        .exclude(pk=row.pk)
        .select_related("account")
        .first()
    )


def _apply(row: Transaction, changes: dict) -> None:
    facts = {name: new for name, new in changes.items() if name != "tags"}
    if "date" in facts:
        facts["month"] = row.household.month_of(facts["date"]).index
    if "account" in facts:
        # The keys say what one account's imports know; on another account they say nothing.
        facts.update(external_id="", content_key=None)
    Transaction.objects.filter(pk=row.pk).update(version=F("version") + 1, **facts)
    shared = {name: facts[name] for name in ("date", "month", "account", "status") if name in facts}
    if row.is_split and shared:
        Transaction.objects.filter(parent=row.pk).update(**shared)
    if "tags" in changes:
        set_tags({row.pk: changes["tags"]})
    if {"payee", "notes"} & changes.keys():
        refresh_search_text([row.pk])


@atomic
def duplicate_transaction(
    *, transaction: Transaction, by: User | None, date: dt.date | None = None
) -> Transaction:
    """A typed copy of `transaction` with its parts and tags, on `date` (default: today)."""
    household = transaction.household
    copy = add_transaction(
        account=transaction.account,
        date=date or household.today(),
        amount=transaction.amount,
        by=by,
        description=transaction.description,
        payee=transaction.payee,
        category=transaction.category,
        notes=transaction.notes,
        tags=transaction.tags.all(),
    )
    if transaction.is_split:
        parts = [
            Part(part.amount, part.category, part.payee, part.notes, list(part.tags.all()))
            for part in transaction.parts.order_by("pk")
        ]
        split_transaction(transaction=copy, parts=parts, by=by)
        copy.refresh_from_db()
    return copy


def split_transaction(
    *, transaction: Transaction, parts: Sequence[Part], by: User | None, version: int | None = None
) -> ChangeSet | None:
    """Divide a transaction into `parts`, replacing those it has; without parts, make it whole again.

    Raises PartsDoNotAddUpError, TransferError, ReconciledError (never: a split moves no money),
    ForeignRowError, ConflictError.
    """
    household = transaction.household
    with act(household=household, by=by, kind=ChangeSet.Kind.SPLIT) as running:
        row = claim(transaction, version)
        _check_parts(row, parts)
        with running.changing([row.pk]):
            Transaction.objects.filter(parent=row.pk).delete()
            facts = {"is_split": bool(parts), "version": F("version") + 1}
            if parts:
                facts["category"] = None
            Transaction.objects.filter(pk=row.pk).update(**facts)
            made = Transaction.objects.bulk_create([_part_row(row, part) for part in parts])
            set_tags({new.pk: part.tags for new, part in zip(made, parts, strict=True)})
            refresh_search_text([row.pk, *(new.pk for new in made)])
        transaction.refresh_from_db()
    return running.change_set


def _check_parts(row: Transaction, parts: Sequence[Part]) -> None:
    if row.transfer_id:
        raise TransferError(_("A transfer cannot be split."))
    if len(parts) == 1:
        raise LedgerError(_("A split needs at least two parts."))
    for part in parts:
        ensure_household(row.household_id, part.category, part.payee, *part.tags)
        ensure_amount(part.amount)
    total = sum(part.amount for part in parts)
    if parts and total != row.amount:
        currency = row.account.currency
        raise PartsDoNotAddUpError(
            _("The parts add up to %(parts)s, the transaction is %(whole)s.")
            % {
                "parts": format_money(total, currency),
                "whole": format_money(row.amount, currency),
            }
        )


def _part_row(row: Transaction, part: Part) -> Transaction:
    return Transaction(
        household_id=row.household_id,
        account_id=row.account_id,
        date=row.date,
        month=row.month,
        amount=part.amount,
        status=row.status,
        parent_id=row.pk,
        category=part.category,
        payee=part.payee,
        notes=part.notes,
        source=row.source,
    )


def bulk_edit(
    *,
    rows: QuerySet,
    by: User | None,
    category=KEEP,
    payee=KEEP,
    status=KEEP,
    notes=KEEP,
    add_tags: Sequence[Tag] = (),
    remove_tags: Sequence[Tag] = (),
) -> ChangeSet | None:
    """Change the same facts on all whole transactions of `rows` (one household's), set based.

    What cannot take a change keeps its own: splits and transfers their category, reconciled rows
    their state. Returns None when nothing changed. Raises ForeignRowError.
    """
    household_ids = set(rows.order_by().values_list("household", flat=True).distinct())
    if not household_ids:
        return None
    if len(household_ids) > 1:
        raise ForeignRowError
    given = [thing for thing in (category, payee) if thing is not KEEP]
    ensure_household(household_ids.pop(), *given, *add_tags, *remove_tags)
    ids = list(rows.movements().order_by("pk").values_list("pk", flat=True))
    if not ids:
        return None
    household = Transaction.objects.select_related("household").get(pk=ids[0]).household
    facts = {
        name: value for name, value in (("payee", payee), ("notes", notes)) if value is not KEEP
    }
    with act(household=household, by=by, kind=ChangeSet.Kind.EDIT) as running:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            with running.changing(chunk):
                _bulk_chunk(chunk, facts, category, status, add_tags, remove_tags)
    return running.change_set


def _bulk_chunk(chunk: list[int], facts: dict, category, status, add_tags, remove_tags) -> None:
    here = Transaction.objects.filter(pk__in=chunk)
    here.update(version=F("version") + 1, **facts)
    if category is not KEEP:
        here.filter(is_split=False, transfer=None).update(category=category)
    if status is not KEEP:
        movable = list(here.exclude(status=Status.RECONCILED).values_list("pk", flat=True))
        Transaction.objects.filter(pk__in=movable).update(status=status)
        Transaction.objects.filter(parent__in=movable).update(status=status)
    if remove_tags:
        TransactionTag.objects.filter(transaction__in=chunk, tag__in=remove_tags).delete()
    if add_tags:
        TransactionTag.objects.bulk_create(
            [TransactionTag(transaction_id=pk, tag=tag) for pk in chunk for tag in add_tags],
            ignore_conflicts=True,
            batch_size=1000,
        )
    if facts:
        refresh_search_text(chunk)


def set_tags(tags_of: dict[int, Iterable[Tag]]) -> None:
    """Give each transaction exactly these tags."""
    TransactionTag.objects.filter(transaction__in=list(tags_of)).delete()
    TransactionTag.objects.bulk_create(
        [
            TransactionTag(transaction_id=pk, tag_id=tag.pk)
            for pk, tags in tags_of.items()
            for tag in tags
        ],
        batch_size=1000,
    )


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
