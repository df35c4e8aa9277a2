"""What the one-line add proposes."""

import datetime as dt

import pytest

from ledger.services.categories import archive_category
from ledger.services.naming import add_alias
from ledger.suggestions import payee_suggestions
from ledger.tests.factories import PayeeFactory, make_transaction


def named(household, text, **facts):
    return [found.name for found in payee_suggestions(household, text, **facts)]


@pytest.fixture
def used(account, alice):
    """Makes a payee with transactions: (day of November, amount) each."""

    def used(name, *facts, **more):
        payee = PayeeFactory(household=account.household, name=name)
        for day, amount in facts:
            make_transaction(
                account, payee=payee, amount=amount, date=dt.date(2026, 11, day), by=alice, **more
            )
        return payee

    return used


def test_a_part_of_the_name_finds_it_accents_and_case_aside(household, used):
    used("Crème Brûlée", (1, -1))
    used("Bakery", (1, -1))
    for text in ("creme", "BRÛL", " e b "):
        assert named(household, text) == ["Crème Brûlée"]


def test_an_alias_finds_its_payee(household, used):
    add_alias(payee=used("Bakery", (1, -1)), text="POS 12 BROT")
    assert named(household, "brot") == ["Bakery"]


def test_the_last_used_comes_first_and_the_unused_last(household, used):
    used("Shop A", (1, -1))
    used("Shop C")
    used("Shop B", (2, -1))
    assert named(household, "shop") == ["Shop B", "Shop A", "Shop C"]
    assert named(household, "shop", limit=1) == ["Shop B"]


def test_without_text_the_last_used_are_proposed(household, used):
    used("Shop A", (1, -1))
    used("Shop B")
    assert named(household, " ") == ["Shop A"]


def test_category_account_and_amount_are_the_usual_ones(account, food, rent, used, alice):
    payee = used("Shop", (1, -999), (2, -350), (3, -360), category=food)
    make_transaction(account, payee=payee, amount=-370, date=dt.date(2026, 11, 4), category=rent)
    found = payee_suggestions(account.household, "shop")[0]
    assert (found.category_id, found.category_name) == (food.pk, "Food")
    assert (found.account_id, found.amount) == (account.pk, -360)


def test_an_archived_category_is_not_proposed(household, food, used):
    used("Shop", (1, -1), category=food)
    archive_category(category=food)
    assert payee_suggestions(household, "shop")[0].category_id is None


def test_the_amount_is_of_the_proposed_account(account, yen, used, alice):
    payee = used("Shop", (1, -350))
    make_transaction(yen, payee=payee, amount=-9000, date=dt.date(2026, 11, 5), by=alice)
    found = payee_suggestions(account.household, "shop")[0]
    assert (found.account_id, found.amount) == (yen.pk, -9000)


def test_another_households_payees_are_not_proposed(household, foreign):
    make_transaction(foreign["account"], payee=foreign["payee"])
    assert named(household, foreign["payee"].name) == []
    assert named(household, "") == []


def test_it_asks_four_questions_at_most(household, used, food, django_assert_max_num_queries):
    for n in range(12):
        used(f"Shop {n}", (n + 1, -1), (n + 2, -2), category=food)
    with django_assert_max_num_queries(4):
        assert len(payee_suggestions(household, "shop")) == 8
