"""The forecast on screen: who may see it, what it says, what it refuses, what it asks the database."""

import datetime as dt

import pytest
from django.urls import reverse

from insights.tests.bills import make_bill, make_past
from ledger.models import Account
from ledger.tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
URL = "/forecast/"


@pytest.fixture
def account(household):
    account = AccountFactory(household=household, name="Everyday", opening_balance=500_00)
    make_past(account)
    return account


def _day(household, days):
    return household.today() + dt.timedelta(days=days)


def test_a_viewer_reads_the_answer_first(client, vera, household, account):
    client.force_login(vera)
    make_bill(account, -900_00, _day(household, 20))
    text = client.get(URL).content.decode()
    assert "Below zero from" in text
    assert text.index("Below zero from") < text.index("forecast-curve")


def test_an_account_that_does_not_last_is_named_although_the_others_do(
    client, alice, household, account
):
    AccountFactory(household=household, name="Rich", opening_balance=900_000_00)
    make_bill(account, -900_00, _day(household, 20))
    client.force_login(alice)
    text = client.get(URL).content.decode()
    assert "You stay above zero" in text
    assert "Everyday: below zero from" in text


def test_the_page_of_an_account(client, alice, household, account):
    client.force_login(alice)
    answer = client.get(reverse("insights:forecast_account", args=[account.pk]))
    assert answer.status_code == 200
    assert "You stay above zero" in answer.content.decode()


def test_somebody_elses_account_is_not_found(client, charlie, account):
    client.force_login(charlie)
    assert client.get(f"/forecast/{account.pk}/").status_code == 404


def test_without_accounts_it_says_what_to_do(client, alice):
    client.force_login(alice)
    assert "Add an account" in client.get(URL).content.decode()


def test_a_young_account_has_no_band_and_says_so(client, alice, household):
    make_past(AccountFactory(household=household), days=20)
    client.force_login(alice)
    text = client.get(URL).content.decode()
    assert "less than eight weeks of history" in text
    assert "Eight of ten cases" not in text


def test_a_purchase_is_compared_and_can_be_taken_back(client, alice, household, account):
    client.force_login(alice)
    query = {"add": "buy", "amount": "2000", "account": account.pk, "day": _day(household, 9)}
    answer = client.get(URL, query)
    assert answer.status_code == 302
    assert f"buy%3A200000%3A{account.pk}%3A" in answer["Location"]
    text = client.get(answer["Location"]).content.decode()
    assert "csrf" not in answer["Location"]
    assert "Rehearsed:" in text
    assert "Buy something for €2,000.00" in text
    assert "−€2,000.00" in text
    assert 'href="/forecast/"' in text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("amount", "a lot", "is not an amount"),
        ("amount", "-5", "without a sign"),
        ("amount", "0", "moves no money"),
        ("amount", "99999999999999999999", "too large"),
        ("day", "2020-01-01", "Choose a day after today"),
        ("day", "2099-01-01", "Choose a day after today"),
        ("day", "soon", "Enter a valid date"),
        ("account", "999999", "Select a valid choice"),
    ],
)
def test_bad_input_is_refused_by_its_field(client, alice, household, account, field, value, says):
    client.force_login(alice)
    query = {"add": "buy", "amount": "20", "account": account.pk, "day": _day(household, 9)}
    answer = client.get(URL, {**query, field: value})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_there_is_an_end_to_changes(client, alice, household, account):
    client.force_login(alice)
    day = _day(household, 9)
    query = {"change": [f"buy:1:{account.pk}:{day}"] * 12}
    assert client.get(URL, query).content.decode().count("Take back") == 24
    more = {**query, "add": "buy", "amount": "20", "account": account.pk, "day": day}
    answer = client.get(URL, more)
    assert answer.status_code == 422
    assert "At most 12 changes" in answer.content.decode()


@pytest.mark.parametrize(
    "code",
    ["", "buy", "buy:1:2:3", "fly:1:2026-12-01", "lose:999:2026-12-01", "buy:²:1:2026-12-01"]
    + ["move:" + "9" * 40 + ":2026-12-01", "buy:1:1:0001-01-01", "price:1:2:3:4:2026-12-01"],
)
def test_a_change_that_makes_no_sense_is_left_out_and_said(client, alice, account, code):
    client.force_login(alice)
    answer = client.get(URL, {"change": code})
    assert answer.status_code == 200
    assert "applies no more" in answer.content.decode()


def test_the_number_of_queries_does_not_grow(
    client, alice, household, account, django_assert_max_num_queries
):
    client.force_login(alice)
    client.get(URL)
    for number in range(3):
        other = AccountFactory(household=household, opening_balance=number)
        make_past(other)
        make_bill(other, -10_00, _day(household, 10 + number))
    with django_assert_max_num_queries(20):
        client.get(URL)


def test_the_account_page_tells_of_a_low_point_within_thirty_days(
    client, alice, household, account
):
    client.force_login(alice)
    page = reverse("ledger:account_detail", args=[account.pk])
    assert "Below zero" not in client.get(page).content.decode()
    make_bill(account, -900_00, _day(household, 20))
    text = client.get(page).content.decode()
    assert "Below zero from" in text
    assert f"/forecast/{account.pk}/" in text


def test_the_account_page_is_silent_about_what_is_further_away(client, alice, household, account):
    client.force_login(alice)
    make_bill(account, -900_00, _day(household, 40))
    page = reverse("ledger:account_detail", args=[account.pk])
    assert "Below zero" not in client.get(page).content.decode()


def test_a_card_page_says_what_is_owed(client, alice, household):
    card = AccountFactory(
        household=household, kind=Account.Kind.CREDIT_CARD, opening_balance=-120_00
    )
    client.force_login(alice)
    assert "You owe about €120.00" in client.get(f"/forecast/{card.pk}/").content.decode()
