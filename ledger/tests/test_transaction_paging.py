"""Walking the pages meets every row once, whatever the days and ties."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ledger.listing import page_of
from ledger.models import Transaction
from ledger.tests.factories import AccountFactory, make_transaction

DAY = dt.date(2026, 5, 1)


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


def rows_of(account):
    return Transaction.objects.for_household(account.household).movements()


def walk(account, size, *, last):
    """Pages from one end to the other."""
    page = page_of(
        rows_of(account), account.household, {account.pk: account}, {}, last=last, size=size
    )
    while True:
        yield page
        cursor = {"before": page.newer} if last else {"after": page.older}
        if not any(cursor.values()):
            return
        page = page_of(
            rows_of(account), account.household, {account.pk: account}, {}, size=size, **cursor
        )


@examples(max_examples=25)
@given(days=st.lists(st.integers(0, 4), max_size=24), size=st.integers(1, 7))
def test_both_ways_meet_every_row_once(account, days, size):
    Transaction.objects.all().delete()
    Transaction.objects.bulk_create(
        Transaction(
            household=account.household,
            account=account,
            date=DAY + dt.timedelta(days=day),
            month=0,
            amount=1,
        )
        for day in days
    )
    whole = list(rows_of(account).newest_first().values_list("pk", flat=True))
    older = list(walk(account, size, last=False))
    newer = list(walk(account, size, last=True))
    assert [row.pk for page in older for row in page.rows] == whole
    assert [row.pk for page in reversed(newer) for row in page.rows] == whole
    assert not older[0].newer
    assert not newer[0].older


def test_a_page_beyond_the_end_is_the_first_page(account):
    row = make_transaction(account)
    page = page_of(
        rows_of(account), account.household, {account.pk: account}, {}, after="1999-01-01.1"
    )
    assert [shown.pk for shown in page.rows] == [row.pk]


def test_a_day_that_a_page_cuts_shows_no_half_sum(account):
    for amount in (100, 200, 300, 400):
        make_transaction(account, amount=amount, date=DAY)
    make_transaction(account, amount=-50, date=DAY - dt.timedelta(days=1))
    sums = [
        row.day_sum for page in walk(account, 3, last=False) for row in page.rows if row.new_day
    ]
    assert sums == ["", "", "\u2212€0.50"]
