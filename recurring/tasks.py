"""The worker's side of bills: ids in, one service each, safe to run twice."""

from celery import shared_task

from accounts.models import Household
from core.queue import begun, enqueue_once
from recurring.services.finding import detect_if_changed
from recurring.services.refresh import refresh as bring_up_to_date


@shared_task(name="recurring.refresh")
def refresh(household_id: int) -> None:
    """Match what came in, and look for new series in it."""
    begun("recurring.refresh", household_id)
    household = Household.objects.filter(pk=household_id).first()
    if household is None:
        return
    today = household.today()
    bring_up_to_date(household=household, today=today)
    detect_if_changed(household=household, today=today)


@shared_task(name="recurring.refresh_all")
def refresh_all() -> None:
    """Every household's: time passes, and what was expected is late, missing or to be entered."""
    for pk in Household.objects.filter(welcomed_at__isnull=False).values_list("pk", flat=True):
        enqueue_once("recurring.refresh", pk)
