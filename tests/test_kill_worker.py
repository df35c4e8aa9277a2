"""A worker that is killed at any moment of an import: nothing twice, nothing missing.

A real worker process on the broker in a file, in a folder of its own. Short here; with
HYPOTHESIS_PROFILE=long the whole is repeated twenty-five times.
"""

import os
import random
import signal
import time

import pytest

from tests.house import House, until

ROWS = 12_000
ROUNDS = 25 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1

SETUP = f"""
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import Household, User
from imports.services import jobs
from ledger.models import Account
household = Household.objects.create(name="Killed")
user = User.objects.create_user("k@example.org", name="K")
household.memberships.create(user=user, role="owner")
account = Account.objects.create(household=household, name="Main", currency="EUR")
lines = ["Date,Description,Amount"]
for n in range({ROWS}):
    day = f"2026-0{{1 + n % 9}}-{{10 + n % 18}}"
    lines.append(f"{{day}},SHOP {{n // 3}},-{{1 + n % 90}}.{{n % 90 + 10}}")
file = SimpleUploadedFile("rows.csv", chr(10).join(lines).encode())
job = jobs.start_job(household=household, by=user, upload=file, account=account)
from imports.parsers.csv_file import CsvMapping
mapping = CsvMapping.from_json(job.options["mapping"])
jobs.begin_reading(job=job, accounts=[account.pk], mapping=mapping)
"""
POST = (
    "from imports.models import ImportJob; from imports.services import jobs; "
    "jobs.begin_posting(job=ImportJob.objects.get())"
)
SWEEP = (
    "import datetime as dt; from django.utils import timezone; from imports.services import jobs; "
    "print(jobs.sweep(timezone.now() + dt.timedelta(minutes=10)))"
)
STATE = "from imports.models import ImportJob; print(ImportJob.objects.get().state)"
RESULT = (
    "from ledger.models import Transaction, ImportBatch; "
    "print(Transaction.objects.count(), [b.added for b in ImportBatch.objects.all()])"
)


def through(house: House, state: str, rng: random.Random) -> None:
    """Kill a worker twice on the way, then let one finish."""
    for _kill in range(2):
        worker = house.worker()
        time.sleep(rng.uniform(0.8, 2.6))
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        house.shell(SWEEP)
    worker = house.worker()
    until(lambda: house.shell(STATE) == state, f"the job never became {state}")
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_killed_worker_leaves_nothing_half(tmp_path, seed):
    house = House(tmp_path)
    rng = random.Random(seed)
    try:
        house.shell(SETUP)
        through(house, "ready", rng)
        house.shell(POST)
        through(house, "done", rng)
        assert house.shell(RESULT) == f"{ROWS} [{ROWS}]"
        assert "sound" in house.manage("check_ledger")
    finally:
        house.close()
