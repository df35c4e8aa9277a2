"""The cast: alice owns a household, bob edits it, vera views it, charlie is a stranger."""

import os
import uuid
from pathlib import Path

import pytest
from celery import current_app
from django.test import SimpleTestCase
from hypothesis import HealthCheck, settings

from accounts.models import Role
from accounts.tests.factories import HouseholdFactory, MembershipFactory, UserFactory

settings.register_profile(
    "housebook",
    # The same examples every time; the long form (make test-long) looks for new ones.
    derandomize=os.environ.get("HYPOTHESIS_PROFILE") != "long",
    deadline=None,  # a slow machine is no failure
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("housebook")

ROOT = Path(__file__).parent


def pytest_collection_modifyitems(config, items):
    """On servers, what touches no database (parsers, arithmetic) is not run a second time."""
    if not os.environ.get("DATABASE_URL"):
        return
    pure = [item for item in items if not _touches_a_server(item)]
    config.hook.pytest_deselected(items=pure)
    items[:] = [item for item in items if _touches_a_server(item)]


def _touches_a_server(item) -> bool:
    return (
        item.get_closest_marker("django_db") is not None
        or "db" in item.fixturenames
        or "transactional_db" in item.fixturenames
        or issubclass(getattr(item, "cls", None) or object, SimpleTestCase)
        or item.path.is_relative_to(ROOT / "tests")
    )


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path, settings):
    """Files of its own, static files uncollected, tasks at once, no limit used up by another test."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # The same whether the suite runs embedded or as a server; tests of the difference set these.
    settings.EMBEDDED = settings.SIGNUP_OPEN = True
    settings.STAFF_REQUIRE_MFA = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    current_app.conf.task_always_eager = True
    # Limits count in the cache, which parallel tests share.
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}


@pytest.fixture
def household(db):
    return HouseholdFactory(name="Birch House", base_currency="EUR")


def _member(household, name, role):
    user = UserFactory(name=name, email=f"{name.lower()}@example.org")
    MembershipFactory(household=household, user=user, role=role)
    return user


@pytest.fixture
def alice(household):
    """The owner."""
    return _member(household, "Alice", Role.OWNER)


@pytest.fixture
def bob(household):
    """An editor."""
    return _member(household, "Bob", Role.EDITOR)


@pytest.fixture
def vera(household):
    """A viewer."""
    return _member(household, "Vera", Role.VIEWER)


@pytest.fixture
def charlie(db):
    """A stranger with a household of his own."""
    return _member(HouseholdFactory(name="Cedar House"), "Charlie", Role.OWNER)
