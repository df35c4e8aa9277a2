"""What if: each change does what it says, and nothing is written."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from insights.forecast import forecast_of
from insights.forecast_inputs import read_inputs
from insights.projection.changes import Loan, Lose, Move, Purchase, Reprice
from insights.rehearsal import decode, encode, steps
from insights.tests.bills import add_due, make_bill, make_past
from ledger.tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Everyday", opening_balance=1_000_00)


@pytest.fixture
def wages(account):
    """1,500 on the first of the next three months."""
    first = make_bill(account, 1_500_00, dt.date(2026, 12, 1), name="Wages")
    for day in (dt.date(2027, 1, 1), dt.date(2027, 2, 1)):
        add_due(first.series, day)
    return first


@pytest.fixture
def rent(account):
    """2,200 on 28 November."""
    return make_bill(account, -2_200_00, dt.date(2026, 11, 28), name="Rent")


def _rehearse(household, *changes):
    inputs = read_inputs(household, TODAY, 90)
    return forecast_of(inputs).total, forecast_of(inputs, changes).total


def test_a_purchase_lowers_every_day_from_its_day_on(household, account):
    before, after = _rehearse(household, Purchase(300_00, account.pk, TODAY + 5 * DAY))
    apart = [new - old for old, new in zip(before.likely, after.likely, strict=True)]
    assert apart == [0] * 5 + [-300_00] * 86


def test_a_bill_that_is_moved_behind_pay_day_keeps_the_account_above_zero(household, wages, rent):
    before, after = _rehearse(household, Move(rent.pk, dt.date(2026, 12, 2)))
    assert before.below_on == dt.date(2026, 11, 28)
    assert after.below_on is None
    assert before.likely[-1] == after.likely[-1]


def test_an_income_that_is_lost_does_not_come_from_that_day_on(household, wages):
    before, after = _rehearse(household, Lose(wages.series_id, dt.date(2026, 12, 15)))
    assert before.likely[-1] - after.likely[-1] == 3_000_00


def test_another_amount_keeps_its_direction(household, wages, rent):
    before, after = _rehearse(household, Reprice(rent.series_id, 2_300_00, TODAY + DAY))
    assert before.likely[-1] - after.likely[-1] == 100_00
    before, after = _rehearse(household, Reprice(wages.series_id, 1_600_00, dt.date(2027, 1, 1)))
    assert after.likely[-1] - before.likely[-1] == 200_00


def test_a_loan_is_paid_every_month(household, account):
    before, after = _rehearse(household, Loan(250_00, account.pk, dt.date(2026, 11, 30)))
    assert before.likely[-1] - after.likely[-1] == 3 * 250_00


def test_the_difference_is_the_changes_alone_whatever_is_drawn(household, account):
    make_past(account, amount=-7_13)
    before, after = _rehearse(household, Purchase(300_00, account.pk, TODAY + 5 * DAY))
    for old, new in ((before.low, after.low), (before.high, after.high)):
        assert old[-1] - new[-1] == 300_00


def test_a_change_comes_back_from_its_address(household, account, wages, rent):
    inputs = read_inputs(household, TODAY, 90)
    day = TODAY + 9 * DAY
    for change in (
        Purchase(1, account.pk, day),
        Move(rent.pk, day),
        Lose(wages.series_id, day),
        Reprice(rent.series_id, 5, day),
        Loan(1, account.pk, day),
    ):
        assert decode(encode(change), inputs) == change


def test_changes_about_what_is_not_ones_own_are_left_out(household, account, charlie):
    other = AccountFactory(household=charlie.memberships.get().household)
    bill = make_bill(other, -5_00, TODAY + DAY)
    codes = [
        f"buy:100:{other.pk}:2026-12-01",
        f"move:{bill.pk}:2026-12-01",
        f"lose:{bill.series_id}:2026-12-01",
        f"price:{bill.series_id}:5:2026-12-01",
        f"buy:100:{account.pk}:2026-12-01",
    ]
    found, lost = steps(codes, read_inputs(household, TODAY, 90))
    assert [step.code for step in found] == codes[-1:]
    assert lost == 4


def _rows() -> dict:
    """How many rows every table has."""
    return {
        model: model._base_manager.count()
        for model in apps.get_models()
        if model is not AuditEvent and model._meta.app_label != "sessions"
    }


def test_nothing_is_written(client, alice, household, account):
    rent = make_bill(account, -900_00, household.today() + 5 * DAY)
    wages = make_bill(account, 900_00, household.today() + 7 * DAY)
    client.force_login(alice)
    client.get("/forecast/")
    before = _rows()
    day = household.today() + 9 * DAY
    query = {
        "change": [
            f"buy:100:{account.pk}:{day}",
            f"move:{rent.pk}:{day}",
            f"lose:{wages.series_id}:{day}",
            f"price:{rent.series_id}:900:{day}",
            f"loan:900:{account.pk}:{day}",
        ]
    }
    with CaptureQueriesContext(
        connection,
    ) as asked:
        text = client.get("/forecast/", query).content.decode()
        client.get(f"/forecast/{account.pk}/", {**query, "add": "buy"})
        assert client.post("/forecast/", query).status_code == 405
    assert "Take all back" in text
    assert "no more" not in text
    verbs = {query["sql"].split()[0].upper() for query in asked.captured_queries}
    assert verbs <= {"SELECT", "SAVEPOINT", "RELEASE"}
    assert _rows() == before
