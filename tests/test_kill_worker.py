"""A worker that is killed at any moment of an import: nothing twice, nothing missing.

A real worker process on the broker in a file, in a folder of its own. Short here; with
HYPOTHESIS_PROFILE=long the whole is repeated twenty-five times.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
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


class House:
    """A Housebook in a folder of its own."""

    def __init__(self, folder: Path):
        self.environment = {
            **os.environ,
            "HOUSEBOOK_VAR": str(folder),
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": "",
            "REDIS_URL": "",
        }
        self.manage("migrate", "-v0")
        self.manage("createcachetable")

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def shell(self, code: str) -> str:
        return self.manage("shell", "--no-imports", "-c", code)

    def worker(self) -> subprocess.Popen:
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "config",
            "--quiet",
            "worker",
            "--pool",
            "threads",
            "--concurrency",
            "1",
            "--without-gossip",
            "--without-mingle",
            "--loglevel",
            "error",
        ]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)

    def through(self, state: str, rng: random.Random) -> None:
        """Kill a worker twice on the way, then let one finish."""
        for _kill in range(2):
            worker = self.worker()
            time.sleep(rng.uniform(0.8, 2.6))
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
            self.shell(SWEEP)
        worker = self.worker()
        try:
            for _attempt in range(120):
                if self.shell(STATE) == state:
                    return
                time.sleep(0.5)
            raise AssertionError(f"the job never became {state}: {self.shell(STATE)}")
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_killed_worker_leaves_nothing_half(tmp_path, seed):
    house = House(tmp_path)
    rng = random.Random(seed)
    house.shell(SETUP)
    house.through("ready", rng)
    house.shell(POST)
    house.through("done", rng)
    assert house.shell(RESULT) == f"{ROWS} [{ROWS}]"
    assert "sound" in house.manage("check_ledger")
