"""Each figure against an independent sum over the raw rows, on any household."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.tests.factories import HouseholdFactory
from insights.overview import overview
from ledger.models import CategoryKind, Status, Transaction
from ledger.services.transactions import Part, add_transaction, split_transaction
from ledger.services.transfers import record_transfer
from ledger.tests.factories import AccountFactory, CategoryFactory, CategoryGroupFactory

TODAY = dt.date(2026, 11, 20)
ROW = st.tuples(
    st.integers(0, 2),  # account: on budget, off budget, other currency
    st.integers(-9_000, 9_000).filter(bool),
    st.sampled_from([None, "income", "expense"]),
    st.booleans(),  # pending
    st.sampled_from(["plain", "split", "transfer"]),
    st.dates(dt.date(2026, 10, 20), TODAY),
)


class TestFigures(TestCase):
    @given(st.lists(ROW, max_size=12))
    @settings(max_examples=40, deadline=None)
    def test_figures_equal_the_rows_that_they_stand_for(self, rows):
        household = HouseholdFactory(time_zone="UTC")
        accounts = [
            AccountFactory(household=household),
            AccountFactory(household=household, is_off_budget=True),
            AccountFactory(household=household, currency="USD"),
        ]
        kinds = {
            kind: CategoryFactory(
                household=household, group=CategoryGroupFactory(household=household, kind=kind)
            )
            for kind in CategoryKind.values
        }
        for account, amount, kind, pending, shape, day in rows:
            self._add(household, accounts, account, amount, kinds.get(kind), pending, shape, day)
        found = overview(household, TODAY)
        income, spending, counted, left = _oracle(household)
        figures = {figure.key: figure for figure in found.figures}
        assert figures["income"].amount == income
        assert figures["spending"].amount == spending
        explained = [
            *figures["income"].explanation.counted,
            *figures["spending"].explanation.counted,
        ]
        assert sum(term.count for term in explained) == counted
        assert sum(term.count for term in figures["income"].explanation.left_out) == left
        assert figures["net_worth"].amount == sum(
            row.amount
            for row in _rows(household)
            if row.account.currency == "EUR" and not row.parent_id
        )

    def _add(self, household, accounts, account, amount, category, pending, shape, day):
        if shape == "transfer":
            other = AccountFactory(household=household)
            source = accounts[0]
            record_transfer(source=source, target=other, amount=abs(amount), date=day, by=None)
            return
        status = Status.PENDING if pending else Status.BOOKED
        row = add_transaction(
            account=accounts[account],
            date=day,
            amount=amount,
            by=None,
            category=category,
            status=status,
        )
        if shape == "split" and abs(amount) > 1:
            parts = [Part(amount - 1, category), Part(1)]
            split_transaction(transaction=row, parts=parts, by=None)


def _rows(household):
    return list(
        Transaction.objects.filter(household=household).select_related("account", "category__group")
    )


def _oracle(household):
    """Income, spending, rows counted and rows left out in November, row by row."""
    income = spending = counted = left = 0
    for row in _rows(household):
        if row.is_split or (row.date.year, row.date.month) != (2026, 11):
            continue
        if (
            row.transfer_id
            or row.account.is_off_budget
            or row.account.currency != "EUR"
            or not row.status
        ):
            left += 1
            continue
        counted += 1
        is_income = row.category.group.kind == "income" if row.category else row.amount > 0
        if is_income:
            income += row.amount
        else:
            spending -= row.amount
    return income, spending, counted, left


@pytest.mark.django_db
def test_an_empty_household_says_what_to_do_next(client, alice):
    client.force_login(alice)
    assert b"Three ways to begin" in client.get("/").content
