"""Money that comes back for an expense."""

from django.db.models import F

from accounts.models import User
from core.months import add_months
from ledger.errors import RefundError
from ledger.models import ChangeSet, Transaction
from ledger.services.acts import act
from ledger.services.rules import claim


def link_refund(*, refund: Transaction, expense: Transaction, by: User | None) -> ChangeSet | None:
    """Say that `refund` (money in) pays back `expense` (money out). Changes no totals.

    Raises RefundError.
    """
    with act(household=refund.household, by=by, kind=ChangeSet.Kind.REFUND) as running:
        refund, expense = claim(refund, None), claim(expense, None)
        if (
            refund.household_id != expense.household_id
            or not refund.amount > 0 > expense.amount
            or refund.transfer_id
            or expense.transfer_id
        ):
            raise RefundError
        with running.changing([refund.pk]):
            Transaction.objects.filter(pk=refund.pk).update(
                refund_of=expense, version=F("version") + 1
            )
    return running.change_set


def unlink_refund(*, refund: Transaction, by: User | None) -> ChangeSet | None:
    """Forget which expense a refund paid back."""
    with act(household=refund.household, by=by, kind=ChangeSet.Kind.REFUND) as running:
        with running.changing([refund.pk]):
            Transaction.objects.filter(pk=refund.pk).update(
                refund_of=None, version=F("version") + 1
            )
    return running.change_set


def refund_candidates(refund: Transaction) -> list[Transaction]:
    """Expenses of the last year that `refund` could pay back: the same payee first, then newest."""
    rows = (
        Transaction.objects.for_household(refund.household)
        .movements()
        .filter(
            amount__lte=-refund.amount,
            date__range=(add_months(refund.date, -12), refund.date),
            transfer=None,
        )
        .select_related("account", "payee")
        .newest_first()
    )
    same_payee = list(rows.filter(payee=refund.payee_id)[:10]) if refund.payee_id else []
    exact = list(rows.filter(amount=-refund.amount)[:10])
    seen: dict[int, Transaction] = {row.pk: row for row in (*same_payee, *exact)}
    return list(seen.values())[:10]
