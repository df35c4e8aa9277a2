"""Many writers of one household at once. Needs threads that the database serves: PostgreSQL."""

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connection, connections

from accounts.models import Household
from accounts.tests.factories import MembershipFactory
from ledger.errors import ConflictError, LedgerError
from ledger.invariants import check
from ledger.models import Account, ChangeSet, Transaction
from ledger.services.settings import change_month_day
from ledger.services.transactions import edit_transaction
from ledger.services.trash import delete_transactions
from ledger.services.undo import undo
from ledger.tests.factories import AccountFactory, make_transaction

pytestmark = [
    pytest.mark.server,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="the SQLite of the tests lives in memory"
    ),
]
WRITERS = 20


@pytest.fixture
def account(household):
    MembershipFactory(household=household)
    return AccountFactory(household=household)


def at_once(act) -> Counter:
    """Run `act(number)` on WRITERS threads that start together; count what came of them."""
    outcomes = []
    gate = threading.Barrier(WRITERS)

    def run(number):
        try:
            gate.wait(timeout=30)
            act(number)
            outcomes.append("done")
        except LedgerError as error:
            outcomes.append(type(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == WRITERS, "a writer broke"
    return Counter(outcomes)


def test_of_many_edits_of_one_version_one_is_made(account):
    pk = make_transaction(account).pk

    def edit(number):
        row = Transaction.objects.get(pk=pk)
        edit_transaction(transaction=row, by=None, version=1, notes=f"by {number}")

    assert at_once(edit) == {"done": 1, ConflictError: WRITERS - 1}
    assert Transaction.objects.get().version == 2
    assert check() == []


def test_totals_count_every_writer(account):
    at_once(lambda number: make_transaction(Account.objects.get(pk=account.pk), amount=-1 - number))
    assert Transaction.objects.count() == WRITERS
    assert check() == []


def test_one_act_is_undone_once(account):
    change_set = make_transaction(account).change_set
    found = at_once(lambda n: undo(change_set=ChangeSet.objects.get(pk=change_set.pk), by=None))
    assert found["done"] == 1
    assert not Transaction.objects.exists()
    assert check() == []


def test_one_row_is_deleted_once(account):
    row = make_transaction(account)
    at_once(lambda n: delete_transactions(household=account.household, ids=[row.pk], by=None))
    assert ChangeSet.objects.filter(kind=ChangeSet.Kind.DELETE).count() == 1
    assert check() == []


def test_rows_come_in_while_the_months_move(account):
    day = dt.date(2026, 11, 26)

    def act(number):
        if number % 4:
            make_transaction(Account.objects.get(pk=account.pk), date=day)
        else:
            household = Household.objects.get(pk=account.household_id)
            change_month_day(household=household, day=(1, 10, 20, 25, 28)[number // 4], by=None)

    assert at_once(act) == {"done": WRITERS}
    assert check() == []
