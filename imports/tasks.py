"""The worker's side of imports: ids in, one service each, safe to run twice."""

from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from imports.services import jobs
from imports.services.folder import import_folder


@shared_task(name="imports.read")
def read(job_id: int) -> None:
    """Read a job's file into staged lines."""
    jobs.read_job(job_id)


@shared_task(name="imports.post")
def post(job_id: int) -> None:
    """Post a job's staged lines."""
    jobs.post_job(job_id)


@shared_task(name="imports.folder")
def folder() -> int:
    """Take in what lies in the watched folder. Returns how many files."""
    path = Path(settings.IMPORT_FOLDER)
    return sum(1 for _ in import_folder(path)) if settings.IMPORT_FOLDER and path.is_dir() else 0


@shared_task(name="imports.sweep")
def sweep() -> None:
    """Queue again what a dead worker left."""
    jobs.sweep(timezone.now())
