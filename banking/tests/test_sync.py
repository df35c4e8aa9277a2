"""A sync makes the ledger what the bank says."""

import pytest

from banking.models import Connection, SyncRun
from banking.tests.conftest import assert_equal, choose_all, connect, sync
from ledger.invariants import check
from ledger.models import Account

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
