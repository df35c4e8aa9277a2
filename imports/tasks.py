"""The worker's side of imports: ids in, one service each, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from imports.services import jobs


@shared_task(name="imports.read")
def read(job_id: int) -> None:
    """Read a job's file into staged lines."""
    jobs.read_job(job_id)


@shared_task(name="imports.post")
def post(job_id: int) -> None:
    """Post a job's staged lines."""
    jobs.post_job(job_id)


@shared_task(name="imports.sweep")
def sweep() -> None:
    """Queue again what a dead worker left."""
    jobs.sweep(timezone.now())
