"""What the overview says of plans."""

import pytest
from django.urls import reverse

from budget.services.amounts import set_amount
from budget.services.goals import save_goal
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(household, alice):
    """A budget that is over, and a goal."""
    account = AccountFactory(household=household, opening_balance=100_000)
    food = CategoryFactory(household=household, name="Food")
    today = household.today()
    month = household.current_month()
    set_amount(household=household, category=food, month=month, amount=5_000, by=alice)
    make_transaction(account, amount=-6_000, date=today, by=alice, category=food)
    save_goal(household=household, name="Roof", target=188_000, link="account", account=account)
    return household


def test_the_overview_asks_for_its_plan(client, planned, alice):
    client.force_login(alice)
    assert reverse("insights:plan") in client.get("/").content.decode()
    assert reverse("insights:plan") not in client.get("/?month=2020-01").content.decode()


def test_the_plan_says_what_is_over_and_what_is_saved(client, planned, alice):
    client.force_login(alice)
    page = client.get(reverse("insights:plan")).content.decode()
    assert "€10.00 over" in page
    assert "Roof" in page
    assert "50 %" in page
    assert "€940.00" in page
    why = client.get(reverse("insights:explain_safe")).content.decode()
    assert "€940.00" in why


def test_as_a_fragment_it_asks_at_most_thirty_five_queries(
    client, planned, alice, django_assert_max_num_queries
):
    client.force_login(alice)
    client.get("/")
    with django_assert_max_num_queries(35):
        page = client.get(reverse("insights:plan"), headers={"HX-Request": "true"})
    assert b"<html" not in page.content


def test_without_anything_it_says_what_to_do(client, household, alice):
    AccountFactory(household=household)
    client.force_login(alice)
    page = client.get(reverse("insights:plan")).content.decode()
    assert "Make a budget" in page
    assert "Add a goal" in page
