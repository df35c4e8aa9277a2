"""Hand work to Celery from a service without importing tasks: by name, and only after commit."""

from celery import current_app
from django.db.transaction import on_commit


def enqueue(name: str, *args) -> None:
    """Run the task called `name` once the current transaction is committed.

    Arguments are ids and plain JSON values. Raises celery.exceptions.NotRegistered at once for an
    unknown name. A lost message is harmless: the state is a row, and a sweeper re-enqueues it.
    """
    current_app.loader.import_default_modules()
    task = current_app.tasks[name]
    on_commit(lambda: task.delay(*args))
