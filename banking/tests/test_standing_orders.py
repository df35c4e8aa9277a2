"""What the bills may know of the orders that banks list."""

import datetime as dt

import pytest

from banking.models import BankAccount, Connection, Mandate
from ledger.standing_orders import standing_orders_of
from ledger.tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank_account(household):
    connection = Connection.objects.create(
        household=household, environment="local", provider_id="x", provider_name="Bank"
    )
    account = AccountFactory(household=household)
    return BankAccount.objects.create(
        connection=connection,
        kind="accounts",
        external_id="1",
        name="A",
        currency="EUR",
        account=account,
    )


def order(bank_account, **facts) -> Mandate:
    sound = {"kind": "so", "payee": "JANE DOE", "frequency": "IntrvlMnthDay:01:26"}
    return Mandate.objects.create(bank_account=bank_account, **{**sound, **facts})


def test_active_orders_are_told_with_a_key_that_stays(household, bank_account):
    order(bank_account, next_on=dt.date(2026, 11, 26), next_amount=50000, reference="RENT 11/26")
    [first] = standing_orders_of(household)
    assert (first.account, first.kind, first.payee) == (
        bank_account.account,
        "standing_order",
        "JANE DOE",
    )
    assert (first.next_on, first.next_amount) == (dt.date(2026, 11, 26), 50000)
    Mandate.objects.all().delete()
    order(bank_account, reference="RENT 12/26")
    assert standing_orders_of(household)[0].key == first.key


def test_what_is_over_left_out_or_another_household_s_is_not_told(household, bank_account, charlie):
    order(bank_account, is_active=False)
    assert standing_orders_of(household) == []
    order(bank_account, kind="dd", frequency="")
    assert [one.kind for one in standing_orders_of(household)] == ["direct_debit"]
    assert standing_orders_of(charlie.memberships.get().household) == []
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    assert standing_orders_of(household) == []
    Connection.objects.update(state=Connection.State.ACTIVE)
    BankAccount.objects.update(account=None)
    assert standing_orders_of(household) == []
