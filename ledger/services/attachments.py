"""Files on transactions: kept, moved, removed, and swept up when their transaction is gone."""

import hashlib
import logging

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef
from django.db.transaction import atomic, on_commit
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from ledger.errors import LedgerError
from ledger.file_types import HEAD, clean_name, type_of
from ledger.models import Attachment, Tombstone, Transaction
from ledger.services.acts import lock
from ledger.services.rules import claim

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 20
CHUNK = 500
logger = logging.getLogger(__name__)


class AttachmentError(LedgerError):
    """A file is a picture or a PDF of at most MAX_BYTES, once on a transaction."""

    message = gettext_lazy("This file cannot be kept here.")


def add_attachment(
    *, transaction: Transaction, upload: UploadedFile, by: User | None
) -> Attachment:
    """Keep `upload` with a whole transaction.

    Raises AttachmentError (type by content, size, number, the same file twice) and ConflictError
    (the transaction is gone). The bytes are stored before the row and outside the household's lock,
    and go again when the row fails.
    """
    content_type, digest = _inspect(upload)
    row = claim(transaction, None)
    _check(row, digest)
    attachment = Attachment(
        household=row.household,
        transaction=row,
        name=clean_name(upload.name or "", content_type),
        content_type=content_type,
        size=upload.size,
        sha256=digest,
        added_by=by,
    )
    upload.seek(0)
    attachment.file.save(attachment.name, upload, save=False)
    try:
        with atomic():
            lock(row.household)
            _check(claim(row, None), digest)
            attachment.save(force_insert=True)
    except BaseException:
        attachment.file.storage.delete(attachment.file.name)
        raise
    return attachment


def _inspect(upload: UploadedFile) -> tuple[str, str]:
    """The type and SHA-256 of a file that may be kept."""
    if upload.size > MAX_BYTES:
        raise AttachmentError(
            _("“%(name)s” is larger than %(mega)s MB.")
            % {"name": upload.name, "mega": MAX_BYTES // 1024 // 1024}
        )
    upload.seek(0)
    content_type = type_of(upload.read(HEAD))
    if content_type is None:
        raise AttachmentError(
            _("“%(name)s” is neither a PDF nor a picture (JPEG, PNG, WebP, GIF, HEIC).")
            % {"name": upload.name}
        )
    upload.seek(0)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return content_type, digest.hexdigest()


def _check(row: Transaction, digest: str) -> None:
    here = dict(Attachment.objects.filter(transaction=row).values_list("sha256", "name"))
    if digest in here:
        raise AttachmentError(
            _("This file is here already, as “%(name)s”.") % {"name": here[digest]}
        )
    if len(here) >= MAX_FILES:
        raise AttachmentError(
            _("A transaction takes %(count)s files at most.") % {"count": MAX_FILES}
        )


@atomic
def remove_attachment(*, attachment: Attachment) -> None:
    """Forget a file for good: its row now, its bytes once that is certain."""
    storage, name = attachment.file.storage, attachment.file.name
    attachment.delete()
    on_commit(lambda: storage.delete(name), robust=True)


def purge_orphans() -> int:
    """Remove the files of transactions that are gone and can no longer be restored. Returns how many."""
    orphans = Attachment.objects.filter(
        ~Exists(Transaction.objects.filter(pk=OuterRef("transaction_id"))),
        ~Exists(
            Tombstone.objects.filter(
                transaction_id=OuterRef("transaction_id"), snapshot__isnull=False
            )
        ),
    ).order_by("pk")
    done = 0
    for orphan in orphans.iterator(chunk_size=CHUNK):
        try:
            orphan.file.storage.delete(orphan.file.name)
        except Exception:  # noqa: BLE001 whatever a storage raises, the next sweep tries again
            logger.warning("attachment %s could not be removed", orphan.pk)
        else:
            orphan.delete()
            done += 1
    return done
