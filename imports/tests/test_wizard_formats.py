"""Workbooks and CAMT files go all the way through the wizard."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports.models import ImportJob, ImportProfile
from imports.parsers.csv_mapping import CsvMapping
from imports.services import jobs
from ledger.models import Transaction
from ledger.tests.factories import AccountFactory

CAMT = """<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">12.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-01-05</Dt></BookgDt><AddtlNtryInf>Shop</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Date", "Description", "Amount"])
    book.active.append([dt.date(2026, 1, 5), "Shop", -12.5])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def account(household):
    return AccountFactory(household=household, number="DE89370400440532013000")


def start(household, by, name: str, data: bytes) -> ImportJob:
    upload = SimpleUploadedFile(name, data)
    return jobs.start_job(household=household, by=by, upload=upload)


def finish(job: ImportJob, account, mapping=None) -> list[Transaction]:
    jobs.begin_reading(job=job, accounts=[account.pk], mapping=mapping)
    jobs.read_job(job.pk)
    job.refresh_from_db()
    assert job.state == ImportJob.State.READY, job.error
    jobs.begin_posting(job=job)
    jobs.post_job(job.pk)
    job.refresh_from_db()
    assert job.state == ImportJob.State.DONE, job.error
    return list(Transaction.objects.filter(account=account))


def test_a_workbook_is_mapped_imported_and_remembered(household, alice, account):
    job = start(household, alice, "statement.xlsx", workbook())
    mapping = CsvMapping.from_json(job.options["mapping"])
    [row] = finish(job, account, mapping)
    assert (row.amount, row.source, row.date) == (-1250, "xlsx", dt.date(2026, 1, 5))
    assert ImportProfile.objects.get().fingerprint == job.options["fingerprint"]
    again = start(household, alice, "statement.xlsx", workbook())
    assert again.options["account"] == account.pk
    assert len(finish(again, account, CsvMapping.from_json(again.options["mapping"]))) == 1


def test_the_mapping_step_shows_a_workbook(client, household, alice, account):
    client.force_login(alice)
    job = start(household, alice, "statement.xlsx", workbook())
    page = client.get(reverse("imports:job_detail", args=[job.pk])).content.decode()
    assert "Description" in page
    assert "2026-01-05" in page


def test_a_camt_file_finds_its_account(household, alice, account):
    job = start(household, alice, "statement.xml", CAMT.encode())
    [part] = job.options["parts"]
    assert (part["account"], part["currency"]) == (account.pk, "EUR")
    [row] = finish(job, account)
    assert (row.amount, row.source, row.description) == (-1250, "camt", "Shop")
