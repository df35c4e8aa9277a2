"""The watched folder: what is put there comes in once, and nothing else is touched."""

import datetime as dt
import fcntl
import os
import time

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.urls import reverse

from imports import tasks
from imports.models import ImportJob
from imports.parsers import base
from imports.services import folder as watched
from imports.services.folder import import_folder
from ledger.models import ImportBatch, Transaction
from ledger.tests.factories import AccountFactory
from notifications.models import Notification

CSV = "Date,Text,Amount\n2026-01-13,Shop,-12.50\n2026-01-14,Salary,2000.00\n"


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Main account", number="DE8937 0400")


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "in"
    path.mkdir()
    return path


@pytest.fixture
def place(root, household, account):
    path = root / str(household.code) / "Main account"
    path.mkdir(parents=True)
    return path


def names(path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


def run(root, seconds: float = 60):
    return list(import_folder(root, now=time.time() + seconds))


def test_a_file_comes_in_and_is_put_away_with_a_note(root, place, account):
    (place / "a.csv").write_text(CSV)
    [taken] = run(root)
    assert taken.is_done
    assert taken.path.endswith("/Main account/a.csv")
    rows = Transaction.objects.filter(account=account).order_by("date")
    assert [(row.date, row.amount) for row in rows] == [
        (dt.date(2026, 1, 13), -1250),
        (dt.date(2026, 1, 14), 200000),
    ]
    assert names(place) == ["done", "failed"]
    assert names(place / "done") == ["a.csv", "a.csv.txt"]
    assert (place / "done" / "a.csv.txt").read_text().startswith("2 new, 0 here already")
    assert (place / "done" / "a.csv").read_text() == CSV
    assert ImportBatch.objects.get().name == "a.csv"
    assert run(root) == []


def test_it_is_listed_among_the_imports_and_can_be_undone(client, root, place, account, bob):
    (place / "a.csv").write_text(CSV)
    run(root)
    client.force_login(bob)
    assert "a.csv" in client.get(reverse("imports:job_list")).content.decode()
    job = ImportJob.objects.get()
    page = client.get(reverse("imports:job_detail", args=[job.pk])).content.decode()
    assert "<strong>2</strong> transactions imported" in page
    client.post(reverse("imports:job_act", args=[job.pk]), {"act": "undo"})
    assert not Transaction.objects.exists()
    job.refresh_from_db()
    assert job.state == ImportJob.State.UNDONE


def test_the_account_may_be_named_by_its_number(root, household, account):
    path = root / str(household.code) / "DE89370400"
    path.mkdir(parents=True)
    (path / "a.csv").write_text(CSV)
    assert run(root)[0].is_done


def test_a_file_that_still_changes_waits(root, place, account):
    (place / "a.csv").write_text(CSV)
    assert run(root, seconds=5) == []
    assert run(root, seconds=11)[0].is_done


@pytest.mark.parametrize("name", [".a.csv", "a.csv.part", "a.csv.TMP", "a.crdownload", "a.csv~"])
def test_unfinished_files_are_left_alone(root, place, name):
    (place / name).write_text(CSV)
    assert run(root) == []
    assert names(place) == [name]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("no table at all", "cannot"),
        ("Date,Text,Amount\n03/04/2026,Shop,-1.00\n", "day first or month first"),
    ],
)
def test_what_cannot_be_read_fails_and_says_why(root, place, account, content, words):
    (place / "a.csv").write_text(content)
    [taken] = run(root)
    assert not taken.is_done
    note = (place / "failed" / "a.csv.txt").read_text()
    assert words in note or "not a table" in note or "format" in note
    assert not Transaction.objects.exists()


def test_an_open_question_says_where_to_answer_it(root, place):
    (place / "a.csv").write_text("Date,Text,Amount\n03/04/2026,Shop,-1.00\n")
    assert "in the browser" in run(root)[0].text


def test_an_unknown_account_fails(root, household, account):
    path = root / str(household.code) / "Nobody's"
    path.mkdir(parents=True)
    (path / "a.csv").write_text(CSV)
    assert "no account of this household" in run(root)[0].text


def test_unknown_households_are_not_touched(root, account):
    for name in ("not-a-code", "00000000-0000-4000-8000-000000000000"):
        path = root / name / "Main account"
        path.mkdir(parents=True)
        (path / "a.csv").write_text(CSV)
        assert run(root) == []
        assert names(path) == ["a.csv"]


def test_another_households_account_is_not_found(root, household):
    AccountFactory(name="Foreign")
    path = root / str(household.code) / "Foreign"
    path.mkdir(parents=True)
    (path / "a.csv").write_text(CSV)
    assert not run(root)[0].is_done
    assert not Transaction.objects.exists()


def test_links_are_never_followed(root, place, tmp_path, household):
    secret = tmp_path / "secret.csv"
    secret.write_text(CSV)
    (place / "link.csv").symlink_to(secret)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.csv").write_text(CSV)
    (root / str(household.code) / "DE89370400").symlink_to(elsewhere)
    assert run(root) == []
    assert not Transaction.objects.exists()
    assert (elsewhere / "a.csv").exists()


def test_a_done_folder_that_is_a_link_is_refused(root, place, tmp_path, account):
    (tmp_path / "elsewhere").mkdir()
    (place / "done").symlink_to(tmp_path / "elsewhere")
    (place / "a.csv").write_text(CSV)
    assert run(root) == []
    assert not Transaction.objects.exists()
    assert names(tmp_path / "elsewhere") == []


def test_a_file_beyond_the_limit_fails(root, place, monkeypatch):
    monkeypatch.setattr(watched, "MAX_BYTES", 10)
    (place / "a.csv").write_text(CSV)
    assert run(root)[0].text == "This file is too large."
    assert base.MAX_BYTES > 10


def test_a_crash_before_the_file_is_put_away_adds_nothing_twice(root, place, account, monkeypatch):
    (place / "a.csv").write_text(CSV)
    with monkeypatch.context() as patched:
        patched.setattr(watched, "_put_away", lambda *args: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            run(root)
    assert Transaction.objects.count() == 2
    assert run(root)[0].text.startswith("0 new, 2 here already")
    assert Transaction.objects.count() == 2


def test_a_database_that_is_away_leaves_the_file_for_later(root, place, account, monkeypatch):
    (place / "a.csv").write_text(CSV)
    with monkeypatch.context() as patched:
        patched.setattr(
            watched, "import_file", lambda **facts: (_ for _ in ()).throw(OperationalError)
        )
        assert run(root) == []
    assert run(root)[0].is_done


def test_an_error_of_ours_fails_without_saying_what_was_in_the_file(
    root, place, account, monkeypatch, caplog
):
    def broken(**facts):
        raise RuntimeError("Shop -12.50")

    monkeypatch.setattr(watched, "import_file", broken)
    (place / "a.csv").write_text(CSV)
    assert "Shop" not in run(root)[0].text
    assert "Shop" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_one_worker_at_a_time(root, place, household, account):
    (place / "a.csv").write_text(CSV)
    busy = os.open(root / str(household.code), os.O_RDONLY)
    fcntl.flock(busy, fcntl.LOCK_EX)
    assert run(root) == []
    os.close(busy)
    assert run(root)[0].is_done


def test_equal_names_do_not_overwrite_each_other(root, place, account):
    for _round in range(3):
        (place / "a.csv").write_text(CSV)
        run(root)
    assert names(place / "done") == [
        "a-2.csv", "a-2.csv.txt", "a-3.csv", "a-3.csv.txt", "a.csv", "a.csv.txt",
    ]  # fmt: skip


def test_rows_in_error_are_listed_by_line(root, place, account):
    (place / "a.csv").write_text(CSV + "2026-01-15,Broken,12..50\n")
    assert run(root)[0].is_done
    note = (place / "done" / "a.csv.txt").read_text()
    assert "1 could not be read" in note
    assert "4: The amount cannot be read." in note
    assert "Broken" not in note


def test_the_command_makes_the_folders_of_a_household(root, household, account):
    AccountFactory(household=household, name="a/b", number="")
    call_command("import_folder", folder=str(root), make=household.name)
    assert names(root / str(household.code)) == ["Main account"]


def test_the_command_and_the_task(root, place, account, settings, capsys):
    settings.IMPORT_FOLDER = ""
    assert tasks.folder() == 0
    with pytest.raises(CommandError):
        call_command("import_folder")
    (place / "a.csv").write_text("")
    os.utime(place / "a.csv")
    settings.IMPORT_FOLDER = str(root)
    assert tasks.folder() == 0
    call_command("import_folder", folder=str(root))
    with pytest.raises(CommandError):
        call_command("import_folder", folder=str(root / "none"))


def test_a_file_that_fails_is_told_once_to_those_who_may_write(
    root, place, household, alice, bob, vera, monkeypatch
):
    (place / "a.csv").write_text("nothing")

    def crash(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(watched, "_put_away", crash)
        with pytest.raises(KeyboardInterrupt):
            run(root)
    assert not run(root)[0].is_done
    told = Notification.objects.filter(household=household, kind="import.folder_failed")
    assert sorted(one.user.name for one in told) == ["Alice", "Bob"]
    (place / "a.csv").write_text("nothing again")
    run(root)
    assert told.all().count() == 4
