"""The Celery app. Tasks take ids, call one service, and may run twice (docs/architecture.md)."""

import os

from celery import Celery
from kombu.transport.sqlalchemy import Transport

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# The broker in a SQLite file is asked for work; its own second of waiting is felt in the browser.
# (As a transport option it would be handed on to SQLAlchemy, which refuses it.)
Transport.polling_interval = 0.3

app = Celery("housebook")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
