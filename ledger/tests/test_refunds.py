"""Money that comes back for an expense."""

import datetime as dt

import pytest

from ledger.errors import RefundError
from ledger.services.refunds import link_refund, refund_candidates, unlink_refund
from ledger.services.transfers import record_transfer
from ledger.services.undo import undo
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def expense(account, alice):
    return make_transaction(account, amount=-1000, by=alice)


@pytest.fixture
def refund(savings, alice):
    return make_transaction(savings, amount=400, by=alice)


def test_a_refund_is_linked_undone_and_unlinked(expense, refund, alice):
    change_set = link_refund(refund=refund, expense=expense, by=alice)
    assert list(expense.refunds.all()) == [refund]
    undo(change_set=change_set, by=alice)
    assert not expense.refunds.exists()
    link_refund(refund=refund, expense=expense, by=alice)
    unlink_refund(refund=refund, by=alice)
    assert not expense.refunds.exists()


def test_only_money_in_pays_back_money_out_of_the_household(expense, refund, foreign, alice):
    theirs = make_transaction(foreign["account"], amount=-1000)
    for one, other in ((expense, refund), (refund, refund), (refund, theirs)):
        with pytest.raises(RefundError):
            link_refund(refund=one, expense=other, by=alice)


def test_a_transfer_is_neither_refund_nor_expense(account, savings, expense, refund, alice):
    transfer = record_transfer(
        source=account, target=savings, amount=400, date=dt.date(2026, 11, 3), by=alice
    )
    with pytest.raises(RefundError):
        link_refund(refund=transfer.legs.get(account=savings), expense=expense, by=alice)
    with pytest.raises(RefundError):
        link_refund(refund=refund, expense=transfer.legs.get(account=account), by=alice)


def test_candidates_are_earlier_expenses_that_are_large_enough(account, payee, expense, alice):
    refund = make_transaction(account, amount=1000, by=alice, payee=payee)
    same_payee = make_transaction(account, amount=-9999, by=alice, payee=payee)
    make_transaction(account, amount=-999, by=alice, payee=payee)
    make_transaction(account, amount=-1000, by=alice, date=dt.date(2026, 11, 4))
    assert refund_candidates(refund) == [same_payee, expense]
