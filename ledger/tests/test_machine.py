"""Any sequence of acts keeps the invariants, and undoing the last one restores the ledger."""

import contextlib
import datetime as dt
import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.models import Role
from accounts.tests.factories import HouseholdFactory, MembershipFactory
from ledger import snapshots
from ledger.errors import LedgerError, NothingToUndoError
from ledger.invariants import check
from ledger.models import (
    Account,
    ChangeSet,
    Reconciliation,
    Status,
    Tombstone,
    Transaction,
)
from ledger.services.batches import undo_batch
from ledger.services.categories import merge_categories
from ledger.services.duplicates import merge_duplicates
from ledger.services.naming import find_or_make_tags, merge_payees, merge_tags, rename_payee
from ledger.services.reconciliation import (
    difference,
    finish_reconciliation,
    reconcilable,
    reopen_reconciliation,
    start_reconciliation,
    tick,
)
from ledger.services.refunds import link_refund, unlink_refund
from ledger.services.settings import change_month_day
from ledger.services.statements import post_lines
from ledger.services.transactions import (
    Part,
    add_transaction,
    bulk_edit,
    duplicate_transaction,
    edit_transaction,
    split_transaction,
)
from ledger.services.transfers import link_transfer, record_transfer, unlink_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
DAYS = st.dates(dt.date(2026, 9, 20), dt.date(2026, 12, 5))
AMOUNTS = st.integers(-50_000, 50_000).filter(bool)
PICK = st.integers(0, 10_000)


class Ledger(RuleBasedStateMachine):
    """A household at work."""

    def __init__(self):
        super().__init__()
        self.household = HouseholdFactory(first_month_day=1)
        self.by = MembershipFactory(household=self.household, role=Role.OWNER).user
        make = {"household": self.household}
        self.accounts = [AccountFactory(**make) for _ in range(2)]
        self.accounts.append(AccountFactory(currency="JPY", **make))
        self.categories = [CategoryFactory(**make) for _ in range(3)]
        self.payees = [PayeeFactory(**make) for _ in range(3)]
        self.batches = []
        self.files: list[dict] = []
        self.undoable: ChangeSet | None = None
        self.before: dict = {}

    def acts(self, act):
        """Run an act; remember the ledger before it and its change set."""
        before = self.state()
        last = ChangeSet.objects.filter(household=self.household).order_by("-pk").first()
        try:
            act()
        except LedgerError:
            self.undoable = None
            assert self.state() == before, "a refused act changed something"
            return
        made = list(
            ChangeSet.objects.filter(household=self.household, pk__gt=last.pk if last else 0)
        )
        self.undoable = made[0] if len(made) == 1 else None
        self.before = before

    def state(self) -> dict:
        rows = Transaction.objects.movements().filter(household=self.household)
        return snapshots.take(rows.values_list("pk", flat=True))

    def row(self, number: int) -> Transaction | None:
        rows = list(Transaction.objects.movements().filter(household=self.household).order_by("pk"))
        return rows[number % len(rows)] if rows else None

    @rule(account=PICK, date=DAYS, amount=AMOUNTS, category=PICK, payee=PICK, pending=st.booleans())
    def add(self, account, date, amount, category, payee, pending):
        self.acts(
            lambda: add_transaction(
                account=self.accounts[account % 3],
                date=date,
                amount=amount,
                by=self.by,
                category=self.categories[category % 3],
                payee=self.payees[payee % 3],
                status=Status.PENDING if pending else Status.BOOKED,
                tags=find_or_make_tags(household=self.household, names=["a"]),
            )
        )

    @rule(number=PICK, date=DAYS, amount=AMOUNTS, account=PICK)
    def edit(self, number, date, amount, account):
        if row := self.row(number):
            facts = {"date": date, "amount": amount, "account": self.accounts[account % 2]}
            self.acts(lambda: edit_transaction(transaction=row, by=self.by, **facts))

    @rule(number=PICK, share=st.integers(1, 99))
    def split(self, number, share):
        if row := self.row(number):
            first = row.amount * share // 100
            parts = [
                Part(
                    first,
                    self.categories[0],
                    tags=find_or_make_tags(household=self.household, names=["b"]),
                ),
                Part(row.amount - first, self.categories[1], self.payees[0], "half"),
            ]
            self.acts(lambda: split_transaction(transaction=row, parts=parts, by=self.by))

    @rule(number=PICK)
    def join(self, number):
        if row := self.row(number):
            self.acts(lambda: split_transaction(transaction=row, parts=[], by=self.by))

    @rule(number=PICK)
    def duplicate(self, number):
        if row := self.row(number):
            self.acts(lambda: duplicate_transaction(transaction=row, by=self.by))

    @rule(amount=st.integers(1, 9999), date=DAYS, to_yen=st.booleans())
    def transfer(self, amount, date, to_yen):
        target = self.accounts[2 if to_yen else 1]
        self.acts(
            lambda: record_transfer(
                source=self.accounts[0],
                target=target,
                amount=amount,
                target_amount=amount * 160 if to_yen else None,
                date=date,
                by=self.by,
            )
        )

    @rule(first=PICK, second=PICK)
    def link(self, first, second):
        one, two = self.row(first), self.row(second)
        if one and two:
            self.acts(lambda: link_transfer(first=one, second=two, by=self.by))

    @rule(number=PICK)
    def unlink(self, number):
        row = self.row(number)
        if row and row.transfer:
            self.acts(lambda: unlink_transfer(transfer=row.transfer, by=self.by))

    @rule(numbers=st.lists(PICK, min_size=1, max_size=3))
    def delete(self, numbers):
        ids = [row.pk for number in numbers if (row := self.row(number))]
        self.acts(lambda: delete_transactions(household=self.household, ids=ids, by=self.by))

    @rule(number=PICK)
    def restore(self, number):
        graves = list(
            Tombstone.objects.filter(household=self.household).exclude(snapshot=None).order_by("pk")
        )
        if graves:
            pk = graves[number % len(graves)].transaction_id
            self.acts(lambda: restore(household=self.household, transaction_ids=[pk], by=self.by))

    @rule(category=PICK)
    def bulk(self, category):
        rows = Transaction.objects.for_household(self.household).filter(amount__lt=0)
        self.acts(
            lambda: bulk_edit(
                rows=rows,
                by=self.by,
                category=self.categories[category % 3],
                status=Status.PENDING,
                add_tags=find_or_make_tags(household=self.household, names=["c"]),
            )
        )

    @rule(
        amounts=st.lists(st.sampled_from([-350, -1200, 9900]), min_size=1, max_size=4),
        date=DAYS,
        pending=st.booleans(),
    )
    def bring_in(self, amounts, date, pending):
        lines = [
            StatementLine(n, date, amount, "SHOP", pending=pending)
            for n, amount in enumerate(amounts, 1)
        ]
        facts = {"account": self.accounts[0], "lines": lines, "source": "csv", "by": self.by}
        self.batches.append(post_lines(**facts).batch)
        self.files.append(facts)
        self.undoable = None

    @precondition(lambda self: self.files)
    @rule(number=PICK)
    def bring_in_again(self, number):
        assert post_lines(**self.files[number % len(self.files)]).added == 0
        self.undoable = None

    @precondition(lambda self: self.batches)
    @rule(number=PICK)
    def undo_import(self, number):
        with contextlib.suppress(NothingToUndoError):
            undo_batch(batch=self.batches[number % len(self.batches)], by=self.by)
            self.files.clear()  # their lines may be new again
        self.undoable = None

    @rule(date=DAYS)
    def reconcile(self, date):
        account = Account.objects.get(pk=self.accounts[0].pk)

        def act():
            reconciliation = start_reconciliation(
                account=account, statement_on=date, statement_balance=0, by=self.by
            )
            ids = list(reconcilable(reconciliation).values_list("pk", flat=True))
            tick(reconciliation=reconciliation, ids=ids, is_ticked=True, by=self.by)
            reconciliation.statement_balance -= difference(reconciliation)
            reconciliation.save()
            finish_reconciliation(reconciliation=reconciliation, by=self.by)

        with contextlib.suppress(LedgerError):
            act()
        self.undoable = None

    @rule(day=st.sampled_from([1, 10, 25]))
    def move_month(self, day):
        change_month_day(household=self.household, day=day, by=self.by)
        self.undoable = None

    @rule(number=PICK)
    def merge(self, number):
        """Merge a payee, after which another takes its place. Undo can follow."""
        gone = number % 3
        into = self.payees[(gone + 1) % 3]
        self.acts(lambda: merge_payees(payees=[self.payees[gone]], into=into, by=self.by))
        self.payees[gone] = PayeeFactory(household=self.household)

    @rule(number=PICK)
    def merge_categories(self, number):
        gone, into = self.categories[number % 3], self.categories[(number + 1) % 3]
        self.acts(lambda: merge_categories(categories=[gone], into=into, by=self.by))

    @rule(number=PICK)
    def merge_tags(self, number):
        names = ["a", "b", "c"]
        tags = find_or_make_tags(household=self.household, names=names)
        gone, into = tags[number % 3], tags[(number + 1) % 3]
        self.acts(lambda: merge_tags(tags=[gone], into=into, by=self.by))

    @rule(number=PICK, other=PICK)
    def merge_rows(self, number, other):
        """Merge two rows that may be one: of one account, with one amount."""
        if row := self.row(number):
            same = Transaction.objects.movements().filter(account=row.account, amount=row.amount)
            twins = list(same.exclude(pk=row.pk).order_by("pk"))
            if twins:
                drop = twins[other % len(twins)]
                self.acts(lambda: merge_duplicates(keep=row, drop=drop, by=self.by))

    @rule(number=PICK)
    def rename(self, number):
        rename_payee(payee=self.payees[number % 3], name=f"Payee {number}", by=self.by)
        self.undoable = None

    @rule(first=PICK, second=PICK)
    def refund(self, first, second):
        one, two = self.row(first), self.row(second)
        if one and two:
            self.acts(lambda: link_refund(refund=one, expense=two, by=self.by))

    @rule(number=PICK)
    def refund_no_more(self, number):
        if row := self.row(number):
            self.acts(lambda: unlink_refund(refund=row, by=self.by))

    @rule(number=PICK)
    def reopen(self, number):
        statements = list(Reconciliation.objects.filter(household=self.household).order_by("pk"))
        if statements:
            statement = statements[number % len(statements)]
            with contextlib.suppress(LedgerError):
                reopen_reconciliation(reconciliation=statement, by=self.by)
            self.undoable = None

    @rule(number=PICK)
    def undo_any(self, number):
        """Undo any act, however long ago: what cannot be undone any more is refused or kept."""
        acts = list(ChangeSet.objects.filter(household=self.household).order_by("pk"))
        if acts:
            self.acts(lambda: undo(change_set=acts[number % len(acts)], by=self.by))

    @precondition(lambda self: self.undoable is not None)
    @rule()
    def undo_last(self):
        change_set, self.undoable = self.undoable, None
        if change_set.kind == ChangeSet.Kind.RECONCILE:
            return
        undone = undo(change_set=change_set, by=self.by)
        assert undone.kept_ids == ()
        assert self.state() == self.before

    @invariant()
    def everything_holds(self):
        assert check(self.household) == []


class TestLedger(TestCase, Ledger.TestCase):
    settings = settings(
        max_examples=400 if LONG else 20, stateful_step_count=50 if LONG else 15, deadline=None
    )


pytestmark = pytest.mark.django_db
