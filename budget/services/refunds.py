"""Refunds that are waited for: watched, recognised when they come, given to a month and category."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.db.transaction import atomic

from accounts.models import Household, User
from budget.errors import ForeignCategoryError, RefundError
from budget.models import ExpectedRefund
from budget.services.shares import touched
from core.months import Month
from ledger.models import Category, Transaction
from ledger.services.acts import lock

State = ExpectedRefund.State


@dataclass(frozen=True, slots=True)
class Offer:
    """A transaction that may be a refund that is waited for."""

    expected: ExpectedRefund
    refund: Transaction


@atomic
def expect_refund(
    *,
    expense: Transaction,
    amount: int,
    by: User | None,
    expected_on: dt.date | None = None,
    note: str = "",
) -> ExpectedRefund:
    """Wait for `amount` (minor units of the expense's account, above zero) to come back.

    Raises RefundError.
    """
    if expense.amount >= 0 or expense.transfer_id or not 0 < amount <= -expense.amount:
        raise RefundError
    lock(expense.household)
    waiting = ExpectedRefund.objects.filter(expense=expense, state=State.WAITING).first()
    expected = waiting or ExpectedRefund(household=expense.household, expense=expense, made_by=by)
    expected.amount, expected.expected_on, expected.note = amount, expected_on, note
    expected.save()
    return expected


@atomic
def give_up(*, expected: ExpectedRefund) -> None:
    """Wait no longer."""
    lock(expected.household)
    ExpectedRefund.objects.filter(pk=expected.pk, state=State.WAITING).update(state=State.GIVEN_UP)


@atomic
def wait_again(*, expected: ExpectedRefund) -> None:
    """It was not this transaction after all, or it is hoped for again."""
    lock(expected.household)
    row = Transaction.objects.filter(pk=expected.refund_id).first()
    ExpectedRefund.objects.filter(pk=expected.pk).update(
        state=State.WAITING, refund=None, month=None, category=None
    )
    touched(expected.household, *([row] if row else []))


@atomic
def refund_came(
    *,
    expected: ExpectedRefund,
    refund: Transaction,
    month: Month | None = None,
    category: Category | None = None,
) -> ExpectedRefund:
    """Say that `refund` is what was waited for, and where the budget counts it.

    Without `month` and `category` it counts as it was booked. Raises RefundError,
    ForeignCategoryError.
    """
    household = expected.household
    if refund.household_id != household.pk or refund.amount <= 0 or refund.transfer_id:
        raise RefundError
    if category is not None and category.household_id != household.pk:
        raise ForeignCategoryError
    lock(household)
    taken = ExpectedRefund.objects.filter(refund=refund).exclude(pk=expected.pk)
    if taken.exists():
        raise RefundError
    expected.refund, expected.state = refund, State.CAME
    expected.month = month.index if month else None
    expected.category = category
    expected.save(update_fields=["refund", "state", "month", "category"])
    touched(household, refund)
    return expected


def find_refunds(household: Household) -> int:
    """Recognise refunds that came: linked to their expense, or of its payee and exact amount.

    They count in the category of their expense, in the month in which they came. Returns how many.
    """
    found = 0
    for expected, candidates in _candidates(household):
        sure = [row for row in candidates if _is_sure(expected, row)]
        if sure:
            category = expected.expense.category
            refund_came(expected=expected, refund=sure[0], category=category)
            found += 1
    return found


def refund_offers(household: Household) -> list[Offer]:
    """Of each refund that is waited for, transactions of its exact amount; a person decides."""
    return [
        Offer(expected, row)
        for expected, candidates in _candidates(household)
        for row in candidates
    ]


def _is_sure(expected: ExpectedRefund, row: Transaction) -> bool:
    expense = expected.expense
    if row.refund_of_id == expense.pk:
        return True
    return row.payee_id is not None and row.payee_id == expense.payee_id


def _candidates(household: Household) -> list[tuple[ExpectedRefund, list[Transaction]]]:
    """Each refund that is waited for with what it may be, the certain ones first. Two queries."""
    waiting = list(
        ExpectedRefund.objects.filter(
            household=household, state=State.WAITING, expense__isnull=False
        ).select_related("expense__category", "expense__payee", "expense__account", "household")
    )
    if not waiting:
        return []
    wanted = Q()
    for one in waiting:
        wanted |= Q(refund_of=one.expense_id) | Q(
            amount=one.amount,
            account__currency=one.expense.account.currency,
            date__gte=one.expense.date,
        )
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(wanted, amount__gt=0, transfer=None, is_split=False, expected_refund=None)
    )
    rows = list(rows.select_related("account", "payee").order_by("date", "pk")[:500])
    found, taken = [], set()
    for one in waiting:
        mine = [row for row in rows if row.pk not in taken and _fits(one, row)]
        mine.sort(key=lambda row: not _is_sure(one, row))
        if mine and _is_sure(one, mine[0]):
            taken.add(mine[0].pk)
        if mine:
            found.append((one, mine))
    return found


def _fits(expected: ExpectedRefund, row: Transaction) -> bool:
    if row.refund_of_id:
        return row.refund_of_id == expected.expense_id
    expense = expected.expense
    return (
        row.amount == expected.amount
        and row.account.currency == expense.account.currency
        and row.date >= expense.date
    )
