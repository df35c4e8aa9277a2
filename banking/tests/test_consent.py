"""To the bank and back, by the pages: whoever comes back with the wrong thing gets nothing."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse

from accounts.models import Membership, Role
from banking.models import BankAccount, Connection, ConsentRequest, SyncRun
from banking.services import choosing, connecting, discovery, notices, schedule
from banking.tests.conftest import (
    assert_equal,
    choose_all,
    connect,
    consent,
    finish,
    renew,
    sync,
)
from banking.truelayer.client import Tokens
from ledger.invariants import check
from ledger.models import Account, Transaction
from ledger.services.transactions import add_transaction
from ledger.tests.factories import AccountFactory
from notifications.models import Notification

pytestmark = pytest.mark.django_db
CALLBACK = "/banks/callback/"


@pytest.fixture
def run_tasks(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def leave(client, bank_id="ob-larch") -> str:
    """Choose a bank. Returns the link to it."""
    page = client.post("/banks/connect/", {"bank": bank_id})
    assert page.status_code == 200, page
    return page.context["link"]


def arrive(client, run_tasks, bank_id="ob-larch", **visit):
    """All the way there and back. Returns the answer to the callback."""
    link = leave(client, bank_id)
    with run_tasks():
        return client.get(CALLBACK, consent(link, **visit))


def test_from_choosing_a_bank_to_transactions(bank, household, alice, run_tasks):
    client = signed_in(alice)
    answer = arrive(client, run_tasks)
    connection = Connection.objects.get()
    assert answer.url == reverse("banking:connection_detail", args=[connection.pk])
    assert connection.state == Connection.State.CHOOSING
    page = client.get(f"/banks/{connection.pk}/accounts/")
    assert b"Larch Everyday" in page.content
    rows = list(connection.bank_accounts.order_by("pk"))
    form = {"history": "3"}
    for row in rows:
        form |= {f"target_{row.pk}": "new", f"name_{row.pk}": f"My {row.name}"}
    form[f"target_{rows[-1].pk}"] = "skip"
    with run_tasks():
        client.post(f"/banks/{connection.pk}/accounts/", form)
    run = SyncRun.objects.get()
    assert (run.state, run.accounts_done, run.psu_ip) == ("done", 2, None)
    assert set(Account.objects.values_list("name", flat=True)) == {
        "My Larch Everyday",
        "My Larch Joint",
    }
    assert_equal(bank, connection)
    for path in ("/banks/", f"/banks/{connection.pk}/", "/banks/coverage/", "/banks/words/"):
        assert client.get(path).status_code == 200


def test_the_second_factor_and_the_choice_at_the_bank_count(bank, household, alice, run_tasks):
    arrive(signed_in(alice), run_tasks, "ob-keystone", products=["card"])
    assert [row.name for row in BankAccount.objects.all()] == ["Keystone Gold"]


def test_cancelling_at_the_bank_is_said_and_leaves_nothing(bank, household, alice, run_tasks):
    client = signed_in(alice)
    answer = arrive(client, run_tasks, allow=False)
    assert answer.url == "/banks/"
    assert "You cancelled at your bank" in client.get("/banks/").content.decode()
    assert not Connection.objects.exists()


def test_a_callback_counts_once(bank, household, alice, run_tasks):
    client = signed_in(alice)
    query = consent(leave(client))
    with run_tasks():
        first = client.get(CALLBACK, query)
        second = client.get(CALLBACK, query)
    assert first.url == second.url
    assert Connection.objects.count() == 1


@pytest.mark.parametrize(
    "change", ["no state", "other state", "no code", "wrong code", "late", "other session"]
)
def test_a_callback_that_does_not_fit_is_refused_in_words(
    bank, household, alice, run_tasks, change
):
    client = signed_in(alice)
    query = consent(leave(client))
    if change == "no state":
        del query["state"]
    elif change == "other state":
        query["state"] = "x" * 43
    elif change == "no code":
        del query["code"]
    elif change == "wrong code":
        query["code"] = "0" * 64
    elif change == "late":
        bank.forward(minutes=31)
    else:
        client = signed_in(alice)  # another browser
    with run_tasks():
        answer = client.get(CALLBACK, query)
    assert answer.url == "/banks/"
    page = client.get("/banks/").content.decode()
    assert re.search(r"Start again|without the bank|half an hour", page)
    assert not Connection.objects.exists()


def test_somebody_elses_way_back_is_not_mine(bank, household, alice, charlie, run_tasks):
    query = consent(leave(signed_in(alice)))
    stranger = signed_in(charlie)
    with run_tasks():
        assert stranger.get(CALLBACK, query).url == "/banks/"
    assert not Connection.objects.exists()


def test_an_owner_who_is_one_no_more_brings_nothing_back(bank, household, alice, run_tasks):
    client = signed_in(alice)
    query = consent(leave(client))
    Membership.objects.filter(user=alice).update(role=Role.EDITOR)
    with run_tasks():
        client.get(CALLBACK, query)
    assert not Connection.objects.exists()


def test_the_state_and_the_verifier_are_not_stored_in_the_clear(bank, household, alice):
    link = leave(signed_in(alice))
    state = re.search(r"state=([^&]+)", link)[1]
    request = ConsentRequest.objects.get()
    assert state not in (request.state_hash, request.verifier)
    assert request.verifier.startswith("gAAAA")


def test_an_unknown_bank_is_refused(bank, household, alice):
    answer = signed_in(alice).post("/banks/connect/", {"bank": "ob-nobody"})
    assert answer.url == "/banks/connect/"
    assert not ConsentRequest.objects.exists()


def test_a_bank_that_is_connected_twice_suggests_the_same_accounts(
    bank, household, alice, run_tasks
):
    """After a disconnection the accounts are found again; while connected they are taken."""
    first = connect(bank, household, alice, "ob-larch", ["current"])
    choose_all(first, alice)
    client = signed_in(alice)
    arrive(client, run_tasks, "ob-larch", products=["current"])
    second = Connection.objects.latest("pk")
    row = second.bank_accounts.get()
    form = {"history": "3", f"target_{row.pk}": str(Account.objects.get().pk)}
    answer = client.post(f"/banks/{second.pk}/accounts/", form)
    assert answer.status_code == 422
    assert "filled by another one already" in answer.content.decode()
    with run_tasks():
        client.post(f"/banks/{first.pk}/disconnect/", {"rows": "keep"})
        assert client.post(f"/banks/{second.pk}/accounts/", form).status_code == 302
    assert Account.objects.count() == 1
    assert_equal(bank, first)
    assert check(household) == []


# --- Consents end -----------------------------------------------------------------------------


def test_a_consent_that_ends_is_announced_14_7_and_1_days_ahead_once_each(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice)
    told = []
    for day in range(1, 95):
        bank.forward(days=1)
        if day % 20 == 0 or day == 91:
            sync(connection, alice)
            connection.refresh_from_db()
        before = len(mail.outbox)
        for _twice in range(2):
            with_callbacks(notices.announce)
        told += [day] * (len(mail.outbox) - before)
    assert told == [76, 83, 89, 91]
    assert connection.state == Connection.State.RECONNECT
    subjects = [one.subject for one in mail.outbox]
    assert subjects == ["The connection to ob-plain ends soon"] * 3 + [
        "Renew the connection to ob-plain"
    ]
    assert all(one.to == ["alice@example.org"] for one in mail.outbox)
    assert f"/banks/{connection.pk}/" in mail.outbox[0].body
    assert Notification.objects.filter(kind="bank.consent", user=alice).count() == 4


def with_callbacks(act):
    """Run `act` and what it left for after the commit."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        act()


def test_a_renewal_keeps_accounts_and_history_without_doubles(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice)
    accounts = list(connection.bank_accounts.values_list("pk", "account"))
    bank.forward(days=91)
    run = sync(connection, alice)
    connection.refresh_from_db()
    assert (run.error_code, connection.state) == ("invalid_grant", "reconnect")
    assert not schedule.drain()
    count = Transaction.objects.count()
    renew(connection, alice)
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    assert list(connection.bank_accounts.values_list("pk", "account")) == accounts
    assert Transaction.objects.count() > count
    assert_equal(bank, connection)
    assert check(household) == []


def test_a_renewal_with_another_persons_accounts_merges_nothing(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice)
    mine = list(Transaction.objects.values_list("pk", flat=True))
    bank.forward(days=91)
    sync(connection, alice)
    connection.refresh_from_db()
    bank.control("POST", "expire", credentials_id=connection.credentials_id)
    Connection.objects.update(refresh_token="")  # TrueLayer forgot us: a new link is needed
    connection.refresh_from_db()
    renew(connection, alice, customer="someone else")
    connection.refresh_from_db()
    assert connection.state == Connection.State.CHOOSING
    assert [row.is_gone for row in connection.bank_accounts.order_by("pk")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert list(Transaction.objects.values_list("pk", flat=True)) == mine


def test_a_renewal_at_another_bank_is_refused_and_given_back(bank, household, alice, run_tasks):
    connection = connect(bank, household, alice)
    choose_all(connection, alice)
    other = bank.grant("ob-larch")
    tokens = Tokens(other["access_token"], other["refresh_token"], 3600)
    connecting._renewed(connection, tokens)
    discovery.discover(connection.pk, "")
    connection.refresh_from_db()
    assert (connection.state, connection.error_code) == ("reconnect", "wrong_bank")
    assert connection.access_token == connection.refresh_token == ""
    grants = {one["credentials_id"]: one for one in bank.control("GET", "state")["grants"]}
    assert grants[other["credentials_id"]]["is_revoked"]


def test_rows_that_were_typed_before_are_joined(bank, household, alice):
    connection = connect(bank, household, alice, "ob-larch", ["current"])
    row = connection.bank_accounts.get()
    account = AccountFactory(household=household, currency="GBP", number=row.number)
    known = bank.truth(connection.credentials_id, "current")["booked"][-20:]
    for one in known:
        add_transaction(
            account=account,
            amount=one["amount"],
            date=dt.date.fromisoformat(one["date"]),
            description="typed",
            by=alice,
        )
    assert choosing.likely_account(row, [account]) == account
    run = finish(
        choosing.choose_accounts(
            connection=connection,
            choices=[choosing.Choice(row, account=account)],
            history_from=household.today() - dt.timedelta(days=60),
            by=alice,
            psu_ip="192.0.2.1",
        )
    )
    assert run.joined == 20
    assert Transaction.objects.filter(description="typed").count() == 20
    sync(connection, alice)
    amounts = sorted(
        one["amount"]
        for one in bank.truth(connection.credentials_id, "current")["booked"]
        if one["date"] >= (household.today() - dt.timedelta(days=60)).isoformat()
    )
    booked = Transaction.objects.movements().exclude(status=0)
    assert sorted(booked.values_list("amount", flat=True)) == amounts
    assert check(household) == []
