"""Whatever a bank does wrong at whatever endpoint: told truly, and afterwards all is as at the bank.

Every kind of fault at every endpoint, a day each (TrueLayer's documented errors, broken answers,
broken connections, odd rows).
"""

import datetime as dt
import os

import pytest

from banking.errors import words_of
from banking.models import Connection, SyncRun
from banking.sandbox.faults import ERRORS
from banking.tests.conftest import (
    assert_equal,
    bank_rows,
    choose_all,
    connect,
    ledger_rows,
    renew,
    sync,
)
from ledger.invariants import check

pytestmark = pytest.mark.django_db

ENDPOINTS = {
    "token": "/connect/token$",
    "me": "/me$",
    "accounts": "/accounts$",
    "cards": "/cards$",
    "transactions": "/transactions$",
    "pending": "/pending$",
    "balance": "/balance$",
    "standing_orders": "/standing_orders$",
    "direct_debits": "/direct_debits$",
}
BROKEN = ("timeout", "cut", "garbage", "html", "running")
ODD_ROWS = ("duplicate_rows", "reorder", "ignore_from")
FAULTS = [("error", code) for code in ERRORS] + [(kind, "") for kind in BROKEN]
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


@pytest.fixture
def connection(bank, household, alice, settings):
    """A current account and a card, two months deep, in sync."""
    settings.BANK_TIMEOUT_SECONDS = 0.25
    made = connect(bank, household, alice)
    run = choose_all(made, alice, history_from=household.today() - dt.timedelta(days=40))
    assert run.state == "done", run.error_code
    return made


def assert_nothing_twice(bank, connection) -> None:
    """The ledger has no booked row that the bank has not, and none more often."""
    for row in connection.bank_accounts.select_related("account", "connection"):
        here, there = ledger_rows(row.account)["booked"], bank_rows(bank, row)["booked"]
        assert all(here.count(one) <= there.count(one) for one in set(here)), row.name


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_fault_at_this_endpoint_is_told_and_overcome(bank, connection, alice, endpoint):
    renewed_after = bank.passed
    # The short form takes every third fault, others at the next endpoint.
    faults = FAULTS if IS_LONG else FAULTS[list(ENDPOINTS).index(endpoint) % 3 :: 3]
    for number, (kind, code) in enumerate(faults):
        bank.forward(days=8)  # a week on: mandates are asked for, and all is read again
        bank.fault(kind, ENDPOINTS[endpoint], times=-1, code=code, seconds=0.6)
        run = sync(connection, alice, psu_ip="192.0.2.1" if number % 2 else None)
        connection.refresh_from_db()
        case = f"{endpoint}: {kind} {code}: {run.state} {run.error_code}"
        assert run.is_over, case
        assert connection.lease is None, case
        assert run.error_code != "internal_error" or code == "internal_error", case
        assert connection.state in (Connection.State.ACTIVE, Connection.State.RECONNECT), case
        if run.state != SyncRun.State.DONE:
            assert words_of(run.error_code, run.remedy), case
        assert_nothing_twice(bank, connection)
        bank.heal()
        if connection.state == Connection.State.RECONNECT:
            assert run.remedy == "user", case
            assert connection.next_sync_at is None, case
            renew(connection, alice)
        else:
            assert connection.next_sync_at is not None, case
        # What a bank said that it cannot do is asked for again after a month.
        connection.bank_accounts.update(unsupported={})
        bank.forward(hours=13)  # an open circuit breaker has closed again
        if bank.passed - renewed_after > dt.timedelta(days=60):
            renew(connection, alice)
            renewed_after = bank.passed
        run = sync(connection, alice)
        assert run.state == SyncRun.State.DONE, case
        assert_equal(bank, connection)
    assert check(connection.household) == []


@pytest.mark.parametrize("kind", ODD_ROWS)
def test_rows_sent_twice_shuffled_or_unasked_change_nothing(bank, connection, alice, kind):
    for _day in range(5):
        bank.forward(days=1)
        bank.fault(kind, "/transactions$", times=-1)
        run = sync(connection, alice)
        assert run.state == SyncRun.State.DONE
        assert_equal(bank, connection)
    assert check(connection.household) == []


@pytest.mark.parametrize("kind", ODD_ROWS)
def test_odd_rows_of_a_bank_without_stable_ids_change_nothing(bank, household, alice, kind):
    connection = connect(bank, household, alice, "ob-nameless")
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=40))
    for _day in range(5):
        bank.forward(days=1)
        bank.fault(kind, "/transactions$", times=-1)
        assert sync(connection, alice).state == SyncRun.State.DONE
        assert_equal(bank, connection)


def test_a_lost_reply_with_new_tokens_ends_in_a_visible_reconnect(bank, connection, alice):
    """TrueLayer has rotated the refresh token, and nobody here has the new one."""
    bank.forward(days=1)
    bank.fault("lost_reply", "/connect/token$")
    assert sync(connection, alice).state == SyncRun.State.FAILED
    run = sync(connection, alice)
    connection.refresh_from_db()
    assert (run.error_code, connection.state) == ("invalid_grant", Connection.State.RECONNECT)
    asked = bank.requests()
    assert connection.next_sync_at is None
    assert bank.requests() == asked
