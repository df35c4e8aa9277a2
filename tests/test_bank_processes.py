"""Banks with real processes: workers, the scheduler, a bank on a socket, SIGKILL.

Runs on SQLite without Redis, and, when the suite runs on servers, on PostgreSQL and Redis.
"""

import json
import os
import re
import signal
import sqlite3

import pytest

from tests.house import REDIS, SERVER, House, until

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
HOUSES = ["server"] if SERVER and REDIS else ["embedded"]

SETUP = """
import json, sys
from accounts.models import Household, User
from banking.models import Connection
from banking.services import choosing, discovery
from banking.services.access import sealed
from banking.truelayer.client import Tokens
household = Household.objects.create(name="Synced")
user = User.objects.create_user("s@example.org", name="S")
household.memberships.create(user=user, role="owner")
grant = json.loads(%r)
connection = Connection.objects.create(
    household=household, made_by=user, environment="local", provider_id="ob-larch",
    provider_name="Larch Bank",
    **sealed(Tokens(grant["access_token"], grant["refresh_token"], grant["expires_in"])),
)
discovery.discover(connection.pk, "192.0.2.1")
choices = [choosing.Choice(row, name=row.name) for row in connection.bank_accounts.order_by("pk")]
connection.refresh_from_db()
run = choosing.choose_accounts(
    connection=connection, choices=choices, history_from=None, by=user, psu_ip="192.0.2.1"
)
"""
DUE = (
    "from django.utils import timezone; from banking.models import Connection; "
    "Connection.objects.update(next_sync_at=timezone.now())"
)
DONE = (
    "from banking.models import SyncRun; "
    "print(SyncRun.objects.filter(trigger='schedule', state='done').count())"
)
# What the sweeper does when a minute has passed: the run's message died with its worker.
SWEEP = (
    "import datetime as dt; from django.utils import timezone; from banking.models import SyncRun; "
    "from banking.services import schedule; "
    "SyncRun.objects.update(asked_at=timezone.now() - dt.timedelta(minutes=5)); "
    "print(schedule.sweep())"
)
STATE = "from banking.models import SyncRun; print(SyncRun.objects.latest('pk').state)"
LEDGER = (
    "import json; from ledger.models import Account, Transaction as T; "
    "print(json.dumps({a.name: sorted([r.date.isoformat(), r.amount, r.description, r.status == 0] "
    "for r in T.objects.movements().filter(account=a)) for a in Account.objects.all()}))"
)


@pytest.fixture(params=HOUSES)
def house(request, tmp_path):
    made = House(tmp_path, on_server=request.param == "server", BANK_LEASE_SECONDS="1")
    yield made
    made.close()


def connected(house, bank) -> dict:
    """A household with a consent at the bank, its first sync queued. Returns the grant."""
    grant = bank.control("POST", "grants", provider_id="ob-larch", products=["current", "savings"])
    house.shell(SETUP % json.dumps(grant))
    return grant


def truth(bank, grant) -> dict:
    """What the ledger has to hold, in the form of LEDGER."""
    names = {"current": "Larch Everyday", "savings": "Larch Rainy Day"}
    found = {}
    for product, name in names.items():
        query = {"credentials_id": grant["credentials_id"], "product": product}
        said = bank.control("GET", "truth", query)
        found[name] = sorted(
            [one["date"], one["amount"], one["text"], part == "pending"]
            for part in ("booked", "pending")
            for one in said[part]
        )
    return found


def assert_as_at_the_bank(house, bank, grant) -> None:
    here, there = json.loads(house.shell(LEDGER)), truth(bank, grant)
    for name, rows in there.items():
        # The bank gives six years at most.
        since = min(row[0] for row in here[name])
        assert here[name] == [row for row in rows if row[0] >= since]
        assert len(here[name]) > 100
    assert "sound" in house.manage("check_ledger")


def test_a_scheduled_sync_happens_by_itself(house):
    """Worker and scheduler as processes, nobody asks: also searched for every token issued."""
    house.environment["LOG_LEVEL"] = "DEBUG"
    bank = house.bank()
    grant = connected(house, bank)
    house.worker(2)
    until(lambda: house.shell(STATE) == "done", "the first sync was not done", 90)
    assert_as_at_the_bank(house, bank, grant)
    # Four hours on, so that the token has to be refreshed as well.
    bank.control("POST", "clock", forward=4 * 3600)
    house.shell(DUE + "; Connection.objects.update(token_expires_at=timezone.now())")
    house.beat()
    until(lambda: int(house.shell(DONE)) > 0, "nothing was synced by itself", 120)
    assert_as_at_the_bank(house, bank, grant)
    # No token that was ever issued is readable in the database, its journal or a log.
    dump = house.logs().encode() + house.manage("dumpdata").encode()
    for path in house.folder.rglob("*"):
        if path.is_file() and "sandbox" not in path.name:
            dump += path.read_bytes()
    issued = tokens_of(house, grant)
    assert len(issued) >= 4
    for token in issued:
        assert token.encode() not in dump
        assert token.rsplit(".", 1)[-1][:24].encode() not in dump


def tokens_of(house, grant) -> set[str]:
    """Every access and refresh token that the bank gave out."""
    found = {grant["access_token"], grant["refresh_token"]}
    with sqlite3.connect(house.folder / "sandbox_bank.sqlite3") as state:
        for (body,) in state.execute("SELECT body FROM thing WHERE kind = 'grant'"):
            thing = json.loads(body)
            found |= {thing["access"], thing["refresh"], *thing["old_access"]}
    return {token for token in found if token}


def test_a_worker_killed_at_any_request_leaves_the_ledger_as_the_bank(house):
    """Killed at ten different requests of one sync, each time while the bank is answering."""
    bank = house.bank()
    grant = connected(house, bank)
    for point in range(25 if LONG else 5):
        # The bank falls silent at the request after `point` others.
        bank.control("DELETE", "faults")
        bank.control(
            "POST", "faults",
            kind="timeout", endpoint="/", times=1, skip=point, details={"seconds": 20},
        )  # fmt: skip
        worker = house.worker()
        until(lambda: bank.control("GET", "faults")["left"] == 0, f"request {point} never came")
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        # Five deaths of one run are a reason to give it up; here it is the machine that fails.
        house.shell("import time; time.sleep(1); " + SWEEP + "; SyncRun.objects.update(attempts=0)")
    bank.control("DELETE", "faults")
    house.worker()
    house.shell(SWEEP)
    until(lambda: house.shell(STATE) == "done", "the sync was never done", 90)
    assert_as_at_the_bank(house, bank, grant)


def test_eight_workers_refresh_an_expired_token_once(house):
    """The bank kills the old refresh token at its first use; nobody uses it twice."""
    bank = house.bank()
    connected(house, bank)
    house.shell("from banking.models import SyncRun; SyncRun.objects.all().delete()")
    code = (
        "import threading; from django.db import connections; from django.utils import timezone; "
        "from banking.models import Connection; from banking.services import leases, schedule\n"
        "for round in range(%d):\n"
        "    Connection.objects.update(token_expires_at=timezone.now())\n"
        "    pk = Connection.objects.get().pk\n"
        "    def work():\n"
        "        from banking.services.access import fresh_token\n"
        "        lease = leases.take(pk)\n"
        "        if lease is not None:\n"
        "            fresh_token(Connection.objects.get(pk=pk), lease)\n"
        "            lease.release()\n"
        "        connections.close_all()\n"
        "    threads = [threading.Thread(target=work) for _ in range(8)]\n"
        "    [t.start() for t in threads]; [t.join() for t in threads]\n"
        "    work()\n"
    )
    rounds = 100 if LONG else 10
    before = calls(bank)
    house.shell(code % rounds)
    # One token call a round, or two when a thread came after the first had finished: none in vain.
    log = house.logs()
    assert "invalid_grant" not in log
    assert calls(bank) - before <= 2 * rounds
    house.shell(
        "from banking.models import Connection; from banking.services import leases; "
        "from banking.services.access import fresh_token; c = Connection.objects.get(); "
        "fresh_token(c, leases.take(c.pk), force=True)"
    )


def calls(bank) -> int:
    """Token calls that the bank has answered."""
    return bank.control("GET", "state")["tokens"]


def test_two_workers_at_one_connection_write_everything_once(house):
    """Both are told to do the same run, again and again, while the bank is slow."""
    bank = house.bank()
    grant = connected(house, bank)
    again = (
        "from banking.models import SyncRun; from core.queue import enqueue; "
        "[enqueue('banking.sync', SyncRun.objects.latest('pk').pk) for _ in range(6)]"
    )
    house.worker(2)
    house.worker(2)
    for _time in range(3):
        house.shell(again)
    until(lambda: house.shell(STATE) == "done", "the sync was never done", 90)
    house.shell(again)
    assert_as_at_the_bank(house, bank, grant)
    counts = bank.control("GET", "state")["counts"]
    # Each account is read once: twelve pieces of history, one balance.
    assert counts["ob-larch balance"] == 2


def test_no_token_column_is_readable(house):
    bank = house.bank()
    grant = connected(house, bank)
    columns = house.shell(
        "from banking.models import Connection; "
        "print(Connection.objects.values_list('access_token', 'refresh_token').get())"
    )
    assert grant["access_token"] not in columns
    assert grant["refresh_token"] not in columns
    assert re.search(r"gAAAA", columns)  # Fernet's mark
