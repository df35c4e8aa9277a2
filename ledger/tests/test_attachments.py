"""Files on transactions: what is taken, who sees them, and when they go."""

import datetime as dt
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.archive import write_archive
from accounts.services.deletion import delete_household
from ledger.errors import ConflictError, LedgerError
from ledger.file_types import clean_name, type_of
from ledger.invariants import check
from ledger.models import Attachment, ChangeSet, Tombstone, Transaction
from ledger.services import attachments
from ledger.services.attachments import add_attachment, purge_orphans, remove_attachment
from ledger.services.batches import undo_batch
from ledger.services.statements import post_lines
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tasks import purge_trash
from ledger.tests.factories import make_transaction

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
GIF = b"GIF89a\x01\x00\x01\x00"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"

pytestmark = pytest.mark.usefixtures("sound")


def upload(name="receipt.pdf", data=PDF, declared="application/octet-stream"):
    return SimpleUploadedFile(name, data, declared)


@pytest.fixture
def row(account, alice):
    return make_transaction(account, by=alice, description="CARPENTER")


@pytest.fixture
def receipt(row, alice):
    return add_attachment(transaction=row, upload=upload(), by=alice)


def stored() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


# --- What is taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (PDF, "application/pdf"),
        (b"\xef\xbb\xbf\n" + PDF, "application/pdf"),
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (GIF, "image/gif"),
        (WEBP, "image/webp"),
        (HEIC, "image/heic"),
        (b"<html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"RIFF\x24\x00\x00\x00WAVE", None),
        (b"\x00\x00\x00\x18ftypisom", None),
        (b"MZ\x90\x00", None),
        (b"", None),
    ],
)
def test_the_first_bytes_say_what_a_file_is(data, expected):
    assert type_of(data) == expected


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("receipt.pdf", "application/pdf", "receipt.pdf"),
        ("Rechnung März.PDF", "application/pdf", "Rechnung März.pdf"),
        ("photo.JPEG", "image/jpeg", "photo.jpeg"),
        ("../../etc/passwd", "image/png", "passwd.png"),
        ("C:\\docs\\bill.exe", "application/pdf", "bill.exe.pdf"),
        ("a\u202efdp.exe", "application/pdf", "afdp.exe.pdf"),
        ("new\r\nSet-Cookie: x=1.pdf", "application/pdf", "newSet-Cookie_ x=1.pdf"),
        ('"><img src=x>.pdf', "application/pdf", "___img src=x_.pdf"),
        ("", "image/gif", "file.gif"),
        (".pdf", "application/pdf", "file.pdf"),
        ("x" * 500 + ".png", "image/png", "x" * 120 + ".png"),
    ],
)
def test_names_are_cleaned(name, content_type, expected):
    assert clean_name(name, content_type) == expected


def test_a_file_is_kept_under_a_name_that_says_nothing(receipt, row, household, alice):
    assert (receipt.name, receipt.content_type, receipt.size) == (
        "receipt.pdf",
        "application/pdf",
        len(PDF),
    )
    assert receipt.household == household
    assert receipt.added_by == alice
    (path,) = stored()
    assert path.read_bytes() == PDF
    assert "receipt" not in str(path.relative_to(settings.MEDIA_ROOT))


@pytest.mark.parametrize("data", [b"<html>", b"", b"PK\x03\x04"])
def test_what_is_no_picture_or_pdf_is_refused(row, alice, data):
    with pytest.raises(LedgerError, match="neither a PDF nor a picture"):
        add_attachment(transaction=row, upload=upload(data=data, declared="image/png"), by=alice)
    assert stored() == []


def test_too_large_a_file_is_refused(row, alice, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_BYTES", 1024 * 1024)
    with pytest.raises(LedgerError, match="larger than 1 MB"):
        add_attachment(transaction=row, upload=upload(data=PDF + b"x" * 1024 * 1024), by=alice)
    assert stored() == []


def test_the_same_file_twice_is_refused_kindly(row, receipt, account, alice):
    with pytest.raises(LedgerError, match="already, as “receipt.pdf”"):
        add_attachment(transaction=row, upload=upload("again.pdf"), by=alice)
    other = make_transaction(account, by=alice)
    add_attachment(transaction=other, upload=upload(), by=alice)  # elsewhere it is welcome
    assert len(stored()) == 2


def test_a_transaction_takes_so_many(row, alice, monkeypatch):
    monkeypatch.setattr(attachments, "MAX_FILES", 2)
    for number in range(2):
        add_attachment(transaction=row, upload=upload(data=PDF + bytes([number])), by=alice)
    with pytest.raises(LedgerError, match="2 files at most"):
        add_attachment(transaction=row, upload=upload(data=PNG), by=alice)
    assert len(stored()) == 2


def test_the_bytes_go_again_when_the_row_fails(row, alice, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(Attachment, "save", fail)
    with pytest.raises(RuntimeError):
        add_attachment(transaction=row, upload=upload(), by=alice)
    assert stored() == []


def test_nothing_is_kept_for_a_transaction_that_is_gone(row, household, alice):
    delete_transactions(household=household, ids=[row.pk], by=alice)
    with pytest.raises(ConflictError):
        add_attachment(transaction=row, upload=upload(), by=alice)
    assert stored() == []


# --- When they go -----------------------------------------------------------------------------


def test_removing_takes_the_bytes_too(receipt, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        remove_attachment(attachment=receipt)
    assert stored() == []
    assert not Attachment.objects.exists()


def test_files_wait_for_their_transaction_in_the_trash(receipt, row, household, alice):
    delete_transactions(household=household, ids=[row.pk], by=alice)
    assert purge_orphans() == 0
    assert check() == []
    restore(household=household, transaction_ids=[row.pk], by=alice)
    assert list(Transaction.objects.get().attachments.all()) == [receipt]


def test_purging_the_trash_takes_the_files(
    receipt, row, account, household, alice, django_capture_on_commit_callbacks
):
    kept = make_transaction(account, by=alice)
    add_attachment(transaction=kept, upload=upload(data=PNG), by=alice)
    delete_transactions(household=household, ids=[row.pk], by=alice)
    Tombstone.objects.update(deleted_at=timezone.now() - dt.timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        purge_trash()
    assert Attachment.objects.get().transaction_id == kept.pk
    assert [path.read_bytes() for path in stored()] == [PNG]


def test_the_undo_of_an_import_leaves_nothing_behind(
    account, alice, django_capture_on_commit_callbacks
):
    line = StatementLine(1, dt.date(2026, 11, 3), -500, "SHOP")
    posted = post_lines(account=account, lines=[line], source="csv", by=alice)
    add_attachment(transaction=Transaction.objects.get(), upload=upload(), by=alice)
    undo_batch(batch=posted.batch, by=alice)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge_orphans() == 1
    assert stored() == []


def test_a_storage_that_is_away_is_tried_again(receipt, row, household, alice, monkeypatch):
    delete_transactions(household=household, ids=[row.pk], by=alice)
    Tombstone.objects.update(snapshot=None)

    def away(*_args):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", away)
        assert purge_orphans() == 0
    assert purge_orphans() == 1
    assert stored() == []


def test_the_undo_of_a_deletion_finds_the_files(receipt, row, household, alice):
    change_set = delete_transactions(household=household, ids=[row.pk], by=alice)
    undo(change_set=change_set, by=alice)
    assert Transaction.objects.get().attachments.count() == 1


def test_the_archive_has_the_files(receipt, household):
    target = io.BytesIO()
    manifest = write_archive(household, target)
    assert manifest["tables"]["ledger.attachment"] == 1
    with zipfile.ZipFile(target) as archive:
        assert archive.read(f"files/{receipt.file.name}") == PDF
        assert b"receipt.pdf" in archive.read("json/ledger.attachment.json")


def test_a_household_takes_its_files_with_it(
    receipt, household, foreign, charlie, django_capture_on_commit_callbacks
):
    theirs = make_transaction(foreign["account"], by=charlie)
    add_attachment(transaction=theirs, upload=upload(data=GIF), by=charlie)
    with django_capture_on_commit_callbacks(execute=True):
        delete_household(household)
    assert [path.read_bytes() for path in stored()] == [GIF]


# --- Pages ------------------------------------------------------------------------------------


def test_several_files_come_in_at_once(client, alice, row):
    client.force_login(alice)
    files = [upload(), upload("photo.jpg", JPEG), upload("page.html", b"<html>")]
    url = reverse("ledger:attachment_add", args=[row.pk])
    page = client.post(url, {"file": files}, follow=True)
    assert page.status_code == 200
    texts = [str(message) for message in page.context["messages"]]
    assert texts == [
        "“page.html” is neither a PDF nor a picture (JPEG, PNG, WebP, GIF, HEIC).",
        "2 files added.",
    ]
    assert b"photo.jpg" in page.content
    assert client.post(url, {}, follow=True).status_code == 200
    assert Attachment.objects.count() == 2


def test_a_file_is_served_so_that_it_can_do_nothing(client, vera, receipt):
    client.force_login(vera)
    answer = client.get(reverse("ledger:attachment", args=[receipt.pk]))
    assert b"".join(answer) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="receipt.pdf"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    answer = client.get(reverse("ledger:attachment", args=[receipt.pk]) + "?download")
    assert answer["Content-Disposition"].startswith("attachment")


def test_what_browsers_do_not_show_is_downloaded(client, alice, row):
    photo = add_attachment(transaction=row, upload=upload("ü.heic", HEIC), by=alice)
    client.force_login(alice)
    answer = client.get(reverse("ledger:attachment", args=[photo.pk]))
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%C3%BC.heic"


def test_strangers_find_no_file(client, charlie, receipt, row):
    client.force_login(charlie)
    assert client.get(reverse("ledger:attachment", args=[receipt.pk])).status_code == 404
    remove = reverse("ledger:attachment_remove", args=[receipt.pk])
    assert client.post(remove).status_code == 404
    add = reverse("ledger:attachment_add", args=[row.pk])
    assert client.post(add, {"file": upload(data=PNG)}).status_code == 404
    assert Attachment.objects.count() == 1


def test_viewers_look_and_editors_write(client, vera, bob, receipt, row):
    client.force_login(vera)
    page = client.get(reverse("ledger:transaction_edit", args=[row.pk]))
    assert b"receipt.pdf" in page.content
    assert b'name="file"' not in page.content
    remove = reverse("ledger:attachment_remove", args=[receipt.pk])
    assert client.post(remove).status_code == 403
    client.force_login(bob)
    assert client.post(remove).status_code == 302
    assert not Attachment.objects.exists()


def test_a_file_in_the_trash_is_removed_too(client, alice, household, receipt, row):
    delete_transactions(household=household, ids=[row.pk], by=alice)
    client.force_login(alice)
    answer = client.post(reverse("ledger:attachment_remove", args=[receipt.pk]))
    assert answer["Location"] == reverse("ledger:trash")


def test_bytes_that_are_lost_are_not_found(client, alice, receipt):
    default_storage.delete(receipt.file.name)
    client.force_login(alice)
    assert client.get(reverse("ledger:attachment", args=[receipt.pk])).status_code == 404


def test_the_list_counts_files_without_a_query_for_each(
    client, alice, account, row, receipt, connection_counter
):
    client.force_login(alice)
    url = reverse("ledger:transaction_list")
    client.get(url)
    few = connection_counter(lambda: client.get(url))
    for number in range(5):
        other = make_transaction(account, by=alice)
        add_attachment(transaction=other, upload=upload(data=PNG + bytes([number])), by=alice)
    add_attachment(transaction=row, upload=upload(data=GIF), by=alice)
    assert connection_counter(lambda: client.get(url)) == few
    files = {shown.pk: shown.files for shown in client.get(url).context["page"].rows}
    assert files[row.pk] == 2
    assert sorted(files.values()) == [1, 1, 1, 1, 1, 2]


def test_history_is_as_it_was(receipt):
    """Files are no facts of a transaction: keeping one is no act that could be undone."""
    assert ChangeSet.objects.get().kind == "add"


# --- A bucket ---------------------------------------------------------------------------------


def _storage(**env) -> str:
    code = (
        "import django; django.setup();"
        "from django.core.files.storage import FileSystemStorage, default_storage as s; import sys;"
        "print(type(s._wrapped if s.exists else s).__name__, getattr(s, 'bucket_name', ''),"
        "getattr(s, 'endpoint_url', ''), 'boto3' in sys.modules)"
    )
    code = code.replace("s.exists", "hasattr(s, 'open')")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **env},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_bucket_is_used_only_when_it_is_named():
    assert _storage(S3_BUCKET="") == "FileSystemStorage   False"
    assert _storage(
        S3_BUCKET="house",
        S3_ENDPOINT_URL="http://127.0.0.1:9",
        S3_ACCESS_KEY_ID="a",
        S3_SECRET_ACCESS_KEY="b",
    ) == ("S3Storage house http://127.0.0.1:9 True")
