"""Money that moves between two accounts of the household."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger.errors import ClosedAccountError, LedgerError, ReconciledError, TransferError
from ledger.models import Account, ChangeSet, Status, Transaction, Transfer, TransferRefusal
from ledger.services.acts import act
from ledger.services.rules import claim, ensure_amount
from ledger.services.search import refresh_search_text


def record_transfer(
    *,
    source: Account,
    target: Account,
    amount: int,
    date: dt.date,
    by: User | None,
    target_amount: int | None = None,
    notes: str = "",
    status: int = Status.BOOKED,
) -> Transfer:
    """Move `amount` (> 0, minor units of the source's currency) from `source` to `target`.

    Between currencies `target_amount` (> 0, minor units of the target's) is what arrives. Raises
    TransferError, ClosedAccountError, LedgerError.
    """
    household = source.household
    if source.pk == target.pk:
        raise TransferError(_("A transfer needs two different accounts."))
    if target.household_id != source.household_id:
        raise TransferError
    if source.is_closed or target.is_closed:
        raise ClosedAccountError
    if source.currency == target.currency:
        if target_amount not in (None, amount):
            raise TransferError(_("In one currency both sides have the same amount."))
        target_amount = amount
    if target_amount is None:
        raise TransferError(_("Say how much arrives: the accounts have different currencies."))
    if status == Status.RECONCILED:
        raise ReconciledError(_("A new transaction is reconciled by a reconciliation only."))
    for side in (amount, target_amount):
        ensure_amount(side)
        if side < 0:
            raise LedgerError(_("Enter the amount without a sign."))
    with act(household=household, by=by, kind=ChangeSet.Kind.TRANSFER) as running:
        with running.changing(()) as made:
            transfer = Transfer.objects.create(household=household)
            legs = Transaction.objects.bulk_create(
                Transaction(
                    household=household,
                    account=account,
                    date=date,
                    month=household.month_of(date).index,
                    amount=signed,
                    transfer=transfer,
                    notes=notes,
                    status=status,
                )
                for account, signed in ((source, -amount), (target, target_amount))
            )
            made.update(leg.pk for leg in legs)
            refresh_search_text(made)
    transfer.change_set = running.change_set
    return transfer


def link_transfer(*, first: Transaction, second: Transaction, by: User | None) -> Transfer:
    """Say that two transactions are one transfer; their categories go, refunds are unlinked.

    Raises TransferError with the reason when they cannot be.
    """
    household = first.household
    with act(household=household, by=by, kind=ChangeSet.Kind.TRANSFER) as running:
        first, second = claim(first, None), claim(second, None)
        _check_pair(first, second)
        legs = [first.pk, second.pk]
        refunds = Transaction.objects.filter(refund_of__in=legs).exclude(pk__in=legs)
        with running.changing([*legs, *refunds.values_list("pk", flat=True)]):
            transfer = Transfer.objects.create(household=household)
            refunds.update(refund_of=None, version=F("version") + 1)
            Transaction.objects.filter(pk__in=legs).update(
                transfer=transfer, category=None, refund_of=None, version=F("version") + 1
            )
    transfer.change_set = running.change_set
    return transfer


def make_transfer(
    *, row: Transaction, account: Account, by: User | None, other_amount: int | None = None
) -> Transfer:
    """Say that the other side of `row` is on `account`, and add it there on the same day.

    Between currencies `other_amount` (> 0, minor units of the account's) is what moved there. The
    row's category goes. Raises TransferError, ClosedAccountError.
    """
    if account.is_closed:
        raise ClosedAccountError
    if account.currency == row.account.currency:
        other_amount = abs(row.amount)
    if not other_amount:
        raise TransferError(_("Say how much moved there: the accounts have different currencies."))
    ensure_amount(other_amount)
    with act(household=row.household, by=by, kind=ChangeSet.Kind.TRANSFER) as running:
        row = claim(row, None)
        other = Transaction(
            household=row.household,
            account=account,
            date=row.date,
            month=row.month,
            amount=-other_amount if row.amount > 0 else other_amount,
            payee=row.payee,
        )
        _check_pair(row, other)
        refunds = Transaction.objects.filter(refund_of=row)
        with running.changing([row.pk, *refunds.values_list("pk", flat=True)]) as changed:
            refunds.update(refund_of=None, version=F("version") + 1)
            other.transfer = Transfer.objects.create(household=row.household)
            other.save(force_insert=True)
            Transaction.objects.filter(pk=row.pk).update(
                transfer=other.transfer, category=None, refund_of=None, version=F("version") + 1
            )
            changed.add(other.pk)
            refresh_search_text({other.pk})
    other.transfer.change_set = running.change_set
    return other.transfer


def _check_pair(first: Transaction, second: Transaction) -> None:
    if first.household_id != second.household_id or first.account_id == second.account_id:
        raise TransferError(_("A transfer needs two different accounts of your household."))
    if first.transfer_id or second.transfer_id:
        raise TransferError(_("One of these is already part of a transfer."))
    if first.is_split or second.is_split:
        raise TransferError(_("A split transaction cannot be part of a transfer."))
    if (first.amount > 0) == (second.amount > 0):
        raise TransferError(_("One side of a transfer is money out, the other money in."))
    same_currency = first.account.currency == second.account.currency
    if same_currency and first.amount + second.amount != 0:
        raise TransferError(_("In one currency both sides have the same amount."))


def unlink_transfer(*, transfer: Transfer, by: User | None) -> ChangeSet:
    """Make two ordinary transactions of a transfer's legs; the pair is not joined by itself again."""
    household = transfer.household
    with act(household=household, by=by, kind=ChangeSet.Kind.TRANSFER) as running:
        legs = sorted(transfer.legs.values_list("pk", flat=True))
        if len(legs) == 2:
            refuse_transfer(household=household, ids=legs)
        with running.changing(legs):
            transfer.legs.update(transfer=None, version=F("version") + 1)
            Transfer.objects.filter(pk=transfer.pk).delete()
    return running.change_set


def refuse_transfer(*, household: Household, ids: Sequence[int]) -> None:
    """Remember that the two transactions are no transfer, however alike they look."""
    first, second = sorted(ids)
    TransferRefusal.objects.get_or_create(household=household, first_id=first, second_id=second)


def transfer_candidates(row: Transaction, days: int = 7) -> list[Transaction]:
    """Transactions that could be the other side of `row`, nearest day first; at most ten."""
    reach = dt.timedelta(days=days)
    same = (
        Transaction.objects.for_household(row.household)
        .movements()
        .filter(
            amount=-row.amount,
            account__currency=row.account.currency,
            date__range=(row.date - reach, row.date + reach),
            transfer=None,
            is_split=False,
        )
    )
    found = list(same.exclude(account=row.account_id).select_related("account", "payee")[:50])
    return sorted(found, key=lambda other: abs((other.date - row.date).days))[:10]
