"""Housekeeping of the task queue itself."""

from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone


@shared_task(name="core.heartbeat")
def heartbeat() -> None:
    """Say that beat and a worker are alive; /readyz and the admin read it."""
    cache.set("core.heartbeat", timezone.now().isoformat(), timeout=600)


@shared_task(name="core.purge_broker")
def purge_broker() -> None:
    """Delete messages that were delivered: kombu's SQLite broker only hides them."""
    if settings.REDIS_URL:
        return
    import sqlite3

    path = Path(settings.CELERY_BROKER_URL.removeprefix("sqla+sqlite:///"))
    if path.exists():
        with sqlite3.connect(path, timeout=20) as connection:
            connection.execute(
                "DELETE FROM kombu_message WHERE visible = 0 "
                "AND timestamp < datetime('now', '-1 hour')"
            )
