"""The mapping step: what a bank is recognised as, and what changes when a file is read anew."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports.models import ImportJob, ImportProfile
from imports.services import jobs
from ledger.models import Transaction
from ledger.tests.factories import AccountFactory

# A table with commas as well as with semicolons.
TWISTED = (
    "Date,Amount,Text;Booked;Sum\n"
    "2026-01-03,-1.00,Bread;2026-02-03;-2.00\n"
    "2026-01-04,-3.00,Milk;2026-02-04;-4.00\n"
    "2026-01-05,-5.00,Eggs;2026-02-05;-6.00\n"
)
REVOLUT = (
    "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
    "CARD_PAYMENT,Current,2026-03-01 10:00:00,,Shop,-10.00,0.50,EUR,COMPLETED,89.50\n"
)


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Main")


@pytest.fixture
def editor(client, bob):
    client.force_login(bob)
    return client


def start(household, by, text: str, encoding: str = "utf-8", name: str = "a.csv") -> ImportJob:
    upload = SimpleUploadedFile(name, text.encode(encoding))
    return jobs.start_job(household=household, by=by, upload=upload)


def page_of(job: ImportJob) -> str:
    return reverse("imports:job_detail", args=[job.pk])


def answers(client, job: ImportJob, **changes) -> dict:
    """What the browser would post: the form as it is shown, with some answers changed."""
    context = client.get(page_of(job)).context
    fields = [*context["form"], *context["choice"]]
    data = {field.html_name: field.value() for field in fields}
    return {
        name: value
        for name, value in (data | changes).items()
        if value is not None and (name, value) != ("has_header", False)
    }


def test_the_step_says_which_bank_was_recognised(editor, household, bob, account):
    job = start(household, bob, REVOLUT)
    response = editor.get(page_of(job))
    assert "Recognised: <strong>Revolut</strong>" in response.content.decode()
    assert response.context["entries"][0].amount == -1050
    posted = answers(editor, job, act="go", account=account.pk, column_6="")
    assert editor.post(page_of(job), posted).status_code == 302
    job.refresh_from_db()
    assert "fee" not in job.options["mapping"]


def test_a_remembered_mapping_is_said_instead_of_the_bank(editor, household, bob, account):
    job = start(household, bob, REVOLUT)
    editor.post(page_of(job), answers(editor, job, act="go", account=account.pk))
    page = editor.get(page_of(start(household, bob, REVOLUT))).content.decode()
    assert "You imported a file of this shape before" in page
    assert "Recognised" not in page


def test_another_delimiter_means_other_columns(editor, household, bob, account):
    job = start(household, bob, TWISTED)
    data = answers(editor, job)
    other = ";" if data["delimiter"] == "," else ","
    response = editor.post(page_of(job), data | {"delimiter": other, "act": "go"})
    assert response.status_code == 200
    assert "look at them again" in response.content.decode()
    job.refresh_from_db()
    assert (job.state, job.options["mapping"].get("delimiter", ",")) == ("mapping", other)
    again = editor.get(page_of(job))
    assert [name for _field, name in again.context["columns"]] == [
        name for _field, name in response.context["columns"]
    ]
    assert len(again.context["columns"]) != 1
    done = editor.post(page_of(job), answers(editor, job, act="go", account=account.pk))
    assert done.status_code == 302
    next_one = start(household, bob, TWISTED)
    assert next_one.options["mapping"].get("delimiter", ",") == other
    assert next_one.options["account"] == account.pk


def test_another_encoding_is_read_anew_and_remembered(editor, household, bob, account):
    text = "Data;Opis;Kwota;Właściciel\n2026-01-03;Żabka;-12,50;Łucja\n"
    job = start(household, bob, text, "cp1250")
    wrong = editor.post(page_of(job), answers(editor, job, encoding="iso-8859-15", act="preview"))
    assert "Właściciel" not in wrong.content.decode()
    right = editor.post(page_of(job), answers(editor, job, encoding="cp1250", act="preview"))
    assert "Właściciel" in right.content.decode()
    assert "Żabka" in right.content.decode()
    done = editor.post(page_of(job), answers(editor, job, account=account.pk, act="go"))
    assert done.status_code == 302
    assert ImportProfile.objects.get().mapping["encoding"] == "cp1250"
    next_one = start(household, bob, text, "cp1250")
    assert next_one.options["mapping"]["encoding"] == "cp1250"
    assert next_one.options["account"] == account.pk


def test_an_encoding_that_changes_no_name_keeps_the_answers(editor, household, bob, account):
    job = start(household, bob, "Date,Text,Amount\n2026-01-03,Caf\xe9,-12.50\n", "cp1252")
    data = answers(editor, job, encoding="iso-8859-1", account=account.pk, act="go")
    assert editor.post(page_of(job), data).status_code == 302
    jobs.read_job(job.pk)
    jobs.begin_posting(job=job)
    jobs.post_job(job.pk)
    assert Transaction.objects.get(account=account).description == "Caf\xe9"


def test_a_delimiter_that_is_not_there_is_refused_in_words(editor, household, bob, account):
    job = start(household, bob, REVOLUT)
    response = editor.post(page_of(job), answers(editor, job, delimiter="|", act="go"))
    assert response.status_code == 422
    assert "not a table" in response.content.decode()
    job.refresh_from_db()
    assert "reading" not in job.options


def test_the_chosen_account_stays_chosen(editor, household, bob, account):
    AccountFactory(household=household, name="Other")
    job = start(household, bob, TWISTED)
    data = answers(editor, job, account=account.pk)
    other = ";" if data["delimiter"] == "," else ","
    response = editor.post(page_of(job), data | {"delimiter": other})
    assert response.context["choice"]["account"].value() == str(account.pk)
