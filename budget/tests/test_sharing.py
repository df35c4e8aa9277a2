"""One's own part, and refunds that are waited for."""

import datetime as dt

import pytest

from budget.errors import RefundError, ShareError
from budget.models import ExpectedRefund
from budget.month import budget_month
from budget.services.refunds import (
    expect_refund,
    find_refunds,
    give_up,
    refund_came,
    refund_offers,
    wait_again,
)
from budget.services.shares import share_transaction, unshare
from budget.tests.factories import NOVEMBER, make_budget
from ledger.services.refunds import link_refund
from ledger.services.transactions import Part, split_transaction
from ledger.tests.factories import PayeeFactory, make_transaction


@pytest.fixture
def house(alice, household):
    return make_budget(household, first=NOVEMBER - 1)


def spent(household, category, month=NOVEMBER):
    found = budget_month(household, month).lines.get(category.pk)
    return (found.spent, found.booked) if found else (0, 0)


def test_only_the_own_part_loads_the_budget_and_both_are_shown(house, alice):
    household, account, _salary, (food, *_rest) = house
    row = make_transaction(account, amount=-8_001, category=food)
    share_transaction(transaction=row, own=1, whole=2, with_whom="Bob", by=alice)
    assert spent(household, food) == (4_001, 8_001)
    share_transaction(transaction=row, own_amount=-3_000, by=alice)
    assert spent(household, food) == (3_000, 8_001)
    unshare(transaction=row)
    assert spent(household, food) == (8_001, 8_001)


def test_a_part_of_a_split_is_shared_alone(house, alice):
    household, account, _salary, (food, fun, _rent) = house
    row = make_transaction(account, amount=-10_000, category=food)
    split_transaction(transaction=row, parts=[Part(-6_000, food), Part(-4_000, fun)], by=alice)
    share_transaction(transaction=row.parts.get(category=fun), own=1, whole=4, by=alice)
    assert (spent(household, food)[0], spent(household, fun)[0]) == (6_000, 1_000)


def test_a_shared_whole_that_is_split_is_shared_in_its_parts(house, alice):
    household, account, _salary, (food, fun, _rent) = house
    row = make_transaction(account, amount=-10_000, category=food)
    share_transaction(transaction=row, own_amount=-5_000, by=alice)
    split_transaction(transaction=row, parts=[Part(-6_000, food), Part(-4_000, fun)], by=alice)
    assert (spent(household, food)[0], spent(household, fun)[0]) == (3_000, 2_000)


@pytest.mark.parametrize(
    "facts", [{"own": 3, "whole": 2}, {"own_amount": 500}, {"own_amount": -9_999}, {"whole": 0}]
)
def test_a_part_is_between_nothing_and_the_whole(house, facts):
    row = make_transaction(house[1], amount=-1_000)
    with pytest.raises(ShareError):
        share_transaction(transaction=row, by=None, **facts)


def test_a_refund_is_given_back_to_the_month_and_category_of_choice(house, alice):
    household, account, salary, (food, fun, _rent) = house
    expense = make_transaction(account, amount=-8_000, category=food, date=dt.date(2026, 10, 9))
    expected = expect_refund(expense=expense, amount=5_000, by=alice)
    refund = make_transaction(account, amount=5_000, category=fun, date=dt.date(2026, 11, 5))
    refund_came(expected=expected, refund=refund, month=NOVEMBER - 1, category=food)
    assert spent(household, food, NOVEMBER - 1) == (3_000, 8_000)
    assert spent(household, fun) == (0, -5_000)
    wait_again(expected=expected)
    assert spent(household, food, NOVEMBER - 1) == (8_000, 8_000)


def test_a_refund_of_the_payee_and_amount_is_recognised(house, alice):
    household, account, _salary, (food, *_rest) = house
    payee = PayeeFactory(household=household)
    expense = make_transaction(account, amount=-8_000, category=food, payee=payee)
    expected = expect_refund(expense=expense, amount=5_000, by=alice)
    assert find_refunds(household) == 0
    make_transaction(account, amount=5_000, payee=payee, date=dt.date(2026, 11, 20))
    assert find_refunds(household) == 1
    expected.refresh_from_db()
    assert (expected.state, expected.category) == (ExpectedRefund.State.CAME, food)
    assert spent(household, food)[0] == 3_000


def test_a_linked_refund_is_recognised_whatever_its_amount(house, alice):
    household, account, _salary, (food, *_rest) = house
    expense = make_transaction(account, amount=-8_000, category=food)
    expect_refund(expense=expense, amount=5_000, by=alice)
    refund = make_transaction(account, amount=4_900, date=dt.date(2026, 11, 20))
    link_refund(refund=refund, expense=expense, by=alice)
    assert find_refunds(household) == 1


def test_the_amount_of_another_payee_is_only_offered(house, alice):
    household, account, _salary, (food, *_rest) = house
    expense = make_transaction(account, amount=-8_000, category=food)
    expected = expect_refund(expense=expense, amount=5_000, by=alice)
    row = make_transaction(account, amount=5_000, date=dt.date(2026, 11, 20))
    assert find_refunds(household) == 0
    assert [(one.expected, one.refund) for one in refund_offers(household)] == [(expected, row)]
    give_up(expected=expected)
    assert refund_offers(household) == []


@pytest.mark.parametrize("amount", [0, 8_001, -5])
def test_no_more_is_expected_back_than_went_out(house, amount):
    expense = make_transaction(house[1], amount=-8_000)
    with pytest.raises(RefundError):
        expect_refund(expense=expense, amount=amount, by=None)


def test_one_transaction_pays_back_one_expense(house, alice):
    _household, account, *_rest = house
    refund = make_transaction(account, amount=5_000)
    one, two = (
        expect_refund(expense=make_transaction(account, amount=-8_000), amount=5_000, by=alice)
        for _ in range(2)
    )
    refund_came(expected=one, refund=refund)
    with pytest.raises(RefundError):
        refund_came(expected=two, refund=refund)


def test_a_refund_that_is_deleted_counts_nowhere(house, alice):
    from ledger.services.trash import delete_transactions

    household, account, _salary, (food, fun, _rent) = house
    expense = make_transaction(account, amount=-8_000, category=food, date=dt.date(2026, 10, 9))
    expected = expect_refund(expense=expense, amount=5_000, by=alice)
    refund = make_transaction(account, amount=5_000, category=fun, date=dt.date(2026, 11, 5))
    refund_came(expected=expected, refund=refund, month=NOVEMBER - 1, category=food)
    delete_transactions(household=household, ids=[refund.pk], by=alice)
    assert spent(household, food, NOVEMBER - 1) == (8_000, 8_000)
