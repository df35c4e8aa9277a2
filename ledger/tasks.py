"""Work of the ledger that nobody waits for."""

import datetime as dt

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from ledger.models import Rule
from ledger.services.attachments import purge_orphans
from ledger.services.rulebook import apply_to_past
from ledger.services.trash import purge_trash as purge


@shared_task(name="ledger.purge_trash")
def purge_trash() -> None:
    """Forget what has been in the trash for TRASH_DAYS, and its files. Safe to run twice."""
    purge(before=timezone.now() - dt.timedelta(days=settings.TRASH_DAYS))
    purge_orphans()


@shared_task(name="ledger.apply_rule")
def apply_rule(rule_id: int, user_id: int, overwrite: bool) -> None:
    """Apply a rule to a long past. Run twice it finds nothing more to do."""
    rule = Rule.objects.select_related("household").filter(pk=rule_id).first()
    if rule is not None:
        by = User.objects.filter(pk=user_id).first()
        apply_to_past(household=rule.household, rules=[rule], by=by, overwrite=overwrite)
