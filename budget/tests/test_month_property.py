"""Whatever happens, in whatever order, and whatever was looked at before: the figures shown are
those that come of going through all rows from the first month on."""

import contextlib
import datetime as dt
import os
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from accounts.models import Household
from accounts.tests.factories import MembershipFactory
from budget.errors import BudgetError
from budget.models import BudgetPlan, ExpectedRefund
from budget.month import budget_month
from budget.services.amounts import copy_month, hold, move_money, set_amount
from budget.services.filling import apply_templates, set_to_average
from budget.services.plans import change_plan, set_category_plan
from budget.services.refunds import expect_refund, find_refunds, refund_came, wait_again
from budget.services.shares import share_transaction, unshare
from budget.tests import oracle
from budget.tests.factories import make_budget
from core.months import Month
from currencies.models import Rate
from currencies.services import type_rate
from ledger.errors import LedgerError
from ledger.invariants import check
from ledger.models import ChangeSet, Status, Tombstone, Transaction
from ledger.services.accounts import edit_account
from ledger.services.categories import merge_categories
from ledger.services.refunds import link_refund
from ledger.services.settings import change_month_day
from ledger.services.transactions import Part, add_transaction, edit_transaction, split_transaction
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.tests.factories import AccountFactory

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
FIRST = Month.of(2026, 10)
MONTHS = [FIRST + n for n in range(5)]
DAYS = st.dates(dt.date(2026, 8, 20), dt.date(2027, 3, 5))
AMOUNTS = st.integers(-50_000, 50_000).filter(bool)
PICK = st.integers(0, 10_000)
MONTH = st.sampled_from(MONTHS)


class Budget(RuleBasedStateMachine):
    """A household that spends, and budgets, and looks."""

    def __init__(self):
        super().__init__()
        made = make_budget(first=FIRST, method=BudgetPlan.Method.ENVELOPES)
        self.household, account, self.salary, self.spending = made
        MembershipFactory(household=self.household)
        make = {"household": self.household}
        self.accounts = [
            account,
            AccountFactory(opening_balance=123_456, **make),
            AccountFactory(is_off_budget=True, **make),
            AccountFactory(currency="USD", opening_balance=1_000, **make),
        ]
        for day in range(0, 240, 8):
            on = dt.date(2026, 8, 10) + dt.timedelta(days=day)
            Rate.objects.update_or_create(
                currency="USD", on=on, defaults={"per_euro": Decimal("0.5")}
            )
        self.refunds: list[ExpectedRefund] = []

    def category(self, number: int):
        return [None, self.salary, *self.spending][number % 5]

    def row(self, number: int) -> Transaction | None:
        rows = list(Transaction.objects.movements().filter(household=self.household).order_by("pk"))
        return rows[number % len(rows)] if rows else None

    @rule(account=PICK, date=DAYS, amount=AMOUNTS, category=PICK, pending=st.booleans())
    def add(self, account, date, amount, category, pending):
        add_transaction(
            account=self.accounts[account % 4],
            date=date,
            amount=amount,
            by=None,
            category=self.category(category),
            status=Status.PENDING if pending else Status.BOOKED,
        )

    @rule(number=PICK, date=DAYS, amount=AMOUNTS)
    def edit(self, number, date, amount):
        if row := self.row(number):
            with contextlib.suppress(LedgerError):
                edit_transaction(transaction=row, by=None, date=date, amount=amount)

    @rule(number=PICK, category=PICK)
    def recategorise(self, number, category):
        if row := self.row(number):
            with contextlib.suppress(LedgerError):
                edit_transaction(transaction=row, by=None, category=self.category(category))

    @rule(number=PICK, one=AMOUNTS, first=PICK, second=PICK)
    def split(self, number, one, first, second):
        row = self.row(number)
        if row and row.amount != one:
            parts = [Part(one, self.category(first)), Part(row.amount - one, self.category(second))]
            with contextlib.suppress(LedgerError):
                split_transaction(transaction=row, parts=parts, by=None)

    @rule(here=PICK, there=PICK, amount=st.integers(1, 90_000), date=DAYS)
    def transfer(self, here, there, amount, date):
        pair = (self.accounts[here % 4], self.accounts[there % 4])
        arrives = None if pair[0].currency == pair[1].currency else amount + 7
        with contextlib.suppress(LedgerError):
            record_transfer(
                source=pair[0], target=pair[1], amount=amount, target_amount=arrives,
                date=date, by=None,
            )  # fmt: skip

    @rule(number=PICK)
    def delete(self, number):
        if row := self.row(number):
            with contextlib.suppress(LedgerError):
                delete_transactions(household=self.household, ids=[row.pk], by=None)

    @rule(number=PICK)
    def bring_back(self, number):
        graves = list(
            Tombstone.objects.filter(household=self.household).exclude(snapshot=None).order_by("pk")
        )
        if graves:
            ids = [graves[number % len(graves)].transaction_id]
            with contextlib.suppress(LedgerError):
                restore(household=self.household, transaction_ids=ids, by=None)

    @rule(number=PICK)
    def undo_any(self, number):
        acts = list(ChangeSet.objects.filter(household=self.household).order_by("pk"))
        if acts:
            with contextlib.suppress(LedgerError):
                undo(change_set=acts[number % len(acts)], by=None)

    @rule(number=PICK, own=st.integers(0, 3), exact=st.booleans(), part=st.booleans())
    def share(self, number, own, exact, part):
        row = self.row(number)
        if row and part and row.is_split:
            row = row.parts.order_by("pk").first()
        if row:
            amount = row.amount // 3 if exact and row.amount > 0 else None
            with contextlib.suppress(BudgetError):
                share_transaction(transaction=row, own=own, whole=3, own_amount=amount, by=None)

    @rule(number=PICK)
    def share_no_more(self, number):
        if row := self.row(number):
            unshare(transaction=row)

    @rule(number=PICK, amount=st.integers(1, 20_000))
    def wait_for_a_refund(self, number, amount):
        if row := self.row(number):
            with contextlib.suppress(BudgetError):
                self.refunds.append(expect_refund(expense=row, amount=amount, by=None))

    @rule(number=PICK, other=PICK, month=st.none() | MONTH, category=PICK)
    def refund_comes(self, number, other, month, category):
        row = self.row(other)
        if row and self.refunds:
            one = ExpectedRefund.objects.get(pk=self.refunds[number % len(self.refunds)].pk)
            with contextlib.suppress(BudgetError):
                refund_came(expected=one, refund=row, month=month, category=self.category(category))

    @rule(number=PICK)
    def refund_did_not_come(self, number):
        if self.refunds:
            wait_again(expected=ExpectedRefund.objects.get(
                pk=self.refunds[number % len(self.refunds)].pk
            ))  # fmt: skip

    @rule(first=PICK, second=PICK)
    def link_and_find(self, first, second):
        one, two = self.row(first), self.row(second)
        if one and two:
            with contextlib.suppress(LedgerError):
                link_refund(refund=one, expense=two, by=None)
            find_refunds(self.household)

    @rule(category=PICK, month=MONTH, amount=st.none() | st.integers(0, 60_000))
    def budget(self, category, month, amount):
        chosen = [self.salary, *self.spending][category % 4]
        with contextlib.suppress(BudgetError):
            set_amount(
                household=self.household, category=chosen, month=month, amount=amount, by=None
            )

    @rule(here=PICK, there=PICK, month=MONTH, amount=st.integers(1, 9_000))
    def move(self, here, there, month, amount):
        ends = [None, *self.spending]
        with contextlib.suppress(BudgetError):
            move_money(
                household=self.household, month=month, amount=amount, by=None,
                source=ends[here % 4], target=ends[there % 4],
            )  # fmt: skip

    @rule(month=MONTH, amount=st.integers(0, 9_000))
    def keep(self, month, amount):
        with contextlib.suppress(BudgetError):
            hold(household=self.household, month=month, amount=amount)

    @rule(month=MONTH, overwrite=st.booleans(), how=st.sampled_from(["copy", "mean", "template"]))
    def fill(self, month, overwrite, how):
        facts = {"household": self.household, "by": None, "overwrite": overwrite}
        with contextlib.suppress(BudgetError):
            if how == "copy":
                copy_month(source=month - 1, target=month, **facts)
            elif how == "mean":
                set_to_average(month=month, months=3, **facts)
            else:
                apply_templates(month=month, **facts)

    @rule(
        category=PICK,
        carry=st.sampled_from(["", "none", "unspent", "all"]),
        period=st.sampled_from(["week", "month", "year"]),
        template=st.sampled_from(["", "rest", "up_to", "weekly"]),
    )
    def plan_category(self, category, carry, period, template):
        set_category_plan(
            category=self.spending[category % 3], carry=carry, period=period, template=template,
            template_amount=5_000,
        )  # fmt: skip

    @rule(method=st.sampled_from(BudgetPlan.Method.values), first=st.integers(0, 2))
    def change_method(self, method, first):
        change_plan(household=self.household, method=method, first_month=(FIRST + first).index)

    @rule(number=PICK, amount=st.integers(-9_000, 9_000))
    def change_opening_balance(self, number, amount):
        account = self.accounts[number % 4]
        account.refresh_from_db()
        names = "name kind currency opened_on institution number colour is_off_budget".split()
        facts = {name: getattr(account, name) for name in names}
        edit_account(account=account, **{**facts, "opening_balance": amount})

    @rule(number=PICK)
    def merge(self, number):
        into = self.spending[(number + 1) % 3]
        with contextlib.suppress(LedgerError):
            merge_categories(categories=[self.spending[number % 3]], into=into, by=None)

    @rule(day=st.sampled_from([1, 10, 25]))
    def move_month(self, day):
        change_month_day(household=Household.objects.get(pk=self.household.pk), day=day, by=None)
        self.household.refresh_from_db()

    @rule(day=DAYS)
    def type_the_same_rate(self, day):
        type_rate(currency="USD", on=day, per_euro=Decimal("0.5"))

    @rule(month=MONTH)
    def look(self, month):
        budget_month(self.household, month)

    @invariant()
    def what_is_shown_is_what_the_rows_say(self):
        plan = BudgetPlan.objects.get(household=self.household)
        expected = oracle.budget(self.household, [m.index for m in MONTHS])
        for month in MONTHS:
            if month.index < plan.first_month:
                continue
            shown = budget_month(self.household, month)
            to_assign, left = expected[month.index]
            lines = [line for group in shown.groups for line in group.lines if line.category]
            assert {line.key: line.available for line in lines if line.available} == left
            if plan.method == "envelopes":
                assert shown.to_assign == to_assign
                kept = shown.row.held
                envelopes = sum(line.available for line in lines)
                assert shown.to_assign + kept + envelopes == shown.total
                assert shown.total == oracle.balances(self.household, month.index)
                terms = shown.figure("to_assign").explanation.counted
                assert sum(term.amount for term in terms) == shown.to_assign

    def teardown(self):
        assert check(self.household) == []


class TestBudget(TestCase, Budget.TestCase):
    settings = settings(
        max_examples=300 if LONG else 8, stateful_step_count=40 if LONG else 12, deadline=None
    )


pytestmark = pytest.mark.django_db
