"""The worker's side of banks: ids in, one service each, safe to run twice."""

from celery import shared_task

from banking.services import discovery, leaving, notices, schedule
from core.queue import enqueue

DRAIN_SECONDS = 5
"""A worker with one thread makes a person who asks for a sync wait so long."""


@shared_task(name="banking.schedule")
def schedule_due() -> None:
    """Set workers on connections that are due."""
    schedule.schedule()


@shared_task(name="banking.drain")
def drain() -> None:
    """Sync connections that are due for some seconds, and come back for the rest."""
    if schedule.drain_for(DRAIN_SECONDS):
        enqueue("banking.drain")


@shared_task(name="banking.sync")
def sync(run_id: int) -> None:
    """Do the sync that a person, a new connection or an operator asked for."""
    schedule.run_sync(run_id)


@shared_task(name="banking.discover")
def discover(connection_id: int, psu_ip: str) -> None:
    """See what a fresh consent is for."""
    discovery.discover(connection_id, psu_ip)


@shared_task(name="banking.wind_up")
def wind_up(connection_id: int) -> None:
    """Finish a disconnection."""
    leaving.wind_up(connection_id)


@shared_task(name="banking.sweep")
def sweep() -> None:
    """Queue again what a dead worker left."""
    schedule.sweep()


@shared_task(name="banking.announce")
def announce() -> None:
    """Tell households of consents that end, and of banks that cannot be read."""
    notices.announce()
