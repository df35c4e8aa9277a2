"""What the room of bills needs of the house around it."""

import pytest
from celery import current_app, shared_task

from core.formatting import locale_tag

SEND = "notifications.send"


@pytest.fixture(autouse=True, scope="session")
def _somebody_sends():
    """Whoever sends notifications stands in another room; here it is enough that they are made."""
    current_app.loader.import_default_modules()
    if SEND not in current_app.tasks:

        @shared_task(name=SEND)
        def send():
            pass


@pytest.fixture(autouse=True)
def _british():
    token = locale_tag.set("en-GB")
    yield
    locale_tag.reset(token)
