"""A small ledger for the tests of services, and proof that each test left it sound."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.invariants import check
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, TagFactory


@pytest.fixture
def sound(db):
    """After the test, everything holds that must always hold."""
    yield
    assert check() == []


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Current")


@pytest.fixture
def savings(household):
    return AccountFactory(household=household, name="Savings")


@pytest.fixture
def yen(household):
    return AccountFactory(household=household, name="Yen", currency="JPY")


@pytest.fixture
def food(household):
    return CategoryFactory(household=household, name="Food")


@pytest.fixture
def rent(household):
    return CategoryFactory(household=household, name="Rent")


@pytest.fixture
def payee(household):
    return PayeeFactory(household=household, name="Corner Shop")


@pytest.fixture
def tag(household):
    return TagFactory(household=household, name="holiday")


@pytest.fixture
def foreign(charlie):
    """Things of charlie's household."""
    household = charlie.memberships.get().household
    account = AccountFactory(household=household)
    return {
        "household": household,
        "account": account,
        "category": CategoryFactory(household=household),
        "payee": PayeeFactory(household=household),
        "tags": [TagFactory(household=household)],
    }


@pytest.fixture
def connection_counter(db):
    """Calls a function and returns how many statements the database was sent."""

    def count(function) -> int:
        with CaptureQueriesContext(connection) as queries:
            function()
        return len(queries)

    return count
