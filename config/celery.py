"""The Celery app. Tasks take ids, call one service, and may run twice (docs/architecture.md)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("housebook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
