"""Rates come by themselves, once a day."""

import logging

from celery import shared_task

from currencies.errors import RatesError
from currencies.services import fetch_rates

logger = logging.getLogger(__name__)


@shared_task(name="currencies.fetch_rates")
def fetch() -> None:
    """Fetch the day's rates; the next run tries again."""
    try:
        fetch_rates()
    except RatesError as error:
        logger.warning("%s", error)
