"""What is kept of months before is never shown after any of the things that it hangs on changed."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budget.models import BudgetPlan, ExpectedRefund
from budget.month import budget_month
from budget.services.amounts import hold, move_money, set_amount
from budget.services.plans import change_plan, set_category_plan
from budget.services.refunds import expect_refund, refund_came, wait_again
from budget.services.shares import share_transaction, unshare
from budget.tests.factories import make_budget
from core.months import Month
from currencies.models import Rate
from ledger.models import Account, Transaction
from ledger.services.accounts import open_account
from ledger.services.settings import change_month_day
from ledger.services.transactions import (
    Part,
    add_transaction,
    bulk_edit,
    edit_transaction,
    split_transaction,
)
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions
from ledger.services.undo import undo

FIRST = Month.of(2026, 6)
NOVEMBER = Month.of(2026, 11)
JULY = dt.date(2026, 7, 14)


class House:
    """Five months of envelopes, with one of everything that they hang on."""

    def __init__(self, household):
        made = make_budget(household, method=BudgetPlan.Method.ENVELOPES, first=FIRST)
        self.household, self.account, self.salary, (self.food, self.fun, self.rent) = made
        self.dollars = self._account("Dollars", "USD")
        self.loan = self._account("Loan", "EUR", is_off_budget=True)
        self.rate = Rate.objects.create(currency="USD", on=JULY, per_euro=Decimal("1.25"))
        self.add(200_000, self.salary)
        self.row = self.add(-9_000, self.food)
        self.add(-5_000, self.food, account=self.dollars)
        self.expected = expect_refund(expense=self.row, amount=3_000, by=None)
        self.refund = self.add(3_000, self.fun, day=dt.date(2026, 11, 20))
        refund_came(expected=self.expected, refund=self.refund, month=FIRST + 1, category=self.food)
        share_transaction(transaction=self.add(-6_000, self.fun), by=None)
        self.budget(self.food, 30_000)
        self.budget(self.fun, 8_000)

    def _account(self, name, currency, **facts):
        return open_account(
            household=self.household, name=name, kind=Account.Kind.CURRENT, currency=currency,
            opening_balance=10_000, opened_on=JULY, **facts,
        )  # fmt: skip

    def add(self, amount, category=None, account=None, day=JULY):
        return add_transaction(
            account=account or self.account, date=day, amount=amount, category=category, by=None
        )

    def budget(self, category, amount, month=FIRST + 1):
        set_amount(household=self.household, category=category, month=month, amount=amount, by=None)

    def shared(self):
        return Transaction.objects.get(household=self.household, share__isnull=False)

    def figures(self):
        """What October and December show of the months before. A refund of November counts in July."""
        found = []
        for month in (NOVEMBER - 1, NOVEMBER + 1):
            shown = budget_month(self.household, month)
            carried = {line.key: line.carried for line in shown.lines.values() if line.carried}
            found.append((shown.to_assign, shown.total, carried))
        return found


def _undo(house):
    undo(change_set=bulk_edit(rows=_rows(house), category=house.rent, by=None), by=None)
    edited = edit_transaction(transaction=house.row, by=None, amount=-123)
    house.figures()
    undo(change_set=edited, by=None)
    edit_transaction(transaction=house.row, by=None, amount=-122)


def _rows(house):
    return Transaction.objects.filter(pk=house.row.pk)


CHANGES = {
    "a late transaction": lambda h: h.add(-70, h.food),
    "a late transaction before the first month": lambda h: h.add(70, day=dt.date(2026, 1, 3)),
    "another amount": lambda h: edit_transaction(transaction=h.row, by=None, amount=-9_001),
    "another month": lambda h: edit_transaction(
        transaction=h.row, by=None, date=dt.date(2026, 12, 3)
    ),
    "another category": lambda h: bulk_edit(rows=_rows(h), category=h.rent, by=None),
    "a split": lambda h: split_transaction(
        transaction=h.row, parts=[Part(-4_000, h.food), Part(-5_000, h.rent)], by=None
    ),
    "a deletion": lambda h: delete_transactions(household=h.household, ids=[h.row.pk], by=None),
    "an undo": _undo,
    "a transfer off budget": lambda h: record_transfer(
        source=h.account, target=h.loan, amount=500, date=JULY, by=None
    ),
    "a share": lambda h: share_transaction(transaction=h.row, by=None),
    "a share less": lambda h: unshare(transaction=h.shared()),
    "a refund less": lambda h: wait_again(expected=ExpectedRefund.objects.get()),
    "a later refund's amount": lambda h: edit_transaction(
        transaction=h.refund, by=None, amount=2_900
    ),
    "a later refund's deletion": lambda h: delete_transactions(
        household=h.household, ids=[h.refund.pk], by=None
    ),
    "an amount": lambda h: h.budget(h.fun, 700),
    "an amount less": lambda h: h.budget(h.food, None),
    "a move": lambda h: move_money(
        household=h.household, month=FIRST + 2, source=h.food, target=h.fun, amount=10, by=None
    ),
    "a carry-over": lambda h: set_category_plan(category=h.food, carry="none"),
    "the first month": lambda h: change_plan(household=h.household, first_month=(FIRST + 2).index),
    "the first day of months": lambda h: change_month_day(household=h.household, day=15, by=None),
    "an opening balance": lambda h: Account.objects.filter(pk=h.account.pk).update(
        opening_balance=77
    ),
    "an account off budget": lambda h: Account.objects.filter(pk=h.loan.pk).update(
        is_off_budget=False
    ),
    "a rate": lambda h: Rate.objects.filter(pk=h.rate.pk).update(per_euro=Decimal("1.3")),
    "a new rate": lambda h: (
        Rate.objects.create(currency="USD", on=JULY - dt.timedelta(days=1), per_euro=Decimal("1.3"))
        and Rate.objects.filter(pk=h.rate.pk).delete()
    ),
}


@pytest.fixture
def house(alice, household):
    return House(household)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_kept_is_not_shown_after(house, change):
    before = house.figures()
    CHANGES[change](house)
    house.household.refresh_from_db()
    shown = house.figures()
    cache.clear()
    assert shown == house.figures()
    assert shown != before, "this change changes nothing: it proves nothing"


def test_a_second_look_asks_for_nothing_of_the_months_before(house):
    house.figures()
    hold(household=house.household, month=NOVEMBER + 1, amount=5)
    with CaptureQueriesContext(connection) as first:
        house.figures()
    cache.clear()
    with CaptureQueriesContext(connection) as second:
        house.figures()
    assert len(first) < len(second)
