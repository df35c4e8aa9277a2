"""Divide a transaction into parts, and make it whole again."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.money import share
from ledger.errors import (
    ConflictError,
    ForeignRowError,
    LedgerError,
    PartsDoNotAddUpError,
    TransferError,
)
from ledger.invariants import check
from ledger.models import CategoryMonth, Transaction
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import record_transfer
from ledger.tests.factories import AccountFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def row(account, food, alice):
    return make_transaction(account, amount=-4200, by=alice, category=food)


def split(row, by, *parts, **facts):
    return split_transaction(transaction=row, parts=parts, by=by, **facts)


def test_parts_take_the_place_of_the_category(row, food, rent, payee, tag, alice):
    split(row, alice, Part(-4000, rent, payee, "flat", [tag, tag]), Part(-200, food))
    first = row.parts.order_by("pk").first()
    assert (row.is_split, row.category, row.version) == (True, None, 2)
    assert (first.date, first.month, first.account, first.status) == (
        row.date,
        row.month,
        row.account,
        row.status,
    )
    assert (first.search_text, list(first.tags.all())) == ("corner shop flat", [tag])
    assert dict(CategoryMonth.objects.values_list("category", "amount")) == {
        rent.pk: -4000,
        food.pk: -200,
    }


def test_parts_that_do_not_add_up_name_both_sums(row, food, rent, alice):
    with pytest.raises(PartsDoNotAddUpError, match=r"−€41\.10.*−€42\.00"):
        split(row, alice, Part(-4000, food), Part(-110, rent))
    assert not row.parts.exists()


def test_parts_may_have_either_sign(row, food, rent, alice):
    split(row, alice, Part(-5000, food), Part(800, rent))
    assert row.parts.count() == 2


def test_one_part_is_no_split(row, food, alice):
    with pytest.raises(LedgerError, match="two parts"):
        split(row, alice, Part(-4200, food))


def test_a_part_of_zero_is_refused(row, food, rent, alice):
    with pytest.raises(LedgerError, match="zero"):
        split(row, alice, Part(-4200, food), Part(0, rent))


def test_splitting_again_replaces_the_parts(row, food, rent, alice):
    split(row, alice, Part(-4000, food), Part(-200, rent))
    split(row, alice, Part(-1400, food), Part(-1400, rent), Part(-1400, None))
    assert [part.amount for part in row.parts.all()] == [-1400] * 3


def test_no_parts_make_it_whole_again(row, food, rent, alice):
    split(row, alice, Part(-4000, food), Part(-200, rent))
    split(row, alice)
    assert (row.is_split, Transaction.objects.count()) == (False, 1)
    assert split(row, alice) is None


@pytest.mark.parametrize("fact", ["category", "payee", "tags"])
def test_parts_carry_nothing_of_another_household(row, food, alice, foreign, fact):
    with pytest.raises(ForeignRowError):
        split(row, alice, Part(-4000, **{fact: foreign[fact]}), Part(-200, food))


def test_a_transfer_is_not_split(account, savings, food, rent, alice):
    transfer = record_transfer(
        source=account, target=savings, amount=100, date=dt.date(2026, 11, 3), by=alice
    )
    with pytest.raises(TransferError):
        split(transfer.legs.get(account=account), alice, Part(-60, food), Part(-40, rent))


def test_a_stale_version_is_a_conflict(row, food, rent, alice):
    split(row, alice, Part(-4000, food), Part(-200, rent))
    with pytest.raises(ConflictError):
        split(row, alice, Part(-200, food), Part(-4000, rent), version=1)


class TestAnyShares(TestCase):
    @settings(max_examples=30)
    @given(
        amount=st.integers(-(10**15), 10**15).filter(lambda n: abs(n) > 40),
        weights=st.lists(st.integers(1, 5), min_size=2, max_size=8),
    )
    def test_shares_of_any_amount_are_parts_of_it(self, amount, weights):
        row = make_transaction(AccountFactory(), amount=amount)
        split(row, None, *[Part(piece) for piece in share(amount, weights)])
        assert sum(row.parts.values_list("amount", flat=True)) == amount
        assert [damage for damage in check(row.household) if damage.rule != "owner"] == []
