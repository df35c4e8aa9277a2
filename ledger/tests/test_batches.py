"""Undo an import as a whole."""

import datetime as dt

import pytest

from ledger import snapshots
from ledger.errors import NothingToUndoError
from ledger.models import ChangeSet, Payee, Status, Tombstone, Transaction
from ledger.services.batches import undo_batch
from ledger.services.naming import find_or_make_payee
from ledger.services.reconciliation import start_reconciliation, tick
from ledger.services.refunds import link_refund
from ledger.services.statements import Outcome, post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.transfers import link_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.usefixtures("sound")
DAY = dt.date(2026, 11, 3)


def line(number, amount, text="SHOP", day=3, **facts):
    return StatementLine(number, dt.date(2026, 11, day), amount, text, **facts)


def state():
    return snapshots.take(Transaction.objects.movements().values_list("pk", flat=True))


@pytest.fixture
def bring(account, alice):
    def bring(*lines, source="csv"):
        return post_lines(account=account, lines=lines, source=source, by=alice)

    return bring


def test_an_untouched_batch_goes_without_a_trace_and_can_come_again(bring, account, alice):
    make_transaction(account, by=alice)
    before = state()
    lines = [line(n, -n, payee="New Shop") for n in range(1, 6)]
    undone = undo_batch(batch=bring(*lines).batch, by=alice)
    assert (undone.removed, undone.kept_ids, state()) == (5, (), before)
    assert not Tombstone.objects.exists()
    assert not Payee.objects.exists()
    assert bring(*lines).added == 5


def test_a_batch_is_undone_once(bring, alice):
    batch = bring(line(1, -1)).batch
    undo_batch(batch=batch, by=alice)
    assert batch.undone_at
    with pytest.raises(NothingToUndoError):
        undo_batch(batch=batch, by=alice)


def test_what_people_touched_stays_and_is_named(bring, account, savings, food, rent, alice):
    batch = bring(*[line(n, -100, f"SHOP {n}") for n in range(1, 9)]).batch
    rows = list(Transaction.objects.order_by("pk"))
    edit_transaction(transaction=rows[0], by=alice, notes="mine")
    split_transaction(transaction=rows[1], parts=[Part(-60, food), Part(-40, rent)], by=alice)
    leg = make_transaction(savings, amount=100, by=alice)
    link_transfer(first=rows[2], second=leg, by=alice)
    refund = make_transaction(savings, amount=100, by=alice)
    link_refund(refund=refund, expense=rows[3], by=alice)
    statement = start_reconciliation(
        account=account, statement_on=DAY, statement_balance=0, by=alice
    )
    tick(reconciliation=statement, ids=[rows[4].pk], is_ticked=True, by=alice)
    delete_transactions(household=account.household, ids=[rows[5].pk], by=alice)
    restore(household=account.household, transaction_ids=[rows[5].pk], by=alice)
    undone = undo_batch(batch=batch, by=alice)
    assert undone.removed == 2
    assert undone.kept_ids == tuple(row.pk for row in rows[:6])


def test_what_people_deleted_before_stays_deleted(bring, account, alice):
    lines = [line(1, -1), line(2, -2)]
    batch = bring(*lines).batch
    gone = Transaction.objects.get(amount=-1)
    delete_transactions(household=account.household, ids=[gone.pk], by=alice)
    undo_batch(batch=batch, by=alice)
    assert bring(*lines).counts == {Outcome.DELETED: 1, Outcome.NEW: 1}


def test_the_memory_of_skipped_twins_goes_too(bring, alice):
    bring(line(1, -350))
    twin = line(1, -350, "Cafe", external_id="x1")
    posted = bring(twin, source="ofx")
    assert posted.counts == {Outcome.PROBABLE: 1}
    undo_batch(batch=posted.batch, by=alice)
    assert not Tombstone.objects.exists()
    assert bring(twin, source="ofx").counts == {Outcome.PROBABLE: 1}


def test_payees_that_somebody_uses_or_made_stay(bring, account, household, alice):
    batch = bring(line(1, -1, payee="Used"), line(2, -2, payee="Unused")).batch
    find_or_make_payee(household=household, name="By Hand")
    make_transaction(account, by=alice, payee=Payee.objects.get(name="Used"))
    undo_batch(batch=batch, by=alice)
    assert set(Payee.objects.values_list("name", flat=True)) == {"Used", "By Hand"}


@pytest.mark.parametrize("typed", [False, True])
def test_what_the_batch_settled_is_pending_again(bring, account, alice, typed):
    if typed:
        make_transaction(
            account, amount=-100, by=alice, status=Status.PENDING, description="SHOP 12"
        )
    else:
        bring(line(1, -100, "SHOP 12", pending=True))
    before = state()
    settling = bring(line(1, -100, "SHOP 13", day=5))
    assert settling.counts == {Outcome.SETTLES: 1}
    undone = undo_batch(batch=settling.batch, by=alice)
    assert (state(), undone.kept_ids) == (before, ())
    assert not Tombstone.objects.exists()
    assert bring(line(1, -100, "SHOP 13", day=5)).counts == {Outcome.SETTLES: 1}


def test_a_settled_row_that_was_edited_since_is_named(bring, alice):
    bring(line(1, -100, "SHOP 12", pending=True))
    settling = bring(line(1, -100, "SHOP 13", day=5))
    row = Transaction.objects.get()
    edit_transaction(transaction=row, by=alice, date=dt.date(2026, 11, 6))
    assert undo_batch(batch=settling.batch, by=alice).kept_ids == (row.pk,)


def test_the_pending_file_adds_nothing_after_it_was_settled(bring):
    pending = line(1, -100, "SHOP 12", pending=True)
    bring(pending)
    version = Transaction.objects.get().version
    bring(line(1, -100, "SHOP 13", day=5))
    assert Transaction.objects.get().version == version + 1
    assert bring(pending).added == 0
    assert Transaction.objects.count() == 1


def test_the_undo_of_an_import_is_in_the_history_but_not_undone_itself(bring, alice):
    undo_batch(batch=bring(line(1, -1)).batch, by=alice)
    act = ChangeSet.objects.get(kind=ChangeSet.Kind.IMPORT_UNDO)
    assert (act.count, act.actor) == (1, alice)
    with pytest.raises(NothingToUndoError):
        undo(change_set=act, by=alice)
