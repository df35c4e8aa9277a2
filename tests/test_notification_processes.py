"""From an import that fails to a mail in a file, with real processes: once, whatever happens.

Runs on SQLite without Redis, and, when the suite runs on servers, on PostgreSQL and Redis.
"""

import time

import pytest

from tests.house import REDIS, SERVER, House, until

HOUSES = ["server"] if SERVER and REDIS else ["embedded"]

# An import that was tried too often: the worker gives it up.
SETUP = """
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import Household, User
from imports.models import ImportJob
from imports.parsers.csv_file import CsvMapping
from imports.services import jobs
from ledger.models import Account
from notifications.models import Preference
household = Household.objects.create(name="Told", time_zone="Europe/Berlin")
user = User.objects.create_user("t@example.org", name="T", locale="de-DE")
household.memberships.create(user=user, role="owner")
Preference.objects.create(user=user, household=household, kind="import.failed", mail="now")
account = Account.objects.create(household=household, name="Main", currency="EUR")
file = SimpleUploadedFile("rows.csv", b"Date,Description,Amount\\n2026-01-10,Shop,-1.00\\n")
job = jobs.start_job(household=household, by=user, upload=file, account=account)
mapping = CsvMapping.from_json(job.options["mapping"])
jobs.begin_reading(job=job, accounts=[account.pk], mapping=mapping)
ImportJob.objects.update(attempts=3)
"""
AGAIN = """
from imports.models import ImportJob
from core.queue import enqueue
ImportJob.objects.update(state="reading")
for _time in range(4):
    enqueue("imports.read", ImportJob.objects.get().pk)
    enqueue("notifications.send")
"""
# A notification whose message was lost: only the scheduler can find it.
LOST = """
from core import queue
from notifications.services import notify
notify.enqueue = lambda *args: None
from accounts.models import Household
notify.notify(household=Household.objects.get(), kind="import.folder_failed", key="lost",
    params={"file": "lost.csv", "error": "-"})
"""
# The scheduler begins with what is overdue; a new one would wait for a minute.
OVERDUE = """
import datetime as dt
from celery import current_app as app
from celery.beat import PersistentScheduler
book = PersistentScheduler(app, schedule_filename=%r)
book.schedule["send-notifications"].last_run_at = app.now() - dt.timedelta(hours=1)
book.close()
"""
STATES = (
    "from notifications.models import Delivery as D; "
    "print(sorted(D.objects.values_list('state', flat=True)))"
)


@pytest.fixture(params=HOUSES)
def house(request, tmp_path):
    made = House(tmp_path, on_server=request.param == "server", EMAIL_URL="", LOG_LEVEL="INFO")
    yield made
    made.close()


def mails(house) -> list[str]:
    """What was mailed, each as text."""
    return [path.read_text() for path in sorted((house.folder / "mail").glob("*.log"))]


def test_a_failed_import_is_mailed_once(house):
    house.shell(SETUP)
    house.worker(2)
    until(lambda: mails(house), "no mail was written")
    house.shell(AGAIN + LOST + OVERDUE % str(house.folder / "beat"))
    house.beat()
    until(lambda: len(mails(house)) > 1, "the scheduler sent nothing")
    time.sleep(1)
    first, second = sorted(mails(house), key=lambda text: "lost.csv" in text)
    assert "Subject: =?utf-8?" in first
    assert "To: t@example.org" in first
    assert "rows.csv" in first
    assert "lost.csv" in second
    assert house.shell(STATES) == "['sent', 'sent']"
    for words in ("rows.csv", "lost.csv", "t@example.org"):
        assert words not in house.logs()
