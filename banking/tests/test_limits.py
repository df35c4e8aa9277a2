"""Politeness: four requests a day, a breaker for a bank that is down, no bursts, no starving."""

import datetime as dt
from collections import Counter

import pytest

from banking.models import BankCall, Connection, ProviderHealth, SyncRun
from banking.services import limits, schedule
from banking.tests.conftest import choose_all, connect, sync
from ledger.invariants import check

pytestmark = pytest.mark.django_db


def test_a_sync_that_changes_nothing_asks_the_database_fifteen_times_at_most(
    bank, household, alice, django_assert_max_num_queries
):
    """Ninety days of a current account, with and without the person, token refreshed or not."""
    connection = connect(bank, household, alice, "ob-larch", ["current"])
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=90))
    sync(connection, alice)
    for psu_ip in ("192.0.2.1", None):
        for hours in (0, 2):
            bank.forward(hours=hours)
            run = schedule.request_sync(connection=connection, by=alice, psu_ip=psu_ip)
            with django_assert_max_num_queries(15):
                schedule.run_sync(run.pk)
            run.refresh_from_db()
            assert (run.state, run.added, run.amended) == ("done", 0, 0)


def test_seven_days_of_syncs_by_themselves_keep_to_four_requests_in_24_hours(
    bank, household, alice
):
    """The scheduler looks every ten minutes; the bank itself refuses the fifth."""
    connection = connect(bank, household, alice, "ob-larch")
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=10))
    for _ten_minutes in range(7 * 24 * 6 // 3):
        bank.forward(minutes=30)
        schedule.drain()
    runs = SyncRun.objects.filter(trigger="schedule")
    assert 18 <= runs.count() <= 28
    assert set(runs.values_list("state", flat=True)) == {"done"}
    calls = BankCall.objects.filter(is_attended=False).exclude(endpoint="me")
    times: dict[tuple, list] = {}
    for account, endpoint, at in calls.order_by("at").values_list("external_id", "endpoint", "at"):
        times.setdefault((account, endpoint), []).append(at)
    for moments in times.values():
        for first, fifth in zip(moments, moments[4:], strict=False):
            assert fifth - first >= dt.timedelta(hours=24)
    assert check(household) == []


def test_an_impatient_operator_is_held_back_and_the_person_is_not(bank, household, alice):
    connection = connect(bank, household, alice, "ob-larch")
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=10))
    states = [sync(connection, alice, psu_ip=None) for _n in range(6)]
    assert [run.error_code for run in states[4:]] == ["quota_spent", "quota_spent"]
    connection.refresh_from_db()
    assert connection.state == Connection.State.ACTIVE
    assert sync(connection, alice, psu_ip="192.0.2.1").state == "done"


def test_the_breaker_opens_after_five_failures_and_is_tried_by_one(bank, household, alice):
    connections = [connect(bank, household, alice, customer=f"c{n}") for n in range(8)]
    for connection in connections:
        choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=3))
    bank.fault("error", "/data/v1/", times=-1, code="provider_error")
    bank.forward(hours=10)
    served = sum(bank.requests().values())
    tried = 0
    while schedule.drain():
        tried += 1
    assert tried == limits.FAILURES_TO_OPEN
    health = ProviderHealth.objects.get(provider_id="ob-plain")
    assert health.failures == limits.FAILURES_TO_OPEN
    # An hour of a scheduler that looks every minute: a probe after each pause, each longer.
    probes = Counter()
    for minute in range(60):
        bank.forward(minutes=1)
        while schedule.drain():
            probes[minute] += 1
    assert 1 <= sum(probes.values()) <= 4
    assert max(probes.values()) == 1
    assert sum(bank.requests().values()) == served  # refused before they cost anything
    run = sync(connections[0], alice, psu_ip="192.0.2.1")
    assert run.error_code == "provider_down"
    bank.heal()
    bank.forward(hours=3)
    while schedule.drain():
        pass
    assert not ProviderHealth.objects.get(provider_id="ob-plain").failures
    bank.forward(hours=9)
    while schedule.drain():
        pass
    states = Connection.objects.values_list("failures", flat=True)
    assert set(states) == {0}


def test_retries_spread_and_back_off(bank, household, alice):
    """No two connections come back together, and each waits longer than before."""
    connection = connect(bank, household, alice)
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=3))
    bank.fault("error", "/data/v1/", times=-1, code="internal_server_error")
    waits = []
    for _failure in range(6):
        bank.forward(hours=9)
        ProviderHealth.objects.all().delete()
        assert schedule.drain()
        connection.refresh_from_db()
        waits.append(connection.next_sync_at - connection.last_sync_at)
    assert waits[0] <= dt.timedelta(minutes=25)
    assert all(wait <= dt.timedelta(hours=10.5) for wait in waits)
    assert waits[5] > waits[0] * 4


def test_retry_after_is_respected(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=3))
    bank.fault(
        "error", "/transactions$", times=-1, code="provider_too_many_requests", retry_after=7200
    )
    bank.forward(hours=10)
    assert schedule.drain()
    connection.refresh_from_db()
    wait = connection.next_sync_at - connection.last_sync_at
    assert dt.timedelta(hours=2) <= wait <= dt.timedelta(hours=2.5)


def test_the_banks_daily_limit_is_waited_out(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=3))
    bank.fault("error", "/transactions$", times=-1, code="provider_request_limit_exceeded")
    bank.forward(hours=10)
    assert schedule.drain()
    connection.refresh_from_db()
    assert connection.next_sync_at - connection.last_sync_at >= dt.timedelta(hours=20)


def test_only_so_many_are_at_work_and_at_one_bank(bank, household, alice, settings):
    settings.BANK_SYNC_CONCURRENCY, settings.BANK_PROVIDER_CONCURRENCY = 3, 2
    for provider in ("ob-plain", "ob-plain", "ob-plain", "ob-nameless", "ob-nameless"):
        connection = connect(bank, household, alice, provider, customer=f"c{provider}{household}")
        Connection.objects.filter(pk=connection.pk).update(
            state="active", next_sync_at=connection.made_at
        )
    claimed = [schedule.claim_due() for _n in range(5)]
    taken = [run.connection.provider_id for run, _lease in filter(None, claimed)]
    assert sorted(taken) == ["ob-nameless", "ob-plain", "ob-plain"]
    claimed[0][1].release(next_sync_at=None)
    assert schedule.claim_due() is not None
    assert schedule.claim_due() is None


def test_what_a_dead_worker_left_is_queued_again(bank, household, alice):
    connection = connect(bank, household, alice)
    choose_all(connection, alice, history_from=household.today() - dt.timedelta(days=3))
    run = schedule.request_sync(connection=connection, by=alice, psu_ip="192.0.2.1")
    assert schedule.request_sync(connection=connection, by=alice) == run
    assert schedule.sweep() == 0
    bank.forward(minutes=2)
    assert schedule.sweep() == 1
    # A run that kills every worker is given up, told, and tried again by the clock.
    SyncRun.objects.filter(pk=run.pk).update(attempts=schedule.MAX_ATTEMPTS)
    schedule.run_sync(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("failed", "died")
    connection.refresh_from_db()
    assert connection.next_sync_at is not None
