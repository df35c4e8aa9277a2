"""Work of the ledger that nobody waits for."""

import datetime as dt

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ledger.services.attachments import purge_orphans
from ledger.services.trash import purge_trash as purge


@shared_task(name="ledger.purge_trash")
def purge_trash() -> None:
    """Forget what has been in the trash for TRASH_DAYS, and its files. Safe to run twice."""
    purge(before=timezone.now() - dt.timedelta(days=settings.TRASH_DAYS))
    purge_orphans()
