"""What people, support and operators do with connections, by page, admin and command."""

import datetime as dt
import io

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEvent
from accounts.tests.factories import UserFactory
from banking.coverage import coverage_of, gaps_between
from banking.models import BankAccount, BankCategory, Connection, Mandate
from banking.services import leaving
from banking.tests.conftest import assert_equal, choose_all, connect, sync
from core.vault import unseal
from ledger.invariants import check
from ledger.models import Account, Tombstone, Transaction
from ledger.services.transactions import edit_transaction
from ledger.tests.factories import CategoryFactory, make_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(bank, household, alice):
    """A current account and a card, forty days deep."""
    made = connect(bank, household, alice)
    choose_all(made, alice, history_from=household.today() - dt.timedelta(days=40))
    return made


@pytest.fixture
def client(alice):
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


@pytest.fixture
def run_tasks(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def act(client, connection, what):
    return client.post(f"/banks/{connection.pk}/act/", {"act": what})


def run(*arguments) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


# --- By page ----------------------------------------------------------------------------------


def test_pause_resume_and_sync_now(bank, connection, client, run_tasks):
    act(client, connection, "pause")
    connection.refresh_from_db()
    assert connection.state == "paused"
    assert "Paused" in client.get("/banks/").content.decode()
    act(client, connection, "resume")
    bank.forward(days=1)
    with run_tasks():
        act(client, connection, "sync")
    assert_equal(bank, connection)
    assert connection.runs.latest("pk").trigger == "person"


def test_an_editor_may_sync_and_only_an_owner_renews_or_pauses(bank, connection, bob, run_tasks):
    editor = Client()
    editor.force_login(bob)
    with run_tasks():
        assert act(editor, connection, "sync").status_code == 302
    for what in ("renew", "pause", "resume"):
        assert act(editor, connection, what).status_code == 403
    assert editor.get(f"/banks/{connection.pk}/disconnect/").status_code == 403


def test_disconnecting_keeps_transactions_and_revokes(bank, connection, client, run_tasks):
    count = Transaction.objects.count()
    with run_tasks():
        client.post(f"/banks/{connection.pk}/disconnect/", {"rows": "keep"})
    connection.refresh_from_db()
    assert (connection.state, connection.access_token, connection.refresh_token) == (
        *("disconnected", "", ""),
    )
    assert Transaction.objects.count() == count
    grants = bank.control("GET", "state")["grants"]
    assert [one["is_revoked"] for one in grants] == [True]


def test_disconnecting_may_delete_what_the_bank_brought_and_nothing_else(
    bank, household, connection, alice, client, run_tasks
):
    account = Account.objects.get(name="Plain Current")
    typed = make_transaction(account, -5, household.today(), by=alice)
    with run_tasks():
        client.post(f"/banks/{connection.pk}/disconnect/", {"rows": "delete"})
    assert list(Transaction.objects.all()) == [typed]
    assert Tombstone.objects.filter(snapshot__isnull=False).exists()
    assert check(household) == []


def test_a_revocation_that_fails_is_tried_again_and_then_given_up(bank, connection, alice):
    bank.fault("error", "/api/delete$", times=-1, code="provider_error")
    leaving.disconnect(connection=connection, by=alice, deletes_rows=False)
    for tries in range(1, leaving.REVOKE_TRIES):
        leaving.wind_up(connection.pk)
        connection.refresh_from_db()
        assert (connection.failures, bool(connection.refresh_token)) == (tries, True)
    leaving.wind_up(connection.pk)
    connection.refresh_from_db()
    assert connection.refresh_token == ""


def test_an_account_that_the_bank_shares_no_more_is_told(bank, connection, alice):
    with bank.server.store.lock:
        grant = bank.server.store.things["grant"][connection.credentials_id]
        grant.products = ["current"]
    sync(connection, alice)
    assert list(BankAccount.objects.order_by("pk").values_list("is_gone", flat=True)) == [
        False,
        True,
    ]
    assert Transaction.objects.filter(account__name="Plain Card").exists()


def test_a_difference_to_the_banks_balance_is_shown(bank, connection, alice, client):
    row = Transaction.objects.filter(account__name="Plain Current", status=1).latest("pk")
    edit_transaction(transaction=row, by=alice, amount=row.amount - 1234)
    bank.forward(hours=5)
    sync(connection, alice)
    current = BankAccount.objects.get(name="Plain Current")
    assert current.difference == -1234
    assert "12.34" in client.get(f"/banks/{connection.pk}/").content.decode()


def test_card_details_and_mandates_are_kept(bank, connection):
    card = BankAccount.objects.get(kind="cards")
    assert card.credit_limit == 300_000
    assert card.balance < 0
    assert card.statement_on is not None
    assert card.payment_due > 0
    kinds = set(Mandate.objects.values_list("kind", flat=True))
    assert kinds == {"so", "dd"}
    rent = Mandate.objects.get(payee="HARTLEY LETTINGS")
    assert (rent.next_amount, rent.reference) == (112_000, "FLAT 4")


def test_the_banks_words_become_the_households_categories(bank, household, alice, client):
    groceries = CategoryFactory(household=household, name="Groceries")
    food = CategoryFactory(household=household, name="Eating out")
    connection = connect(bank, household, alice, "ob-larch", ["current"])
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=60))
    tesco = Transaction.objects.filter(description__startswith="TESCO").first()
    assert tesco.category == groceries
    word = BankCategory.objects.get(label="Coffee shops")
    client.post("/banks/words/", {"label": word.pk, f"label-{word.pk}-category": food.pk})
    word.refresh_from_db()
    assert word.category == food


def test_coverage_says_which_days_are_known(bank, household, connection):
    (current, card) = coverage_of(household)
    assert current.agrees
    assert card.agrees
    assert [month.state for month in current.months[-2:]] == ["full", "full"]
    today = household.today()
    gaps = gaps_between(household, today - dt.timedelta(days=60), today)
    assert gaps == {}  # the accounts begin where the bank's rows do
    Account.objects.update(opened_on=today - dt.timedelta(days=60))
    gaps = gaps_between(household, today - dt.timedelta(days=60), today)
    assert {account.name for account in gaps} == {"Plain Current", "Plain Card"}


# --- By support -------------------------------------------------------------------------------


@pytest.fixture
def support(connection):
    user = UserFactory(email="support@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="banking"))
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


def test_support_sees_states_and_no_token_amount_or_name(connection, support):
    row = BankAccount.objects.get(name="Plain Current")
    secrets = [
        unseal(connection.access_token),
        unseal(connection.refresh_token),
        connection.access_token,
        connection.refresh_token,
        connection.credentials_id,
        row.external_id,
        str(row.balance),
    ]
    paths = ["/admin/banking/" + name for name in (
        "connection/", f"connection/{connection.pk}/change/", "syncrun/",
        f"syncrun/{connection.runs.get().pk}/change/", "bankaccount/",
        f"bankaccount/{row.pk}/change/", "bankcall/", "mandate/", "providerhealth/",
    )]  # fmt: skip
    for path in paths:
        page = support.get(path, follow=True)
        assert page.status_code == 200, path
        text = page.content.decode()
        assert not [one for one in secrets if one in text], path


def test_support_can_sync_pause_and_ask_to_renew(connection, support, run_tasks):
    def do(action):
        with run_tasks():
            support.post(
                "/admin/banking/connection/",
                {"action": action, "_selected_action": [connection.pk]},
            )
        connection.refresh_from_db()
        return connection.state

    assert do("sync_now") == "active"
    assert connection.runs.latest("pk").trigger == "command"
    assert do("pause") == "paused"
    assert do("ask_to_renew") == "reconnect"
    assert AuditEvent.objects.filter(by_staff=True, action__contains="bank").count() >= 3


# --- By operators -----------------------------------------------------------------------------


def test_sync_banks_says_what_it_did(bank, connection):
    bank.forward(days=2)
    assert "due" in run("sync_banks", "--due", "--dry-run")
    said = run("sync_banks", "--connection", str(connection.pk))
    assert "Done" in said
    assert "added" in said
    assert_equal(bank, connection)
    with pytest.raises(CommandError, match="no connection"):
        run("sync_banks", "--connection", "999")
    bank.fault("error", "/me$", times=-1, code="unauthorized")
    with pytest.raises(CommandError, match="1 of them"):
        run("sync_banks")


def test_truelayer_check_finds_what_is_wrong(bank, settings):
    settings.SITE_URL = "http://testserver"
    assert "All is well" in run("truelayer_check")
    settings.TRUELAYER_CLIENT_SECRET = "another"
    with pytest.raises(CommandError, match="1 problem"):
        run("truelayer_check")
    settings.TRUELAYER_ENV = ""
    with pytest.raises(CommandError, match="switched off"):
        run("truelayer_check")


def test_keys_rotate_without_losing_a_token(bank, connection, settings):
    token, old = unseal(connection.access_token), settings.TOKEN_KEYS
    new = Fernet.generate_key().decode()
    settings.TOKEN_KEYS = [new, *old]
    assert "2 tokens" in run("rotate_token_keys")
    settings.TOKEN_KEYS = [new]
    connection.refresh_from_db()
    assert unseal(connection.access_token) == token
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="need renewal"):
        run("rotate_token_keys")


def test_tokens_that_cannot_be_opened_end_in_a_renewal(bank, connection, alice, settings):
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    outcome = sync(connection, alice)
    connection.refresh_from_db()
    assert (outcome.error_code, connection.state) == ("tokens_unreadable", "reconnect")
    assert Connection.objects.count() == 1
