"""Work about people that nobody waits for."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from accounts.models import Submission
from accounts.services.deletion import carry_out


@shared_task(name="accounts.carry_out_deletions")
def carry_out_deletions() -> None:
    """Delete what is due, and forget old form keys. Safe to run twice."""
    now = timezone.now()
    carry_out(now)
    Submission.objects.filter(created_at__lt=now - dt.timedelta(hours=48)).delete()
