"""Whatever statement of the database fails, an act is done or not done, never half."""

import datetime as dt
import threading
import uuid

import pytest
from django.db import DatabaseError, connection, connections
from django.test import Client

from accounts.tests.factories import MembershipFactory
from ledger import snapshots
from ledger.invariants import check
from ledger.models import Payee, Tombstone, Transaction
from ledger.services.naming import merge_payees
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, PayeeFactory, make_transaction

DAY = dt.date(2026, 11, 3)


def _import(account, by):
    lines = [StatementLine(n, DAY, -100, "SHOP", payee="Shop") for n in (1, 2)]
    post_lines(account=account, lines=lines, source="csv", by=by)


def _split(account, by):
    row = Transaction.objects.filter(amount=-1000).get()
    split_transaction(transaction=row, parts=[Part(-600), Part(-400)], by=by)


def _transfer(account, by):
    other = AccountFactory(household=account.household)
    record_transfer(source=account, target=other, amount=5, date=DAY, by=by)


def _delete(account, by):
    ids = Transaction.objects.values_list("pk", flat=True)
    delete_transactions(household=account.household, ids=list(ids), by=by)


def _merge(account, by):
    payees = list(Payee.objects.order_by("pk"))
    merge_payees(payees=payees[1:], into=payees[0], by=by)


def _state(household):
    rows = Transaction.objects.movements().filter(household=household)
    return snapshots.take(rows.values_list("pk", flat=True)), Tombstone.objects.count()


class Fail:
    """Lets `number` statements pass and breaks the next."""

    def __init__(self, number: int):
        self.left = number

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            if self.left == 0:
                raise DatabaseError("the disk is full")
            self.left -= 1
        return execute(sql, params, many, context)


@pytest.mark.parametrize("act", [_import, _split, _transfer, _delete, _merge])
@pytest.mark.django_db(transaction=True)
def test_an_act_is_whole_whatever_statement_fails(household, alice, act):
    account = AccountFactory(household=household)
    for _n in range(2):
        payee = PayeeFactory(household=household)
        make_transaction(account, by=alice, payee=payee, amount=-1000 - _n)
    before = _state(household)
    for number in range(200):
        fail = Fail(number)
        try:
            with connection.execute_wrapper(fail):
                act(account, alice)
        except DatabaseError:
            assert _state(household) == before, f"statement {number} left something behind"
            assert check(household) == []
        else:  # what breaks from here on is after the act: it is committed and stays
            break
    else:
        raise AssertionError("the act never got through")
    assert number > 2
    assert _state(household) != before or act is _merge
    assert check(household) == []


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_add_one_row(household):
    """Needs a database that serves threads of its own; the SQLite of the tests lives in memory."""
    by = MembershipFactory(household=household).user
    account = AccountFactory(household=household)
    form = {
        "amount": "9.90",
        "account": account.pk,
        "date": "2026-11-03",
        "submission": uuid.uuid4(),
    }
    client = Client()
    client.force_login(by)
    answers = []

    def send():
        own = Client()
        own.cookies = client.cookies
        answers.append(own.post("/transactions/add/", form).status_code)
        connections.close_all()

    threads = [threading.Thread(target=send) for _n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 20
    assert Transaction.objects.count() == 1
    assert check(household) == []


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_refuses_an_import_and_leaves_the_ledger_whole(household, alice):
    """SQLite says that the disk is full when a database reaches its page limit."""
    if connection.vendor != "sqlite":
        return
    account = AccountFactory(household=household)
    make_transaction(account, by=alice)
    before = _state(household)
    lines = [StatementLine(n, DAY, -9000 - n, f"ROW {n} " + "x" * 200) for n in range(1, 3000)]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 40}")
        try:
            with pytest.raises(DatabaseError):
                post_lines(account=account, lines=lines, source="csv", by=alice)
            assert _state(household) == before
            assert check(household) == []
            cursor.execute("PRAGMA integrity_check")
            assert cursor.fetchone() == ("ok",)
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert post_lines(account=account, lines=lines, source="csv", by=alice).added == 2999


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "America/New_York", "Australia/Lord_Howe", "Europe/London"]
)
def test_a_row_keeps_its_day_and_month_in_every_zone(household, alice, zone):
    household.time_zone = zone
    household.save()
    account = AccountFactory(household=household)
    days = [
        dt.date(2026, 3, 29),
        dt.date(2026, 10, 25),
        dt.date(2026, 11, 1),
        dt.date(2024, 2, 29),
        dt.date(2026, 12, 31),
    ]
    for day in days:
        row = make_transaction(account, date=day)
        row.refresh_from_db()
        assert (row.date, row.month) == (day, day.year * 12 + day.month - 1)
    assert check(household) == []
