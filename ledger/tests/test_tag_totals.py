"""What the page of tags says of each: how many, how much, in how many queries."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.urls import reverse

from ledger.filter_totals import filter_totals
from ledger.filters import TransactionFilter
from ledger.services.naming import find_or_make_tags
from ledger.services.transactions import Part, split_transaction
from ledger.tag_totals import tag_totals
from ledger.tests.factories import make_transaction

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def today(household, monkeypatch):
    monkeypatch.setattr(type(household), "today", lambda _self: dt.date(2026, 11, 10))


@pytest.fixture
def trip(household):
    return find_or_make_tags(household=household, names=["trip"])[0]


def test_sums_by_year_and_currency(account, yen, alice, household, trip, today):
    for amount, day, where in (
        (-1000, dt.date(2026, 1, 1), account),
        (-500, dt.date(2025, 12, 31), account),
        (-700, dt.date(2026, 5, 5), yen),
    ):
        make_transaction(where, amount, day, by=alice, tags=[trip])
    make_transaction(account, by=alice)
    totals = tag_totals(household)
    (total,) = totals.tags
    assert (total.tag, total.count) == (trip, 3)
    assert total.this_year == [("EUR", -1000), ("JPY", -700)]
    assert total.ever == [("EUR", -1500), ("JPY", -700)]
    assert (totals.first, totals.last) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def test_the_households_own_year(account, alice, household, trip, today):
    household.first_month_day = 25
    household.save()
    make_transaction(account, -100, dt.date(2026, 1, 10), by=alice, tags=[trip])
    make_transaction(account, -300, dt.date(2026, 1, 25), by=alice, tags=[trip])
    totals = tag_totals(household)
    shown = TransactionFilter(
        QueryDict(f"tag={trip.pk}&from={totals.first}&to={totals.last}"),
        household=household,
    )
    assert totals.tags[0].this_year == [("EUR", filter_totals(shown)[0].net)]


def test_parts_count_once_and_with_their_part(account, alice, household, trip, food, today):
    row = make_transaction(account, -1000, by=alice)
    parts = [Part(-600, food, tags=[trip]), Part(-300, food, tags=[trip]), Part(-100)]
    split_transaction(transaction=row, parts=parts, by=alice)
    both = make_transaction(account, -50, by=alice, tags=[trip])
    split_transaction(transaction=both, parts=[Part(-20, tags=[trip]), Part(-30)], by=alice)
    (total,) = tag_totals(household).tags
    assert total.count == 2
    assert total.ever == [("EUR", -950)]
    listed = TransactionFilter(QueryDict(f"tag={trip.pk}"), household=household)
    assert listed.rows().count() == total.count


def test_two_queries_however_many_tags(account, alice, household, connection_counter, trip):
    make_transaction(account, by=alice, tags=[trip])
    assert connection_counter(lambda: tag_totals(household)) == 2
    tags = find_or_make_tags(household=household, names=[f"tag {n}" for n in range(30)])
    make_transaction(account, by=alice, tags=tags)
    assert connection_counter(lambda: tag_totals(household)) == 2


def test_others_tags_stay_theirs(household, foreign, charlie, trip):
    make_transaction(foreign["account"], by=charlie, tags=foreign["tags"])
    assert [(total.tag, total.count) for total in tag_totals(household).tags] == [(trip, 0)]


def test_the_page_leads_to_the_transactions(client, alice, vera, account, trip, today):
    make_transaction(account, -123456, by=alice, tags=[trip])
    client.force_login(vera)
    text = client.get(reverse("ledger:tag_list")).content.decode()
    assert f"?tag={trip.pk}&amp;from=2026-01-01&amp;to=2026-12-31" in text
    assert "1,234.56" in text
    assert 'value="rename"' not in text
    client.force_login(alice)
    assert 'value="rename"' in client.get(reverse("ledger:tag_list")).content.decode()
