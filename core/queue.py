"""Hand work to Celery from a service without importing tasks: by name, and only after commit."""

from celery import current_app
from django.core.cache import cache
from django.db.transaction import on_commit

ASKED_FOR = 60
"""Seconds after which an asked-for run that never began is asked for again."""


def enqueue(name: str, *args) -> None:
    """Run the task called `name` once the current transaction is committed.

    Arguments are ids and plain JSON values. Raises celery.exceptions.NotRegistered at once for an
    unknown name. A lost message is harmless: the state is a row, and a sweeper re-enqueues it.
    """
    if name not in current_app.tasks:
        # Not loader.import_default_modules(): that runs Django's system checks each time, too.
        current_app.autodiscover_tasks(force=True)
    task = current_app.tasks[name]
    on_commit(lambda: task.delay(*args))


def enqueue_once(name: str, key: int) -> None:
    """As `enqueue(name, key)`, but not while a run for `key` waits: a burst of writes makes one run.

    The task calls `begun(name, key)` before it reads, so that a write after that asks for the next run.
    """
    if cache.add(f"asked:{name}:{key}", 1, timeout=ASKED_FOR):
        enqueue(name, key)


def begun(name: str, key: int) -> None:
    """The run that `enqueue_once` asked for has begun."""
    cache.delete(f"asked:{name}:{key}")
