"""Hold an account against its statement."""

import datetime as dt

import pytest

from ledger.errors import ReconciliationError
from ledger.models import Reconciliation, Status, Transaction
from ledger.services.reconciliation import (
    cancel_reconciliation,
    difference,
    finish_reconciliation,
    reconcilable,
    reopen_reconciliation,
    start_reconciliation,
    tick,
)
from ledger.services.transactions import Part, split_transaction
from ledger.tests.factories import AccountFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")
OCTOBER, NOVEMBER = dt.date(2026, 10, 31), dt.date(2026, 11, 30)


@pytest.fixture
def account(household):
    return AccountFactory(household=household, opening_balance=1000)


@pytest.fixture
def rows(account, alice):
    return [
        make_transaction(account, amount=amount, date=dt.date(2026, 10, day), by=alice)
        for amount, day in ((-300, 1), (-20, 2), (7, 31))
    ]


def start(account, by, balance, on=OCTOBER):
    return start_reconciliation(account=account, statement_on=on, statement_balance=balance, by=by)


def tick_all(statement, rows, by, is_ticked=True):
    return tick(reconciliation=statement, ids=[row.pk for row in rows], is_ticked=is_ticked, by=by)


def test_ticks_bring_the_difference_to_zero(account, rows, alice):
    statement = start(account, alice, 700)
    assert difference(statement) == -300
    assert tick_all(statement, rows[:2], alice) == 20
    assert tick_all(statement, rows[1:2], alice, is_ticked=False) == 0


def test_finishing_locks_the_ticked_rows_and_their_parts(account, rows, food, rent, alice):
    split_transaction(transaction=rows[0], parts=[Part(-100, food), Part(-200, rent)], by=alice)
    statement = start(account, alice, 700)
    tick_all(statement, rows[:1], alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    rows[0].refresh_from_db()
    assert rows[0].status == Status.RECONCILED
    assert {part.status for part in rows[0].parts.all()} == {Status.RECONCILED}
    assert Transaction.objects.get(pk=rows[1].pk).status == Status.BOOKED


def test_a_difference_refuses_to_finish(account, rows, alice):
    statement = start(account, alice, 701)
    tick_all(statement, rows[:1], alice)
    with pytest.raises(ReconciliationError):
        finish_reconciliation(reconciliation=statement, by=alice)
    assert not Transaction.objects.filter(status=Status.RECONCILED).exists()


def test_the_next_statement_goes_on_from_the_last(account, rows, alice):
    first = start(account, alice, 700)
    tick_all(first, rows[:1], alice)
    finish_reconciliation(reconciliation=first, by=alice)
    second = start(account, alice, 687, on=NOVEMBER)
    assert set(reconcilable(second)) == set(rows[1:])
    assert tick_all(second, rows, alice) == 0
    finish_reconciliation(reconciliation=second, by=alice)
    assert first.rows.count() == 1


def test_only_this_accounts_rows_up_to_the_day_are_ticked(account, savings, rows, alice):
    late = make_transaction(account, date=dt.date(2026, 11, 1), by=alice)
    elsewhere = make_transaction(savings, date=OCTOBER, by=alice)
    statement = start(account, alice, 0)
    tick_all(statement, [late, elsewhere, rows[0]], alice)
    assert list(statement.rows.all()) == [rows[0]]


def test_an_open_one_is_taken_up_again_with_a_new_day(account, rows, alice):
    statement = start(account, alice, 0)
    tick_all(statement, rows, alice)
    again = start(account, alice, 5, on=dt.date(2026, 10, 30))
    assert (again.pk, again.statement_balance) == (statement.pk, 5)
    assert set(again.rows.all()) == set(rows[:2])


def test_no_statement_before_a_reconciled_one(account, rows, alice):
    finish_reconciliation(reconciliation=start(account, alice, 1000), by=alice)
    with pytest.raises(ReconciliationError):
        start(account, alice, 1000, on=dt.date(2026, 9, 30))


def test_cancelling_takes_the_ticks_away(account, rows, alice):
    statement = start(account, alice, 0)
    tick_all(statement, rows, alice)
    cancel_reconciliation(reconciliation=statement, by=alice)
    assert not Reconciliation.objects.exists()
    assert not Transaction.objects.exclude(reconciliation=None).exists()


def test_only_the_latest_is_reopened_and_keeps_its_ticks(account, rows, alice):
    first = start(account, alice, 700)
    tick_all(first, rows[:1], alice)
    finish_reconciliation(reconciliation=first, by=alice)
    second = start(account, alice, 680, on=NOVEMBER)
    with pytest.raises(ReconciliationError, match="open"):
        reopen_reconciliation(reconciliation=first, by=alice)
    tick_all(second, rows[1:2], alice)
    finish_reconciliation(reconciliation=second, by=alice)
    with pytest.raises(ReconciliationError, match="latest"):
        reopen_reconciliation(reconciliation=first, by=alice)
    reopen_reconciliation(reconciliation=second, by=alice)
    rows[1].refresh_from_db()
    assert (rows[1].status, rows[1].reconciliation) == (Status.BOOKED, second)
    assert difference(second) == 0


@pytest.mark.parametrize("act", ["tick", "finish", "cancel"])
def test_a_finished_one_is_left_alone_even_from_a_stale_page(account, rows, alice, act):
    statement = start(account, alice, 700)
    stale = Reconciliation.objects.get(pk=statement.pk)
    tick_all(statement, rows[:1], alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    with pytest.raises(ReconciliationError):
        {
            "tick": lambda: tick_all(stale, rows[1:], alice),
            "finish": lambda: finish_reconciliation(reconciliation=stale, by=alice),
            "cancel": lambda: cancel_reconciliation(reconciliation=stale, by=alice),
        }[act]()
    assert Reconciliation.objects.get().finished_at is not None
