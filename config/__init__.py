"""The roof: settings, root urls, the Celery app. It wires the house and decides nothing."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
