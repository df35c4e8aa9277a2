"""What stands between a file and the ledger: staged lines lose nothing, accounts are asked once."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports.models import ImportJob, StagedLine
from imports.parsers.base import Statement
from imports.services import jobs, staging
from ledger.models import Transaction
from ledger.tests.factories import AccountFactory
from notifications.kinds import words_of
from notifications.models import Notification

QIF = """!Type:Bank
D12/31/2024
T-30.00
PCorner Shop
SFood
EBread
$-20.00
SHousehold
ESoap
$-10.00
^
D12/30/2024
T-100.00
PMove
L[Savings]
^
"""


def camt(day: str, amount: str, iban: str = "DE89370400440532013000", text: str = "Shop") -> str:
    return f"""<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
    <Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
    <BookgDt><Dt>{day}</Dt></BookgDt><AddtlNtryInf>{text}</AddtlNtryInf></Ntry>
    </Stmt></BkToCstmrStmt></Document>"""


def dailies(count: int, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for day in range(1, count + 1):
            archive.writestr(f"{day:02}.xml", camt(f"2026-01-{day:02}", f"{day}.00"))
        for number, text in enumerate(more):
            archive.writestr(f"x{number}.xml", text)
    return buffer.getvalue()


@pytest.fixture
def account(household):
    return AccountFactory(household=household, number="DE89370400440532013000")


def start(household, by, name: str, data: bytes) -> ImportJob:
    upload = SimpleUploadedFile(name, data)
    return jobs.start_job(household=household, by=by, upload=upload)


def read_in(job: ImportJob, *accounts) -> ImportJob:
    jobs.begin_reading(job=job, accounts=[account.pk for account in accounts], mapping=None)
    jobs.read_job(job.pk)
    job.refresh_from_db()
    assert job.state == ImportJob.State.READY, job.error
    return job


def post(job: ImportJob) -> None:
    jobs.begin_posting(job=job)
    jobs.post_job(job.pk)
    job.refresh_from_db()
    assert job.state == ImportJob.State.DONE, job.error


def test_splits_and_transfers_survive_the_wizard(household, alice, account):
    job = read_in(start(household, alice, "book.qif", QIF.encode()), account)
    split, transfer = staging.lines_of(job, 0)
    assert [tuple(part) for part in split.parts] == [
        (-2000, "Food", "Bread"),
        (-1000, "Household", "Soap"),
    ]
    assert transfer.transfer_to == "Savings"
    post(job)
    whole = Transaction.objects.get(account=account, parent=None, amount=-3000)
    assert whole.is_split
    parts = whole.parts.order_by("pk").values_list("amount", "category__name", "notes")
    assert sorted(amount for amount, *_rest in parts) == [-2000, -1000]
    assert {notes for *_rest, notes in parts} == {"Bread", "Soap"}


def test_a_plain_line_keeps_nothing_extra(household, alice, account):
    job = read_in(start(household, alice, "one.xml", camt("2026-01-05", "12.50").encode()), account)
    assert StagedLine.objects.get(job=job).extra is None


def test_daily_statements_of_one_account_are_asked_for_once(client, household, alice, account):
    other = AccountFactory(household=household, number="DE02120300000000202051")
    more = camt("2026-01-05", "7.00", iban="DE02120300000000202051")
    job = start(household, alice, "dailies.zip", dailies(20, more))
    assert [part["account"] for part in job.options["parts"]] == [account.pk, other.pk]
    assert [part["statements"] for part in job.options["parts"]] == [20, 1]
    client.force_login(alice)
    page = client.get(reverse("imports:job_detail", args=[job.pk])).content.decode()
    assert page.count("Name of the new account") == 2
    assert "20 statements" in page
    read_in(job, account, other)
    page = client.get(reverse("imports:job_detail", args=[job.pk])).content.decode()
    assert f"{account.name}, {other.name}" in page
    post(job)
    assert Transaction.objects.filter(account=account).count() == 20
    assert Transaction.objects.get(account=other).amount == -700


def test_the_same_row_in_two_dailies_stays_two(household, alice, account):
    twins = [camt("2026-02-01", "3.50", text="Coffee"), camt("2026-02-01", "3.50", text="Coffee")]
    data = dailies(0, *twins)
    job = read_in(start(household, alice, "dailies.zip", data), account)
    assert job.counts == {"new": 2}
    post(job)
    again = read_in(start(household, alice, "dailies.zip", data), account)
    assert again.counts == {"duplicate": 2}


def test_a_choice_is_for_one_line_though_files_count_alike(household, alice, account):
    job = read_in(start(household, alice, "dailies.zip", dailies(3)), account)
    first, *_others = StagedLine.objects.filter(job=job).order_by("pk")
    StagedLine.objects.filter(job=job).update(line=1)
    jobs.choose(job=job, line_ids=[first.pk], is_wanted=False)
    post(job)
    amounts = Transaction.objects.filter(account=account).values_list("amount", flat=True)
    assert sorted(amounts) == [-300, -200]


def test_a_job_from_before_the_groups_is_read_by_statement(household, alice, account):
    job = start(household, alice, "dailies.zip", dailies(2))
    del job.options["groups"]
    job.save()
    post(read_in(job, account, account))
    assert Transaction.objects.filter(account=account).count() == 2


def test_statements_without_a_key_stand_alone():
    blank, one, dollars = (
        Statement(entries=()),
        Statement(entries=(), key="1", currency="EUR"),
        Statement(entries=(), key="1", currency="USD"),
    )
    assert staging.groups_of([blank, one, blank, one, dollars]) == [0, 1, 2, 1, 3]


def test_an_import_that_fails_is_told_once_to_whoever_uploaded(household, alice, bob, account):
    job = start(household, bob, "book.qif", QIF.encode())
    jobs.begin_reading(job=job, accounts=[account.pk], mapping=None)
    for _time in range(2):
        ImportJob.objects.update(state="reading", attempts=jobs.MAX_ATTEMPTS)
        jobs.read_job(job.pk)
    told = Notification.objects.get(household=household)
    assert (told.user, told.kind) == (bob, "import.failed")
    assert told.url == reverse("imports:job_detail", args=[job.pk])
    assert words_of(told).title == "“book.qif” was not imported"
    assert "three times" in words_of(told).text
