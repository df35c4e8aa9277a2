"""Kinds of our own, so that these tests hang on no room above."""

import pytest
from django.core import mail
from django.utils import translation

from core.formatting import format_money
from notifications import kinds
from notifications.kinds import TEST, Kind, Words
from notifications.models import Level, Sending
from notifications.services.notify import notify


def _describe(params):
    amount = format_money(params.get("amount", 1234567), "EUR")
    return Words(params["title"], f"{amount} in {translation.get_language()}")


NOW = Kind("t.now", "Over a limit", "Tests", _describe, icon="target", level=Level.WRONG)
LATER = Kind("t.later", "A look back", "Tests", _describe, mail=Sending.DIGEST)
PUSHED = Kind("t.push", "Pushed", "Tests", _describe, mail=Sending.OFF, push=Sending.NOW)


@pytest.fixture(autouse=True)
def _kinds(monkeypatch):
    known = {kind.code: kind for kind in (TEST, NOW, LATER, PUSHED)}
    monkeypatch.setattr(kinds, "_kinds", known)


@pytest.fixture
def tell(household, django_capture_on_commit_callbacks):
    """Notify, with what follows the commit. Returns how many people were told."""

    def act(title="Groceries", *, kind="t.now", key="", **more):
        with django_capture_on_commit_callbacks(execute=True):
            return notify(
                household=household,
                kind=kind,
                key=key or f"{kind}:{title}",
                params={"title": title},
                **more,
            )

    return act


@pytest.fixture
def later(django_capture_on_commit_callbacks):
    """Run the sweeper."""

    def act():
        from notifications.tasks import send

        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            send()
        return mail.outbox[before:]

    return act
