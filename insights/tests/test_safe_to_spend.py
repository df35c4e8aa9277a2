"""What can be spent until pay-day: what counts, what is taken off, what is left out."""

import datetime as dt

import pytest

from core.explanation import Term
from insights.safe_to_spend import safe_to_spend
from insights.tests.bills import make_bill
from ledger.models import Account
from ledger.tests.factories import AccountFactory, make_transaction
from recurring.models import CardCycle, Series

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
PAYDAY = dt.date(2026, 11, 30)


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Everyday", opening_balance=1_000_00)


@pytest.fixture
def wages(account):
    return make_bill(account, 2_000_00, PAYDAY, name="Wages")


def _sum(found):
    return sum(term.amount for term in found.explanation.counted)


def test_bills_before_pay_day_are_taken_off(household, account, wages):
    make_bill(account, -100_00, PAYDAY - DAY)
    make_bill(account, -55_00, TODAY - 2 * DAY)  # late
    make_bill(account, -700_00, PAYDAY)
    found = safe_to_spend(household, TODAY)
    assert (found.amount, found.until, found.days) == (845_00, PAYDAY, 9)
    assert found.per_day == 93_88
    assert _sum(found) == found.amount
    assert found.text == "You can spend €845.00 until 30 Nov, €93.88 a day."


def test_without_an_income_it_is_until_the_next_month_of_the_household(household, account):
    household.first_month_day = 25
    assert safe_to_spend(household, TODAY).until == dt.date(2026, 11, 25)


def test_it_is_never_below_zero_and_says_what_is_short(household, account, wages):
    make_bill(account, -1_300_00, PAYDAY - DAY)
    found = safe_to_spend(household, TODAY)
    assert (found.amount, found.per_day, found.missing) == (0, 0, 300_00)
    assert "€300.00 short" in found.text


def test_what_goals_and_envelopes_hold_is_taken_off(household, account, wages):
    found = safe_to_spend(household, TODAY, set_aside=[Term("Holidays", 1, 400_00, "EUR")])
    assert found.amount == 600_00
    assert found.explanation.counted[-1].amount == -400_00


def test_savings_and_what_is_off_budget_are_left_out_and_named(household, account, wages):
    AccountFactory(household=household, kind=Account.Kind.SAVINGS, opening_balance=9_000_00)
    AccountFactory(household=household, is_off_budget=True, opening_balance=9_000_00)
    AccountFactory(household=household, currency="USD", opening_balance=9_000_00)
    AccountFactory(household=household, closed_on=TODAY)
    AccountFactory(household=household, kind=Account.Kind.CASH, opening_balance=7_00)
    found = safe_to_spend(household, TODAY)
    assert found.amount == 1_007_00
    assert len(found.explanation.left_out) == 3


def test_bills_of_other_accounts_do_not_count_and_transfers_out_do(household, account, wages):
    savings = AccountFactory(household=household, kind=Account.Kind.SAVINGS)
    cash = AccountFactory(household=household, kind=Account.Kind.CASH)
    kind = Series.Kind.TRANSFER
    make_bill(savings, -50_00, TODAY + DAY)
    make_bill(account, -200_00, TODAY + DAY, kind=kind, other_account=savings)
    make_bill(account, -30_00, TODAY + DAY, kind=kind, other_account=cash)
    assert safe_to_spend(household, TODAY).amount == 800_00


class TestCards:
    @pytest.fixture
    def card(self, household, account):
        card = AccountFactory(household=household, name="Card", kind=Account.Kind.CREDIT_CARD)
        CardCycle.objects.create(
            household=household, account=card, statement_day=10, due_days=15, paid_from=account
        )
        return card

    def test_a_statement_that_is_due_is_taken_off_and_its_bills_are_not_twice(
        self, household, account, wages, card
    ):
        make_transaction(card, -250_00, dt.date(2026, 11, 5))
        make_transaction(card, -11_00, dt.date(2026, 11, 15))
        make_bill(card, -12_00, TODAY + DAY)
        kind = Series.Kind.TRANSFER
        make_bill(account, -250_00, TODAY + 2 * DAY, kind=kind, other_account=card)
        assert safe_to_spend(household, TODAY).amount == 750_00

    def test_a_statement_that_is_due_later_is_not(self, household, account, card):
        make_bill(account, 2_000_00, TODAY + DAY, name="Wages")
        make_transaction(card, -250_00, dt.date(2026, 11, 5))
        assert safe_to_spend(household, TODAY).amount == 1_000_00
