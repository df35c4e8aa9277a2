"""Add, edit, duplicate, split and bulk-edit transactions."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import User
from core.formatting import format_money
from ledger.errors import (
    ClosedAccountError,
    ForeignRowError,
    LedgerError,
    PartsDoNotAddUpError,
    ReconciledError,
    RefundError,
    TransferError,
)
from ledger.models import (
    Account,
    Category,
    ChangeSet,
    Payee,
    SortedBy,
    Source,
    Status,
    Tag,
    Transaction,
    TransactionTag,
)
from ledger.services.acts import act
from ledger.services.keys import leave_keys
from ledger.services.rules import claim, ensure_amount, ensure_household, set_tags
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
            row = _insert(
                account,
                date,
                tags,
                amount=amount,
                status=status,
                description=description,
                payee=payee,
                category=category,
                notes=notes,
                source=source,
            )
            made.add(row.pk)
    row.change_set = running.change_set
    return row


def _insert(account: Account, date: dt.date, tags: Iterable[Tag], **facts) -> Transaction:
    row = Transaction.objects.create(
        household=account.household,
        account=account,
        date=date,
        month=account.household.month_of(date).index,
        **facts,
    )
    set_tags({row.pk: tags})
    refresh_search_text([row.pk])
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
        follower = _follower(row) if "amount" in changes else None
        with running.changing([row.pk, *([follower.pk] if follower else [])]):
            _apply(row, changes)
            if follower:
                Transaction.objects.filter(pk=follower.pk).update(
                    amount=-changes["amount"], version=F("version") + 1
                )
        transaction.refresh_from_db()
    return running.change_set


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
        turns = (changes["amount"] > 0) != (row.amount > 0)
        if turns and (row.refund_of_id or row.refunds.exists()):
            raise RefundError(_("Unlink the refund before you turn its amount round."))
    if "account" in changes:
        _check_move(row, changes["account"])
    if row.transfer_id:
        if changes.get("category"):
            raise TransferError(_("A transfer has no category: it is neither income nor spending."))
        if "amount" in changes and turns:
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


def _follower(row: Transaction) -> Transaction | None:
    """The other leg, where it has to have the same amount. Raises ReconciledError."""
    partner = _partner(row)
    if partner is None or partner.account.currency != row.account.currency:
        return None
    if partner.is_reconciled:
        raise ReconciledError(_("The other side of this transfer is reconciled."))
    return partner


def _apply(row: Transaction, changes: dict) -> None:
    facts = {name: new for name, new in changes.items() if name != "tags"}
    if "date" in facts:
        facts["month"] = row.household.month_of(facts["date"]).index
    if "account" in facts:
        # The keys say what one account's imports know; on another account they say nothing.
        leave_keys([row])
        facts.update(external_id="", content_key=None)
    # Whoever edits a row has looked at it.
    facts["needs_review"] = False
    if "category" in facts:
        facts.update(sorted_by=SortedBy.PERSON, certainty=None)
    ticked = row.reconciliation
    if ticked and ("account" in facts or facts.get("date", row.date) > ticked.statement_on):
        facts["reconciliation"] = None  # it cannot be on that statement any more
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
    ensure_amount(transaction.amount)
    if transaction.account.is_closed:
        raise ClosedAccountError
    parts = [
        Part(part.amount, part.category, part.payee, part.notes, list(part.tags.all()))
        for part in transaction.parts.order_by("pk")
    ]
    with act(household=household, by=by, kind=ChangeSet.Kind.ADD) as running:
        with running.changing(()) as made:
            copy = _insert(
                transaction.account,
                date or household.today(),
                transaction.tags.all(),
                amount=transaction.amount,
                description=transaction.description,
                payee=transaction.payee,
                category=transaction.category,
                notes=transaction.notes,
                is_split=bool(parts),
            )
            _write_parts(copy, parts)
            made.add(copy.pk)
    copy.change_set = running.change_set
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
            _write_parts(row, parts)
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


def _write_parts(row: Transaction, parts: Sequence[Part]) -> None:
    made = Transaction.objects.bulk_create([_part_row(row, part) for part in parts])
    set_tags({new.pk: part.tags for new, part in zip(made, parts, strict=True)})
    refresh_search_text([new.pk for new in made])


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
    their state. Returns None when nothing changed. Raises ForeignRowError, ReconciledError.
    """
    if status is not KEEP and status == Status.RECONCILED:
        raise ReconciledError(_("Reconcile the account against a statement instead."))
    household_ids = set(rows.order_by().values_list("household", flat=True).distinct())
    if not household_ids:
        return None
    if len(household_ids) > 1:
        raise ForeignRowError
    given = [thing for thing in (category, payee) if thing is not KEEP]
    ensure_household(household_ids.pop(), *given, *add_tags, *remove_tags)
    first = rows.select_related("household").first()
    facts = {
        name: value for name, value in (("payee", payee), ("notes", notes)) if value is not KEEP
    }
    with act(household=first.household, by=by, kind=ChangeSet.Kind.EDIT) as running:
        ids = list(rows.movements().order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            with running.changing(chunk):
                _bulk_chunk(chunk, facts, category, status, add_tags, remove_tags)
    return running.change_set


def _bulk_chunk(chunk: list[int], facts: dict, category, status, add_tags, remove_tags) -> None:
    here = Transaction.objects.filter(pk__in=chunk)
    here.update(version=F("version") + 1, **facts)
    if category is not KEEP:
        here.filter(is_split=False, transfer=None).update(
            category=category, sorted_by=SortedBy.PERSON, certainty=None, needs_review=False
        )
    if status is not KEEP:
        movable = list(here.exclude(status=Status.RECONCILED).values_list("pk", flat=True))
        Transaction.objects.filter(pk__in=movable).update(status=status)
        Transaction.objects.filter(parent__in=movable).update(status=status)
    if remove_tags:
        TransactionTag.objects.filter(transaction__in=chunk, tag__in=remove_tags).delete()
    if add_tags:
        TransactionTag.objects.bulk_create(
            [TransactionTag(transaction_id=pk, tag=tag) for pk in chunk for tag in set(add_tags)],
            ignore_conflicts=True,
            batch_size=1000,
        )
    if facts:
        refresh_search_text(chunk)
