"""Other programs' exports through the wizard: found by content, asked, compared, brought in, undone."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from imports.models import ImportJob
from imports.programs import registry
from imports.reading import program_of
from imports.services import jobs, program_jobs
from imports.tests.test_apps import BEANCOUNT, GNUCASH, HLEDGER, MINT, REGISTER, zipped
from imports.tests.test_json_round_trip import export
from imports.tests.writers import WRITERS, Row
from ledger.exports import registry as exports
from ledger.exports.selection import book_of
from ledger.filters import TransactionFilter
from ledger.invariants import check
from ledger.models import Account, Transaction, Transfer
from ledger.services.statements import post_lines
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, make_transaction

State = ImportJob.State
YNAB = (
    "Account,Date,Payee,Category Group/Category,Category Group,Category,Memo,Outflow,Inflow\n"
    "Giro,2026-03-01,Starting Balance,Inflow: Ready to Assign,Inflow,Ready to Assign,,0.00,100.00\n"
    "Giro,2026-03-02,Bakery,Food: Groceries,Food,Groceries,,5.00,0.00\n"
    "Giro,2026-03-02,Bakery,Food: Groceries,Food,Groceries,,5.00,0.00\n"
    "Giro,2026-03-04,Transfer : Savings,,,,put by,30.00,0.00\n"
    "Savings,2026-03-04,Transfer : Giro,,,,,0.00,30.00\n"
    "Giro,31 of May,Odd,,,,,1.00,0.00\n"
)


@pytest.fixture
def signed_in(client, alice):
    client.force_login(alice)
    return client


def upload(client, *files: tuple[str, bytes]):
    made = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post(reverse("imports:upload"), {"file": made})


def start(client, data: str | bytes, name="register.csv") -> ImportJob:
    data = data.encode() if isinstance(data, str) else data
    answer = upload(client, (name, data))
    assert answer.status_code == 302, answer.content.decode()
    return ImportJob.objects.order_by("pk").last()


def page(client, job, **posted):
    url = reverse("imports:job_detail", args=[job.pk])
    return client.post(url, posted) if posted else client.get(url)


def act(client, job, name):
    client.post(reverse("imports:job_act", args=[job.pk]), {"act": name})
    job.refresh_from_db()
    return job


def compare(client, job, **answers) -> ImportJob:
    facts = {"currency": "EUR"}
    facts |= {f"account_{n}": target for n, target in enumerate(job.options["targets"])}
    answer = page(client, job, **(facts | answers))
    assert answer.status_code == 302, answer.content.decode()
    jobs.read_job(job.pk)
    job.refresh_from_db()
    return job


def bring_in(client, job) -> ImportJob:
    act(client, job, "import")
    assert job.state == State.IMPORTING
    jobs.post_job(job.pk)
    job.refresh_from_db()
    return job


CAMT = WRITERS["camt"]([Row(dt.date(2024, 1, 15), -280, "Shop")])


@pytest.mark.parametrize(
    ("data", "program"),
    [
        (YNAB.encode(), "ynab"),
        (REGISTER.encode(), "ynab"),
        (MINT.encode(), "mint"),
        (GNUCASH.encode(), "gnucash"),
        (BEANCOUNT.encode(), "beancount"),
        (HLEDGER.encode(), "hledger"),
        (b"Date,Description,Amount\n2026-01-02,Shop,-1.00\n", ""),
        (b"Date,Account,Payee,Amount\n2026-01-02,Giro,Shop,-1.00\n", ""),
        (CAMT, ""),
        (zipped(**{"register.xml": CAMT}), ""),
        (b"PK\x03\x04 broken", ""),
        *(
            (WRITERS[name]([Row(dt.date(2024, 1, 15), -280, "Shop")]), "")
            for name in sorted(WRITERS)
        ),
    ],
)
def test_a_program_is_told_from_a_statement(data, program):
    assert program_of(data, "file") == program


SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.csv"))


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_no_banks_sample_is_taken_for_a_program(path):
    expected = path.stem if path.stem in registry.names() else ""
    assert program_of(path.read_bytes(), path.name) == expected


@pytest.mark.parametrize("form", exports.names())
def test_our_own_exports_are_what_they_are(household, form):
    make_transaction(AccountFactory(household=household), -500, description="SHOP")
    book = book_of(TransactionFilter(QueryDict(), household=household))
    data = b"".join(exports.named(form).pieces(book))
    expected = {"json": "housebook", "beancount": "beancount", "hledger": "hledger"}.get(form, "")
    assert program_of(data, "export") == expected


def test_the_page_says_what_was_found(signed_in, household):
    job = start(signed_in, YNAB)
    assert (job.format, job.state) == ("ynab", State.MAPPING)
    text = page(signed_in, job).content.decode()
    for said in ("Move in from YNAB", "Giro", "Savings", "31 of May", "the date cannot be read"):
        assert said in text
    found = job.options["found"]
    assert (found["rows"], found["transfers"], found["problems"]) == (4, 1, 1)
    assert [(one["rows"], one["balance"]) for one in job.options["accounts_there"]] == [
        (3, 6000),
        (1, 3000),
    ]
    assert not Account.objects.filter(household=household).exists()


def test_a_book_is_compared_brought_in_undone_and_comes_again(signed_in, household):
    job = compare(signed_in, start(signed_in, YNAB))
    assert (job.state, job.counts["new"]) == (State.READY, 4)
    assert job.options["outcome"]["accounts_made"] == 2
    assert not Transaction.objects.exists(), "the comparison changes nothing"
    assert not Account.objects.filter(household=household).exists()
    assert "Bring it in" in page(signed_in, job).content.decode()
    bring_in(signed_in, job)
    assert (job.state, job.batch.added, job.batch.rejected) == (State.DONE, 4, 1)
    assert Transfer.objects.count() == 1
    assert check() == []
    text = page(signed_in, job).content.decode()
    assert "the date cannot be read" in text
    again = compare(signed_in, start(signed_in, YNAB))
    assert (again.counts.get("new", 0), again.counts["duplicate"]) == (0, 4)
    assert set(again.options["targets"]).isdisjoint({"new", "out"}), "its accounts are known"
    act(signed_in, job, "undo")
    assert job.state == State.UNDONE
    assert not Transaction.objects.exists()
    assert check() == []


def test_accounts_go_where_the_person_says(signed_in, household):
    mine = AccountFactory(household=household, name="Mine", currency="EUR")
    AccountFactory(household=household, name="Savings", currency="EUR")
    AccountFactory(household=household, name="Dollars", currency="USD")
    job = start(signed_in, YNAB)
    assert job.options["targets"] == ["new", str(Account.objects.get(name="Savings").pk)]
    assert "Dollars" not in page(signed_in, job).content.decode().split("Where it goes")[1]
    job = compare(signed_in, job, account_0=str(mine.pk), account_1="out")
    assert (job.counts["new"], job.options["outcome"]["left_out"]) == (3, 1)
    # Answers may be changed after the comparison.
    job = compare(signed_in, job, account_0="out", account_1="new")
    bring_in(signed_in, job)
    [row] = Transaction.objects.all()
    assert (row.amount, row.account.name) == (3000, "Savings")
    assert Account.objects.filter(household=household, name="Savings").count() == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"account_0": "999999"},
        {"account_0": "out", "account_1": "out"},
        {"account_0": ""},
        {"currency": "XXX"},
    ],
)
def test_answers_that_cannot_be_are_refused(signed_in, answers):
    job = start(signed_in, YNAB)
    facts = {"currency": "EUR", "account_0": "new", "account_1": "new"}
    assert page(signed_in, job, **(facts | answers)).status_code == 422
    job.refresh_from_db()
    assert job.state == State.MAPPING


def test_another_households_account_is_no_answer(signed_in, charlie):
    job = start(signed_in, YNAB)
    theirs = AccountFactory(household=charlie.memberships.get().household, currency="EUR")
    answer = page(signed_in, job, currency="EUR", account_0=str(theirs.pk), account_1="new")
    assert answer.status_code == 422
    with pytest.raises(jobs.ImportRefusedError):
        program_jobs.checked_targets(job, [str(theirs.pk), "new"])


def test_what_a_bank_brought_before_is_probably_here(signed_in, household):
    account = AccountFactory(household=household, name="Giro", currency="EUR")
    line = StatementLine(1, dt.date(2026, 3, 5), -3000, "to savings", external_id="x")
    post_lines(account=account, lines=[line], source="csv", by=None)
    job = compare(signed_in, start(signed_in, YNAB))
    assert (job.counts["new"], job.counts["probable"]) == (3, 1)
    assert "Probably here" in page(signed_in, job).content.decode()


ORDER = "Account,Date,Payee,Category,Memo,Outflow,Inflow\nGiro,01/02/2026,x,y,,1.00,0\n"


@pytest.mark.parametrize(("order", "month"), [("dmy", 2), ("mdy", 1)])
def test_an_order_of_day_and_month_is_asked(signed_in, order, month):
    job = start(signed_in, ORDER)
    facts = {"currency": "EUR", "account_0": "new"}
    asked = page(signed_in, job, **facts)
    assert asked.status_code == 422
    assert "date_order" in asked.context["form"].errors
    job = compare(signed_in, job, date_order=order)
    assert "date_order" in page(signed_in, job).context["form"].fields, "it can be taken back"
    bring_in(signed_in, job)
    assert Transaction.objects.get().date.month == month


def test_amounts_without_a_currency_are_in_the_one_that_is_said(signed_in, household):
    job = compare(signed_in, start(signed_in, YNAB), currency="JPY")
    assert {one["currency"] for one in job.options["accounts_there"]} == {"JPY"}
    bring_in(signed_in, job)
    assert set(Account.objects.values_list("currency", flat=True)) == {"JPY"}


def test_the_file_is_read_again_before_anything_is_compared(signed_in, household):
    mine = AccountFactory(household=household, name="Giro", currency="USD")
    AccountFactory(household=household, currency="EUR")
    job = start(signed_in, YNAB)
    page(signed_in, job, currency="USD", act="preview")
    job.refresh_from_db()
    assert (job.state, job.options["targets"]) == (State.MAPPING, [str(mine.pk), "new"])


def test_a_household_without_its_base_currency_is_asked_in_its_own(signed_in, household):
    AccountFactory(household=household, currency="CHF")
    assert start(signed_in, YNAB).options["currency"] == "CHF"


def test_what_is_no_export_of_the_program_is_read_as_a_table_and_stays_one(signed_in, household):
    data = "Account,Date,Payee,Category,Memo,Outflow,Inflow\nGiro,31/12/2026,x,y,,1.00,0\n"
    job = act(signed_in, start(signed_in, data), "table")
    assert (job.format, job.state) == ("csv", State.MAPPING)
    assert "How to read this file" in page(signed_in, job).content.decode()
    account = AccountFactory(household=household, currency="EUR")
    mapping = jobs.CsvMapping.from_json(job.options["mapping"])
    jobs.begin_reading(job=job, accounts=[account.pk], mapping=mapping)
    again = start(signed_in, data.replace("31/12", "30/12"))
    assert again.format == "csv", "what a person said of this shape is remembered"


def test_a_book_that_is_no_table_offers_none(signed_in):
    job = start(signed_in, GNUCASH, "book.gnucash")
    assert "read it as a table" not in page(signed_in, job).content.decode()
    assert act(signed_in, job, "table").format == "gnucash"


def test_a_program_among_statements(signed_in):
    bank = b"Date,Description,Amount\n2026-01-02,Shop,-1.00\n2026-01-03,Shop,-2.00\n"
    answer = upload(signed_in, ("a.csv", YNAB.encode()), ("b.csv", bank))
    assert answer["Location"] == reverse("imports:job_list")
    assert list(ImportJob.objects.order_by("pk").values_list("format", flat=True)) == [
        "ynab",
        "csv",
    ]


def test_our_own_export_moves_to_another_household(client, household, alice, charlie):
    make_transaction(AccountFactory(household=household, name="Ours"), -500, by=alice)
    data = export(household)
    client.force_login(charlie)
    job = bring_in(client, compare(client, start(client, data, "housebook.json")))
    assert job.state == State.DONE
    there = Transaction.objects.get(household=charlie.memberships.get().household)
    assert (there.amount, there.account.name) == (-500, "Ours")
    assert check() == []


def test_damaged_exports_are_refused_at_the_door(signed_in, household):
    make_transaction(AccountFactory(household=household), -500)
    whole = export(household)
    for data in (whole[:-20], json.dumps({**json.loads(whole), "accounts": [1]}).encode()):
        answer = upload(signed_in, ("x.json", data))
        assert answer.status_code == 422
        assert "x.json:" in answer.content.decode()
    assert not ImportJob.objects.exists()


def test_a_refused_book_can_be_answered_anew(signed_in, household):
    job = start(signed_in, YNAB)
    closed = AccountFactory(household=household, currency="EUR", closed_on=dt.date(2020, 1, 1))
    job = compare(signed_in, job, account_0=str(closed.pk))
    assert (job.state, bool(job.error)) == (State.MAPPING, True)
    assert job.error in page(signed_in, job).content.decode()
    job = compare(signed_in, job, account_0="new")
    assert (job.state, job.error) == (State.READY, "")


def test_a_book_that_does_not_fit_any_more_fails_and_changes_nothing(signed_in, household):
    mine = AccountFactory(household=household, currency="EUR")
    job = compare(signed_in, start(signed_in, YNAB), account_0=str(mine.pk))
    Account.objects.filter(pk=mine.pk).update(closed_on=dt.date(2020, 1, 1))
    bring_in(signed_in, job)
    assert job.state == State.FAILED
    assert job.error in page(signed_in, job).content.decode()
    assert not Transaction.objects.exists()


def test_a_worker_that_died_is_swept_up_and_nothing_comes_twice(signed_in, monkeypatch):
    job = compare(signed_in, start(signed_in, YNAB))
    act(signed_in, job, "import")

    def die(job, progress):
        program_jobs._move(job, progress, dry_run=False)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(program_jobs, "bring_in", die)
        with pytest.raises(KeyboardInterrupt):
            jobs.post_job(job.pk)
    job.refresh_from_db()
    assert job.state == State.IMPORTING
    assert not Transaction.objects.exists(), "a move is one transaction"
    cache.clear()
    ran = []
    monkeypatch.setattr(jobs, "enqueue", lambda name, pk: ran.append((name, pk)))
    assert jobs.sweep(timezone.now() + dt.timedelta(minutes=5)) == 1
    assert ran == [("imports.post", job.pk)]
    for _ in range(2):
        jobs.post_job(job.pk)
    job.refresh_from_db()
    assert (job.state, Transaction.objects.count()) == (State.DONE, 4)
    assert check() == []


def test_viewers_see_that_it_waits_and_decide_nothing(client, signed_in, vera):
    job = start(signed_in, YNAB)
    client.force_login(vera)
    text = page(client, job).content.decode()
    assert "Compare with what is here" not in text
    assert page(client, job, account_0="new", account_1="new", currency="EUR").status_code in (
        200,
        403,
    )
    job.refresh_from_db()
    assert job.state == State.MAPPING
