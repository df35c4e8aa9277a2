#!/usr/bin/env python3
"""Banks: a first sync of 100,000 rows, and a thousand connections that are due at once.

    .venv/bin/python benchmarks/bank_speed.py [--runs 3] [--connections 1000]

Starts the sandbox bank and workers as processes of their own, on a scratch SQLite file and the
broker in a file, or on the scratch databases of DATABASE_URL and REDIS_URL. The first sync is held
against its HTTP requests alone plus the raw load of the same rows; what counts are the ratios.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PROVIDERS = ("ob-plain", "ob-nameless", "ob-larch", "ob-copper", "ob-ebb")
PRODUCT = {"ob-plain": "card", "ob-nameless": "card", "ob-larch": "savings", "ob-copper": "card"}


def setup() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def control(url: str, method: str, what: str, **body) -> dict:
    """The bank's control surface."""
    request = urllib.request.Request(  # noqa: S310 ours
        f"{url}/_sim/{what}",
        method=method,
        data=json.dumps(body).encode() if method == "POST" else None,
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 ours
        return json.loads(answer.read())


def connected(url: str, household, provider_id: str, products: list[str], customer: str):
    """A connection that was consented to and discovered."""
    from banking.models import Connection
    from banking.services import discovery
    from banking.services.access import sealed
    from banking.truelayer.client import Tokens

    grant = control(
        url, "POST", "grants", provider_id=provider_id, products=products, customer=customer
    )
    connection = Connection.objects.create(
        household=household,
        environment="local",
        provider_id=provider_id,
        provider_name=provider_id,
        **sealed(Tokens(grant["access_token"], grant["refresh_token"], grant["expires_in"])),
    )
    discovery.discover(connection.pk, "192.0.2.1")
    connection.refresh_from_db()
    return connection


def chosen(connection, history_from) -> None:
    """Its accounts come in as new ones; the first sync is queued."""
    from banking.services import choosing

    choices = [choosing.Choice(row, name=row.name) for row in connection.bank_accounts.all()]
    choosing.choose_accounts(
        connection=connection,
        choices=choices,
        history_from=history_from,
        by=None,
        psu_ip="192.0.2.1",
    )


def first_sync(url: str) -> None:
    """Print seconds of the sync, of its requests alone, of the raw load, and the rows, as JSON."""
    setup()
    import httpx
    from django.db import transaction

    from accounts.models import Household
    from banking import gateway
    from banking.models import SyncRun
    from banking.services import schedule
    from core.vault import unseal
    from ledger.models import Transaction
    from ledger.services.bulk import NewRow, insert_rows

    household = Household.objects.create(name="Benchmark")
    connection = connected(url, household, "ob-colossus", ["current"], "first")
    chosen(connection, None)
    asked = []
    client = gateway.truelayer()
    client.http.event_hooks = {"request": [lambda request: asked.append(request.url)]}
    begun = time.perf_counter()
    run = SyncRun.objects.get(connection=connection)
    schedule.run_sync(run.pk)
    sync = time.perf_counter() - begun
    run.refresh_from_db()
    assert run.state == "done", run.error_code
    connection.refresh_from_db()
    headers = {"Authorization": f"Bearer {unseal(connection.access_token)}"}
    begun = time.perf_counter()
    with httpx.Client(headers=headers) as http:
        for address in asked:
            http.get(address)
    fetch = time.perf_counter() - begun
    rows = [NewRow(*row) for row in Transaction.objects.order_by("pk").values_list(*NewRow._fields)]
    with transaction.atomic():
        Transaction.objects.all()._raw_delete("default")
    begun = time.perf_counter()
    with transaction.atomic():
        for start in range(0, len(rows), 5000):
            insert_rows(rows[start : start + 5000])
    raw = time.perf_counter() - begun
    household.delete()
    print(json.dumps({"sync": sync, "fetch": fetch, "raw": raw, "rows": len(rows)}))


def make_many(url: str, count: int) -> None:
    """`count` connections of as many households at five banks, in sync and due."""
    setup()
    from django.utils import timezone

    from accounts.models import Household
    from banking.models import BankCall, Connection, SyncRun
    from banking.services import schedule

    for number in range(count):
        provider = PROVIDERS[number % len(PROVIDERS)]
        household = Household.objects.create(name=f"Benchmark {number}")
        product = PRODUCT.get(provider, "current")
        connection = connected(url, household, provider, [product], f"customer {number}")
        chosen(connection, household.today())
        schedule.run_sync(SyncRun.objects.get(connection=connection).pk)
    BankCall.objects.all().delete()
    SyncRun.objects.all().delete()
    Connection.objects.update(next_sync_at=timezone.now())


def drain(count: int) -> None:
    """Watch the workers until nothing is due; ask for syncs by hand meanwhile. Prints JSON."""
    setup()
    from django.db.models import Count
    from django.utils import timezone

    from banking.models import BankCall, Connection, SyncRun
    from banking.services import schedule

    begun = time.monotonic()
    most: Counter[str] = Counter()
    waits, asked = [], None
    by_hand = list(Connection.objects.order_by("-pk")[:200])
    last_tick = 0.0
    while True:
        now = timezone.now()
        if time.monotonic() - last_tick > 5:  # what the scheduler's process does
            schedule.schedule()
            last_tick = time.monotonic()
        busy = Connection.objects.filter(leased_until__gt=now).values_list("provider_id")
        for provider, at_work in busy.annotate(Count("pk")).order_by():
            most[provider] = max(most[provider], at_work)
        if asked is None and by_hand:
            begun_asking = time.monotonic()
            asked = schedule.request_sync(connection=by_hand.pop(), by=None, psu_ip="192.0.2.1")
        elif asked is not None and SyncRun.objects.get(pk=asked.pk).is_over:
            waits.append(time.monotonic() - begun_asking)
            asked = None
            time.sleep(0.5)
        if not Connection.objects.due(now).exists() and not busy:
            break
        time.sleep(0.05)
    calls = BankCall.objects.filter(is_attended=False).values_list("connection__provider_id")
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - begun,
                "runs": SyncRun.objects.filter(trigger="schedule", state="done").count(),
                "not_done": SyncRun.objects.exclude(state__in=["done", "waiting"]).count(),
                "most": most,
                "calls": dict(calls.annotate(Count("pk")).order_by()),
                "waits": waits,
            }
        )
    )


def child(*arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}


def measure_first(url: str, runs: int) -> None:
    child("--step", "first", "--url", url)  # the bank invents its rows once
    figures = [child("--step", "first", "--url", url) for _run in range(runs)]
    ratios = [one["sync"] / (one["fetch"] + one["raw"]) for one in figures]
    one = figures[ratios.index(statistics.median_low(ratios))]
    print(
        f"first sync of {one['rows']:,} rows: requests alone {one['fetch']:.2f} s, raw load "
        f"{one['raw']:.2f} s, sync {one['sync']:.2f} s = {statistics.median(ratios):.2f} x of both"
    )


def measure_many(url: str, count: int) -> None:
    child("--step", "many", "--url", url, "--connections", str(count))
    worker = [
        *(sys.executable, "-m", "celery", "-A", "config", "--quiet", "worker", "--pool", "threads"),
        *("--concurrency", "4", "--without-gossip", "--without-mingle", "--loglevel", "error"),
    ]
    workers = [subprocess.Popen([*worker, "-n", f"w{n}"], cwd=ROOT) for n in range(2)]
    try:
        found = child("--step", "drain", "--connections", str(count))
    finally:
        for process in workers:
            process.terminate()
        for process in workers:
            process.wait()
    per_sync = sum(found["calls"].values()) / max(1, found["runs"])
    waits = sorted(found["waits"])
    print(
        f"{count:,} connections due at once, 2 workers: {found['seconds']:.0f} s, "
        f"{found['runs']} by the clock, {found['not_done']} not done; at most "
        f"{max(found['most'].values())} at one bank at once, {per_sync:.1f} requests a sync; "
        f"“sync now” meanwhile ({len(waits)} times): median {statistics.median(waits):.1f} s, "
        f"longest {waits[-1]:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--step", choices=["first", "many", "drain"])
    parser.add_argument("--url")
    options = parser.parse_args()
    if options.step == "first":
        first_sync(options.url)
    elif options.step == "many":
        make_many(options.url, options.connections)
    elif options.step == "drain":
        drain(options.connections)
    else:
        with tempfile.TemporaryDirectory() as name:
            run_all(Path(name), options)


def run_all(folder: Path, options) -> None:
    from tests.house import free_port

    port = free_port()
    os.environ |= {
        "HOUSEBOOK_VAR": str(folder),
        "LOG_LEVEL": "ERROR",
        "TRUELAYER_ENV": "local",
        "SANDBOX_BANK_PORT": str(port),
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, check=True)
    subprocess.run([*manage, "createcachetable"], cwd=ROOT, check=True)
    bank = subprocess.Popen(
        [*manage, "sandbox_bank", "--control", "--port", str(port)],
        cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _attempt in range(100):
            try:
                control(url, "GET", "state")
                break
            except OSError:
                time.sleep(0.2)
        print("PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite")
        measure_first(url, options.runs)
        measure_many(url, options.connections)
    finally:
        bank.terminate()
        bank.wait()


if __name__ == "__main__":
    main()
