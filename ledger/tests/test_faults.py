"""The n-th statement to the database fails, for every n: all of an act happens, or nothing."""

import datetime as dt

import pytest
from django.db import OperationalError, connection

from accounts.tenancy import household_models
from ledger.invariants import check
from ledger.services.batches import undo_batch
from ledger.services.categories import merge_categories
from ledger.services.naming import merge_payees, merge_tags, rename_payee
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.settings import change_month_day
from ledger.services.statements import post_lines
from ledger.services.transactions import (
    Part,
    bulk_edit,
    duplicate_transaction,
    edit_transaction,
    split_transaction,
)
from ledger.services.transfers import link_transfer, record_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tests.factories import PayeeFactory, TagFactory, make_transaction

DAY = dt.date(2026, 11, 3)


class FailAt:
    """Lets `n` statements through, then loses the connection, as far as the caller can tell."""

    def __init__(self, n: int):
        self.left = n
        self.failed = False

    def __call__(self, execute, sql, params, many, context):
        # Savepoints are of the test; a lost connection needs none to be rolled back.
        if sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return execute(sql, params, many, context)
        self.left -= 1
        if self.left < 0:
            self.failed = True
            raise OperationalError("the database went away")
        return execute(sql, params, many, context)


class Scene:
    """A small ledger with one thing of each kind to act on."""

    def __init__(self, household, account, savings, food, rent, payee, tag, by):
        self.household, self.account, self.savings, self.by = household, account, savings, by
        self.food, self.rent, self.payee, self.tag = food, rent, payee, tag
        self.into_payee = PayeeFactory(household=household)
        self.into_tag = TagFactory(household=household)
        self.row = make_transaction(
            account, amount=-100, by=by, category=food, payee=payee, tags=[tag]
        )
        self.other = make_transaction(savings, amount=100, by=by)
        self.whole = make_transaction(account, amount=-60, by=by)
        parts = [Part(-40, food, payee, "p", [tag]), Part(-20, rent)]
        split_transaction(transaction=self.whole, parts=parts, by=by)
        self.transfer = record_transfer(source=account, target=savings, amount=7, date=DAY, by=by)
        pending = StatementLine(1, DAY, -350, "COFFEE 1", pending=True)
        self.batch = post_lines(account=account, lines=[pending], source="csv", by=by).batch
        gone = make_transaction(account, amount=-9, by=by)
        delete_transactions(household=household, ids=[gone.pk], by=by)
        self.gone_id = gone.pk
        self.statement = start_reconciliation(
            account=savings, statement_on=DAY, statement_balance=100, by=by
        )
        tick(reconciliation=self.statement, ids=[self.other.pk], is_ticked=True, by=by)

    def import_lines(self):
        lines = [
            StatementLine(1, DAY, -350, "COFFEE 2", payee="New Shop"),
            StatementLine(2, DAY, -60, "TWIN", external_id="x1"),
            StatementLine(3, DAY, -77, "NEW"),
        ]
        post_lines(account=self.account, lines=lines, source="csv", by=self.by)

    def import_undone(self):
        undo_batch(batch=self.batch, by=self.by)

    def edit(self):
        edit_transaction(
            transaction=self.row, by=self.by, account=self.savings, amount=-1, tags=[], notes="n"
        )

    def edit_leg(self):
        leg = self.transfer.legs.get(account=self.account)
        edit_transaction(transaction=leg, by=self.by, amount=-8)

    def split(self):
        parts = [Part(-1, self.rent, tags=[self.tag]), Part(-99, self.food)]
        split_transaction(transaction=self.row, parts=parts, by=self.by)

    def duplicate(self):
        duplicate_transaction(transaction=self.whole, by=self.by, date=DAY)

    def transfer_recorded(self):
        record_transfer(source=self.savings, target=self.account, amount=3, date=DAY, by=self.by)

    def link(self):
        link_transfer(first=self.row, second=self.other, by=self.by)

    def delete(self):
        rows = self.account.transactions.movements().values_list("pk", flat=True)
        delete_transactions(household=self.household, ids=rows, by=self.by)

    def restored(self):
        restore(household=self.household, transaction_ids=[self.gone_id], by=self.by)

    def bulk(self):
        bulk_edit(
            rows=self.account.transactions.all(),
            by=self.by,
            category=self.rent,
            notes="b",
            add_tags=[self.into_tag],
        )

    def payees_merged(self):
        merge_payees(payees=[self.payee], into=self.into_payee, by=self.by)

    def payee_renamed(self):
        rename_payee(payee=self.payee, name="Other", by=self.by)

    def categories_merged(self):
        merge_categories(categories=[self.food], into=self.rent, by=self.by)

    def tags_merged(self):
        merge_tags(tags=[self.tag], into=self.into_tag, by=self.by)

    def reconciled(self):
        finish_reconciliation(reconciliation=self.statement, by=self.by)

    def month_day(self):
        change_month_day(household=self.household, day=10, by=self.by)

    def undone(self):
        undo(change_set=self.household.change_sets.get(kind="delete"), by=self.by)


@pytest.fixture
def scene(household, account, savings, food, rent, payee, tag, alice):
    return Scene(household, account, savings, food, rent, payee, tag, alice)


def everything() -> dict:
    """Every row that belongs to households, as the database has it."""
    return {model: list(model.objects.order_by("pk").values()) for model in household_models()}


@pytest.mark.parametrize("act", [name for name in vars(Scene) if not name.startswith("_")])
def test_a_failure_anywhere_leaves_all_or_nothing(scene, act):
    before = everything()
    n = 0
    while True:
        fault = FailAt(n)
        try:
            # No transaction around it: what the act opens itself has to be enough.
            with connection.execute_wrapper(fault):
                getattr(scene, act)()
        except OperationalError:
            assert everything() == before, f"statement {n} failed and left something behind"
        else:
            assert not fault.failed, f"statement {n} failed and nobody noticed"
            break
        n += 1
    assert n > 3
    assert everything() != before
    assert check() == []
