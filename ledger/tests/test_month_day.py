"""Months that begin on another day."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from ledger.models import AccountMonth, Transaction
from ledger.services.settings import change_month_day
from ledger.services.transactions import Part, split_transaction
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.usefixtures("sound")
NOVEMBER = 2026 * 12 + 10


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (1, [NOVEMBER, NOVEMBER, NOVEMBER]),
        (10, [NOVEMBER - 1, NOVEMBER, NOVEMBER]),
        (25, [NOVEMBER, NOVEMBER, NOVEMBER + 1]),
    ],
)
def test_every_row_and_total_follows(account, food, rent, alice, day, months):
    rows = [
        make_transaction(account, amount=-100, date=dt.date(2026, 11, d), by=alice)
        for d in (9, 24, 25)
    ]
    split_transaction(transaction=rows[0], parts=[Part(-60, food), Part(-40, rent)], by=alice)
    change_month_day(household=account.household, day=day, by=alice)
    for row, month in zip(rows, months, strict=True):
        assert set(Transaction.objects.filter(date=row.date).values_list("month", flat=True)) == {
            month
        }
    assert set(AccountMonth.objects.values_list("month", flat=True)) == set(months)


def test_there_and_back_again(account, alice):
    for day in range(1, 29):
        make_transaction(account, amount=-day, date=dt.date(2026, 2, day), by=alice)
    before = list(AccountMonth.objects.values_list("month", "amount", "count"))
    for day in (28, 16, 15, 1):
        change_month_day(household=account.household, day=day, by=alice)
    assert list(AccountMonth.objects.values_list("month", "amount", "count")) == before


@pytest.mark.parametrize("day", [0, 29])
def test_a_day_that_some_months_lack_is_refused(household, alice, day):
    with pytest.raises(ValidationError):
        change_month_day(household=household, day=day, by=alice)
    household.refresh_from_db()
    assert household.first_month_day == 1


def test_another_household_keeps_its_months(account, foreign, alice):
    row = make_transaction(foreign["account"], date=dt.date(2026, 11, 3))
    make_transaction(account, date=dt.date(2026, 11, 3), by=alice)
    change_month_day(household=account.household, day=10, by=alice)
    row.refresh_from_db()
    assert row.month == NOVEMBER
