"""A sync makes the ledger what the bank says."""

import pytest

from banking.models import Connection, SyncRun
from banking.tests.conftest import assert_equal, choose_all, connect, sync
from ledger.invariants import check
from ledger.models import Account, ChangeSet, Status, Transaction
from ledger.services.undo import undo
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.django_db


def test_the_first_sync_brings_in_everything(bank, household, alice):
    connection = connect(bank, household, alice)
    assert connection.state == Connection.State.CHOOSING
    assert connection.consent_expires_at is not None
    run = choose_all(connection, alice)
    assert run.state == SyncRun.State.DONE, run.error_code
    assert_equal(bank, connection)
    for row in connection.bank_accounts.all():
        assert row.difference == 0
    assert check(household) == []
    assert Account.objects.get(name="Plain Card").kind == "credit_card"


def test_a_second_sync_changes_nothing(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice)
    run = sync(connection, alice)
    assert (run.state, run.added, run.amended, run.removed) == ("done", 0, 0, 0)
    assert_equal(bank, connection)


@pytest.mark.parametrize(
    "provider_id", ["ob-larch", "ob-copper", "ob-meridian", "ob-slowwater", "ob-nameless", "mock"]
)
def test_each_bank_day_after_day(bank, household, alice, provider_id):
    connection = connect(bank, household, alice, provider_id)
    choose_all(connection, alice)
    for _day in range(6):
        bank.forward(days=1)
        run = sync(connection, alice)
        assert run.state == "done", run.error_code
        assert_equal(bank, connection)
    assert check(household) == []


def test_a_typed_row_and_the_banks_become_one_and_a_person_may_take_that_back(
    bank, household, alice
):
    connection = connect(bank, household, alice)
    choose_all(connection, alice)
    account = Account.objects.get(household=household, name="Plain Current")
    before = set(account.transactions.values_list("pk", flat=True))
    bank.forward(days=15)
    sync(connection, alice)
    new = account.transactions.filter(status=Status.BOOKED).exclude(pk__in=before)
    row = new.filter(transfer=None).exclude(description="").earliest("amount")
    typed = make_transaction(
        account, amount=row.amount, date=row.date, by=alice, description=row.description
    )
    bank.forward(days=4)
    sync(connection, alice)
    assert not Transaction.objects.filter(pk=typed.pk).exists()
    merge = ChangeSet.objects.get(kind=ChangeSet.Kind.MERGE)
    undo(change_set=merge, by=alice)
    bank.forward(days=4)
    sync(connection, alice)
    assert Transaction.objects.filter(pk=typed.pk).exists()
    assert check(household) == []
