"""The worker's side of notifications: one service each, safe to run twice."""

from celery import shared_task

from notifications.services.sending import send_due
from notifications.services.tidying import tidy as tidy_up


@shared_task(name="notifications.send")
def send() -> None:
    """Send what is due: what was noted just now, digests, what waited for the end of quiet hours,
    second tries, and what a dead worker left."""
    send_due()


@shared_task(name="notifications.tidy")
def tidy() -> None:
    """Forget what was read long ago."""
    tidy_up()
