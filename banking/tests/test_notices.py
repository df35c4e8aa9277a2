"""Banks that cannot be read for a while are told of, once for each spell."""

import pytest
from django.core import mail
from django.db import connection as database
from django.db.migrations.executor import MigrationExecutor

from banking.services import notices
from banking.tests.conftest import choose_all, connect, sync
from notifications.models import Notification


@pytest.fixture
def connection(bank, household, alice, bob):
    made = connect(bank, household, alice)
    choose_all(made, alice)
    return made


def fail(bank, connection, alice, times: int) -> None:
    bank.fault("error", "/data/v1/", times=-1, code="provider_error")
    for _time in range(times):
        sync(connection, alice)
    bank.heal()


def test_a_bank_that_fails_for_a_day_is_told_once_a_spell(
    bank, connection, alice, django_capture_on_commit_callbacks
):
    def announce():
        with django_capture_on_commit_callbacks(execute=True):
            return notices.announce()

    fail(bank, connection, alice, 3)
    assert announce() == 0  # not for long yet
    bank.forward(hours=25)
    assert [announce(), announce()] == [1, 0]
    bank.forward(days=1)
    fail(bank, connection, alice, 1)
    assert announce() == 0
    assert [one.to for one in mail.outbox] == [["alice@example.org"]]
    assert mail.outbox[0].subject == "New transactions from ob-plain do not come in"
    assert "Sync once by hand" in mail.outbox[0].body
    assert f"/banks/{connection.pk}/" in mail.outbox[0].body
    sync(connection, alice)
    fail(bank, connection, alice, 3)
    bank.forward(hours=25)
    assert announce() == 1
    assert Notification.objects.filter(kind="bank.sync_failed").count() == 2


def test_two_failures_are_no_reason(bank, connection, alice):
    fail(bank, connection, alice, 2)
    bank.forward(days=3)
    assert notices.announce() == 0


@pytest.mark.django_db(transaction=True)
def test_what_was_told_before_the_move_is_not_told_again(bank, connection, household, alice):
    """Back to the table of notices, one notice in it, and forward."""
    bank.forward(days=89, hours=1)
    until = connection.consent_expires_at
    try:
        before = MigrationExecutor(database)
        before.migrate([("banking", "0001_connections")])
        old = before.loader.project_state([("banking", "0001_connections")]).apps
        old.get_model("banking", "ConsentNotice").objects.create(
            connection_id=connection.pk, days=1, consent_expires_at=until
        )
    finally:
        MigrationExecutor(database).migrate([("banking", "0002_notices_are_notifications")])
    assert notices.announce() == 0
    told = Notification.objects.get(user=alice)
    assert told.kind == "bank.consent"
    assert told.in_app is False
