"""A sandbox bank on a socket, and households that are connected to it."""

import datetime as dt
import re
import threading
from contextlib import ExitStack, contextmanager
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from banking import gateway
from banking.models import BankAccount, Connection, ConsentRequest, SyncRun
from banking.sandbox.oauth import Client
from banking.sandbox.server import SandboxBank
from banking.services import choosing, connecting, discovery, schedule
from banking.services.access import sealed
from banking.truelayer.client import Tokens
from ledger.models import Account, Status, Transaction

CLIENT = Client("sandbox-test", "secret-of-the-client", ("http://testserver/banks/callback/",))


class Simulator:
    """The bank and its control surface, without HTTP for the controls."""

    def __init__(self, server: SandboxBank):
        self.server = server
        self.url = server.url
        self.passed = dt.timedelta()

    def control(self, method: str, what: str, query=None, **body) -> dict:
        with self.server.store.lock:
            return self.server.control.answer(method, f"/_sim/{what}", query or {}, body)

    def grant(self, provider_id: str, products=None, customer="sam") -> dict:
        return self.control(
            "POST", "grants", provider_id=provider_id, products=products or [], customer=customer
        )

    def fault(self, kind: str, endpoint: str, times: int = 1, skip: int = 0, **details) -> None:
        self.control(
            "POST", "faults", kind=kind, endpoint=endpoint, times=times, skip=skip, details=details
        )

    def heal(self) -> None:
        self.control("DELETE", "faults")

    def forward(self, **spans) -> None:
        """Let time pass, at the bank and here."""
        span = dt.timedelta(**spans)
        self.passed += span
        self.control("POST", "clock", forward=span.total_seconds())

    def truth(self, credentials_id: str, product: str) -> dict:
        return self.control("GET", "truth", {"credentials_id": credentials_id, "product": product})

    def requests(self) -> dict[str, int]:
        return self.control("GET", "state")["counts"]


def start_bank() -> Simulator:
    """A sandbox bank in a thread of this process."""
    server = SandboxBank(("127.0.0.1", 0), CLIENT, has_control=True, has_slowness=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.daemon = True
    thread.start()
    return Simulator(server)


def stop_bank(simulator: Simulator) -> None:
    """Close its socket."""
    simulator.server.shutdown()
    simulator.server.server_close()


def bank_settings(url: str) -> dict:
    """Settings that point to the bank."""
    return {
        "TRUELAYER_ENV": "local",
        "TRUELAYER_AUTH_URL": url,
        "TRUELAYER_API_URL": url,
        "TRUELAYER_CLIENT_ID": CLIENT.id,
        "TRUELAYER_CLIENT_SECRET": CLIENT.secret,
        "TRUELAYER_REDIRECT_URI": CLIENT.redirect_uris[0],
        "TRUELAYER_PROVIDERS": "",
        "BANK_TIMEOUT_SECONDS": 2,
        "TOKEN_KEYS": ["q7m7Yp0m2J0h1v3Zb8Qx5sW9e4r6t8y0u2i4o6p8a0s="],
    }


@contextmanager
def moving_time(simulator: Simulator):
    """This process's time goes with the bank's."""

    def now():
        return dt.datetime.now(dt.UTC) + simulator.passed

    with ExitStack() as stack:
        stack.enter_context(patch("django.utils.timezone.now", now))
        # Defaults of fields keep the function that they were made with.
        for model, name in ((ConsentRequest, "made_at"), (SyncRun, "asked_at")):
            stack.enter_context(patch.object(model._meta.get_field(name), "_get_default", now))
        yield


@pytest.fixture
def bank(settings, monkeypatch):
    """A sandbox bank; the settings point to it."""
    simulator = start_bank()
    for name, value in bank_settings(simulator.server.url).items():
        setattr(settings, name, value)
    monkeypatch.setattr("banking.truelayer.client.PAUSE_SECONDS", (0, 0.01))
    with moving_time(simulator):
        yield simulator
    gateway.truelayer().close()
    gateway._client.cache_clear()
    stop_bank(simulator)


def connect(bank, household, by, provider_id="ob-plain", products=None, customer="sam"):
    """A connection that was consented to and discovered; nothing chosen yet."""
    granted = bank.grant(provider_id, products, customer)
    connection = Connection.objects.create(
        household=household,
        made_by=by,
        environment="local",
        provider_id=provider_id,
        provider_name=provider_id,
        **sealed(Tokens(granted["access_token"], granted["refresh_token"], granted["expires_in"])),
    )
    discovery.discover(connection.pk, "192.0.2.1")
    connection.refresh_from_db()
    return connection


def choose_all(connection, by, history_from=None) -> SyncRun:
    """Bring every account in as a new one, and sync once."""
    choices = [
        choosing.Choice(row, name=row.name) for row in connection.bank_accounts.order_by("pk")
    ]
    run = choosing.choose_accounts(
        connection=connection,
        choices=choices,
        history_from=history_from,
        by=by,
        psu_ip="192.0.2.1",
    )
    return finish(run)


def finish(run: SyncRun) -> SyncRun:
    """Do a run now, as a worker would."""
    schedule.run_sync(run.pk)
    run.refresh_from_db()
    return run


def sync(connection, by=None, psu_ip="192.0.2.1") -> SyncRun:
    """A sync that somebody asks for and waits for."""
    return finish(schedule.request_sync(connection=connection, by=by, psu_ip=psu_ip))


def consent(link: str, *, customer="sam", products=None, allow=True) -> dict[str, str]:
    """Be the customer at the bank's pages. Returns what they bring back to the callback."""
    with httpx.Client(follow_redirects=True) as http:
        page = http.get(link)
        steps = [
            {"act": "login", "username": customer, "password": "demo"},
            {"act": "confirm", "otp": ""},
            {"act": "allow", "product": products or []},
        ]
        for step in steps:
            if step["act"] == "login" and not allow:
                step = {"act": "cancel"}
            if step["act"] == "confirm":
                code = re.search(r"<strong>(\d{6})</strong>", page.text)
                if not code:
                    continue
                step["otp"] = code[1]
            if step["act"] == "allow" and not step["product"]:
                step["product"] = re.findall(r'name="product" value="([^"]+)"', page.text)
            page = http.post(page.url, data=step, follow_redirects=False)
            if page.status_code == 303:
                return dict(parse_qsl(urlsplit(page.headers["Location"]).query))
        raise AssertionError(page.text)


def renew(connection, by, **visit) -> None:
    """The person renews, at the bank when TrueLayer wants it, and the first sync is done."""
    leaving = connecting.begin_consent(
        household=connection.household,
        by=by,
        provider_id=connection.provider_id,
        connection=connection,
    )
    if leaving.link:
        connecting.take_callback(
            user=by,
            hashes=[leaving.state_hash],
            query=consent(leaving.link, **visit),
            psu_ip="192.0.2.1",
        )
    discovery.discover(connection.pk, "192.0.2.1")
    connection.refresh_from_db()
    for run in connection.runs.unfinished():
        finish(run)


def bank_rows(bank, row: BankAccount) -> dict:
    """What the bank has for this account: {"booked": sorted (date, amount), "pending": …}."""
    with bank.server.store.lock:
        grant = bank.server.store.things["grant"][row.connection.credentials_id]
        key = next(
            product
            for product in grant.products
            if bank.truth(grant.id, product)["account_id"] == row.external_id
        )
    truth = bank.truth(row.connection.credentials_id, key)
    return {
        part: sorted(
            (one["date"], one["amount"], one["text"])
            for one in truth[part]
            if part == "pending" or one["date"] >= row.synced_from.isoformat()
        )
        for part in ("booked", "pending")
    }


def ledger_rows(account: Account) -> dict:
    """What the ledger has for it, in the same form."""
    rows = Transaction.objects.movements().filter(account=account)

    def listed(some):
        return sorted(
            (date.isoformat(), amount, text)
            for date, amount, text in some.values_list("date", "amount", "description")
        )

    return {
        "booked": listed(rows.exclude(status=Status.PENDING)),
        "pending": listed(rows.filter(status=Status.PENDING)),
    }


def assert_equal(bank, connection) -> None:
    """The ledger has exactly what the bank has, on every account."""
    rows = connection.bank_accounts.filter(account__isnull=False, is_gone=False)
    for row in rows.select_related("account", "connection"):
        assert ledger_rows(row.account) == bank_rows(bank, row), row.name
