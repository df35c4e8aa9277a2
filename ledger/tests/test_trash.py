"""Delete, restore, purge."""

import datetime as dt

import pytest
from django.utils import timezone

from ledger import snapshots
from ledger.errors import LedgerError, ReconciledError
from ledger.models import Account, Payee, Tag, Tombstone, Transaction, Transfer
from ledger.services.categories import merge_categories
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.refunds import link_refund
from ledger.services.statements import Outcome, post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions, purge_trash, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tasks import purge_trash as purge_task
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.usefixtures("sound")
DAY = dt.date(2026, 11, 3)


def state():
    return snapshots.take(Transaction.objects.movements().values_list("pk", flat=True))


@pytest.fixture
def trash(household, alice):
    class Trash:
        def delete(self, *rows):
            ids = [row.pk for row in rows]
            return delete_transactions(household=household, ids=ids, by=alice)

        def restore(self, *rows):
            ids = [row.pk for row in rows]
            return restore(household=household, transaction_ids=ids, by=alice)

    return Trash()


@pytest.fixture
def legs(account, savings, alice):
    transfer = record_transfer(source=account, target=savings, amount=500, date=DAY, by=alice)
    return [transfer.legs.get(account=place) for place in (account, savings)]


def test_a_deleted_split_comes_back_as_it_was(account, food, rent, payee, tag, alice, trash):
    row = make_transaction(account, amount=-100, by=alice, payee=payee, tags=[tag], notes="n")
    split_transaction(
        transaction=row, parts=[Part(-60, food, payee, "p", [tag]), Part(-40, rent)], by=alice
    )
    before = state()
    trash.delete(row)
    assert not Transaction.objects.exists()
    grave = Tombstone.objects.get()
    assert (grave.transaction_id, grave.deleted_by) == (row.pk, alice)
    trash.restore(row)
    assert state() == before
    assert not Tombstone.objects.exists()


def test_deleting_reconciled_rows_deletes_nothing(account, alice, trash):
    rows = [make_transaction(account, amount=-1, by=alice) for _ in range(2)]
    statement = start_reconciliation(
        account=account, statement_on=DAY, statement_balance=-1, by=alice
    )
    tick(reconciliation=statement, ids=[rows[0].pk], is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    with pytest.raises(ReconciledError):
        trash.delete(*rows)
    assert Transaction.objects.count() == 2


def test_rows_of_another_household_and_parts_are_not_deleted(
    account, food, rent, foreign, alice, trash
):
    theirs = make_transaction(foreign["account"])
    row = make_transaction(account, amount=-100, by=alice)
    split_transaction(transaction=row, parts=[Part(-60, food), Part(-40, rent)], by=alice)
    assert trash.delete(theirs, *row.parts.all()) is None
    assert Transaction.objects.count() == 4


def test_the_other_leg_becomes_ordinary_and_is_linked_again(legs, trash):
    before = state()
    trash.delete(legs[0])
    legs[1].refresh_from_db()
    assert legs[1].transfer is None
    assert not Transfer.objects.exists()
    trash.restore(legs[0])
    assert state() == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_both_legs_come_back_as_a_transfer_in_any_order(legs, trash, order):
    before = state()
    for number in order:
        trash.delete(legs[number])
    trash.restore(legs[0])
    trash.restore(legs[1])
    assert state() == before


def test_both_legs_deleted_apart_are_restored_at_once(legs, trash):
    before = state()
    trash.delete(legs[0])
    trash.delete(legs[1])
    trash.restore(*legs)
    assert state() == before


@pytest.mark.parametrize("fact", ["amount", "category"])
def test_a_leg_that_went_its_own_way_is_not_linked_again(legs, food, alice, trash, fact):
    trash.delete(legs[0])
    edit_transaction(transaction=legs[1], by=alice, **{fact: {"amount": 7, "category": food}[fact]})
    trash.restore(legs[0])
    for leg in legs:
        leg.refresh_from_db()
        assert leg.transfer is None
    assert legs[1].category == (food if fact == "category" else None)


def test_a_deleted_expense_and_its_refund_find_each_other_again(account, alice, trash):
    expense = make_transaction(account, amount=-100, by=alice)
    refund = make_transaction(account, amount=100, by=alice)
    link_refund(refund=refund, expense=expense, by=alice)
    before = state()
    trash.delete(expense)
    refund.refresh_from_db()
    assert refund.refund_of is None
    trash.restore(expense)
    assert state() == before
    undo(change_set=trash.delete(expense), by=alice)
    assert state() == before


def test_a_row_that_came_in_again_is_not_restored_beside_it(account, alice, trash):
    facts = {
        "account": account,
        "lines": [StatementLine(1, DAY, -100, "SHOP", external_id="x1")],
        "source": "ofx",
        "by": alice,
    }
    post_lines(**facts)
    row = Transaction.objects.get()
    trash.delete(row)
    assert post_lines(**facts).counts == {Outcome.DELETED: 1}
    post_lines(**facts, decide=lambda match: True)
    with pytest.raises(LedgerError, match="came in again"):
        trash.restore(row)


def test_what_the_row_carried_and_is_gone_stays_away(account, payee, tag, rent, food, alice, trash):
    row = make_transaction(account, by=alice, payee=payee, tags=[tag], category=rent)
    trash.delete(row)
    Payee.objects.all().delete()
    Tag.objects.all().delete()
    merge_categories(categories=[rent], into=food, by=alice)
    trash.restore(row)
    row.refresh_from_db()
    assert (row.payee, list(row.tags.all()), row.category) == (None, [], rent)


def test_a_row_whose_account_is_gone_cannot_come_back(account, alice, trash):
    row = make_transaction(account, by=alice)
    trash.delete(row)
    # No service deletes an account with a history; the tombstone would go with it.
    elsewhere = Tombstone.objects.get()
    elsewhere.snapshot["account_id"] = 987654
    elsewhere.save()
    with pytest.raises(LedgerError, match="account"):
        trash.restore(row)
    assert Account.objects.filter(pk=account.pk).exists()


def test_a_ticked_row_comes_back_after_the_statement_was_finished(account, alice, trash):
    row = make_transaction(account, amount=-5, by=alice)
    statement = start_reconciliation(
        account=account, statement_on=DAY, statement_balance=0, by=alice
    )
    tick(reconciliation=statement, ids=[row.pk], is_ticked=True, by=alice)
    trash.delete(row)
    finish_reconciliation(reconciliation=statement, by=alice)
    trash.restore(row)
    row.refresh_from_db()
    assert row.reconciliation is None


def test_purging_forgets_what_but_not_that(account, alice, trash):
    facts = {
        "account": account,
        "lines": [StatementLine(1, DAY, -100, "SHOP")],
        "source": "csv",
        "by": alice,
    }
    post_lines(**facts)
    row = Transaction.objects.get()
    trash.delete(row)
    assert purge_trash(before=timezone.now() - dt.timedelta(days=1)) == 0
    assert purge_trash(before=timezone.now()) == 1
    assert purge_trash(before=timezone.now()) == 0
    assert Tombstone.objects.get().snapshot is None
    assert post_lines(**facts).added == 0
    with pytest.raises(LedgerError, match="no longer"):
        trash.restore(row)


def test_the_task_purges_what_is_old_enough(account, alice, trash, settings):
    old, new = make_transaction(account, by=alice), make_transaction(account, by=alice)
    trash.delete(old, new)
    long_ago = timezone.now() - dt.timedelta(days=settings.TRASH_DAYS + 1)
    Tombstone.objects.filter(transaction_id=old.pk).update(deleted_at=long_ago)
    purge_task()
    assert Tombstone.objects.get(snapshot__isnull=True).transaction_id == old.pk


def test_another_households_trash_is_not_restored(foreign, trash):
    theirs = make_transaction(foreign["account"])
    delete_transactions(household=foreign["household"], ids=[theirs.pk], by=None)
    with pytest.raises(LedgerError):
        trash.restore(theirs)


def test_many_are_deleted_and_restored_by_the_chunk(account, alice, connection_counter):
    lines = [StatementLine(n, DAY, -n, f"SHOP {n}") for n in range(1, 1001)]
    post_lines(account=account, lines=lines, source="csv", by=alice)
    ids = list(Transaction.objects.values_list("pk", flat=True))
    facts = {"household": account.household, "by": alice}
    before = state()
    few = connection_counter(lambda: delete_transactions(ids=ids[:10], **facts))
    many = connection_counter(lambda: delete_transactions(ids=ids[10:], **facts))
    assert many < few + 60
    few = connection_counter(lambda: restore(transaction_ids=ids[:10], **facts))
    many = connection_counter(lambda: restore(transaction_ids=ids[10:], **facts))
    assert many < few + 60
    assert state() == before


def test_legs_in_two_chunks_are_undone_as_a_transfer(account, savings, alice, trash, monkeypatch):
    monkeypatch.setattr(snapshots, "CHUNK", 3)
    rows = [make_transaction(account, amount=-n, by=alice) for n in range(1, 5)]
    for n in range(1, 5):
        record_transfer(source=account, target=savings, amount=n, date=DAY, by=alice)
    before = state()
    change_set = trash.delete(*rows, *Transaction.objects.exclude(transfer=None))
    assert not Transaction.objects.exists()
    undo(change_set=change_set, by=alice)
    assert state() == before
