"""Open, edit, close, order and delete accounts of money."""

import datetime as dt

import pytest

from ledger.errors import LedgerError
from ledger.models import Account
from ledger.services.accounts import (
    close_account,
    delete_account,
    edit_account,
    open_account,
    reopen_account,
    reorder_accounts,
)
from ledger.services.reconciliation import (
    finish_reconciliation,
    reopen_reconciliation,
    start_reconciliation,
)
from ledger.services.trash import delete_transactions
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.usefixtures("sound")
DAY = dt.date(2026, 11, 3)


def test_a_new_account_comes_last_and_property_is_off_budget(household):
    current = open_account(
        household=household, name="A", kind="current", currency="EUR", opening_balance=-5
    )
    house = open_account(household=household, name="B", kind="property", currency="EUR")
    assert [current.position, house.position] == [0, 1]
    assert (current.is_off_budget, house.is_off_budget) == (False, True)
    assert current.opening_balance == -5


def test_unknown_facts_are_a_mistake_of_the_programmer(household, account):
    with pytest.raises(TypeError):
        open_account(household=household, name="A", kind="cash", currency="EUR", closed_on=DAY)
    with pytest.raises(TypeError):
        edit_account(account=account, household=household)


def test_the_currency_stays_once_there_is_a_history(account, alice):
    edit_account(account=account, currency="JPY", name="Yen")
    assert account.currency == "JPY"
    row = make_transaction(account, by=alice)
    with pytest.raises(LedgerError, match="currency"):
        edit_account(account=account, currency="EUR")
    # In the trash it still has its amount in yen.
    delete_transactions(household=account.household, ids=[row.pk], by=alice)
    with pytest.raises(LedgerError, match="currency"):
        edit_account(account=account, currency="EUR")


def test_the_opening_balance_stays_under_a_finished_statement(account, alice):
    edit_account(account=account, opening_balance=700)
    statement = start_reconciliation(
        account=account, statement_on=DAY, statement_balance=700, by=alice
    )
    finish_reconciliation(reconciliation=statement, by=alice)
    with pytest.raises(LedgerError, match="reconciled"):
        edit_account(account=account, opening_balance=701)
    edit_account(account=account, opening_balance=700, name="Same")
    reopen_reconciliation(reconciliation=statement, by=alice)
    account.refresh_from_db()
    edit_account(account=account, opening_balance=701)


def test_closing_and_reopening(account):
    close_account(account=account, on=DAY)
    assert Account.objects.get().closed_on == DAY
    reopen_account(account=account)
    assert not Account.objects.get().is_closed


def test_only_an_account_without_a_history_is_deleted(account, savings, alice):
    row = make_transaction(account, by=alice)
    with pytest.raises(LedgerError):
        delete_account(account=account)
    delete_transactions(household=account.household, ids=[row.pk], by=alice)
    with pytest.raises(LedgerError):
        delete_account(account=account)
    delete_account(account=savings)
    assert list(Account.objects.all()) == [account]


def test_the_order_is_the_one_given_and_foreign_ids_are_left_out(household, foreign):
    a, b, c = (
        open_account(household=household, name=name, kind="cash", currency="EUR") for name in "abc"
    )
    reorder_accounts(household=household, ids=[c.pk, foreign["account"].pk, a.pk])
    assert list(Account.objects.for_household(household)) == [c, a, b]
