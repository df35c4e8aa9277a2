"""Debts: balances read from accounts, plans side by side, what more would change."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from accounts.tests.factories import HouseholdFactory
from budget.debts import (
    answer_words,
    balances_chart,
    household_debts,
    payment_day,
    words_of_months,
    years_of,
)
from budget.errors import DebtError
from budget.models import BudgetPlan, Debt
from budget.services.debts import delete_debt, save_debt, set_debt_extra
from ledger.models import Account
from ledger.tests.factories import AccountFactory, make_transaction

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        yield


@pytest.fixture
def loan(household):
    household.time_zone = "UTC"
    household.save()
    return AccountFactory(
        household=household, name="Loan", kind=Account.Kind.LOAN, opening_balance=-1_000_000
    )


def typed(household, name="Card", balance=100_000, rate="18", minimum=5_000, **facts) -> Debt:
    return save_debt(
        household=household,
        name=name,
        balance=balance,
        rate=Decimal(rate),
        minimum=minimum,
        **facts,
    )


def linked(account, rate="6", minimum=20_000, **facts) -> Debt:
    return save_debt(
        household=account.household,
        name=account.name,
        account=account,
        rate=Decimal(rate),
        minimum=minimum,
        **facts,
    )


def found(household, extra=0, more=5_000, currency=""):
    return household_debts(household, extra=extra, more=more, currency=currency)


def test_a_debt_with_an_account_owes_what_the_account_says(loan):
    linked(loan)
    assert found(loan.household).lines[0].owed == 1_000_000
    make_transaction(loan, amount=400_000)
    (line,) = found(loan.household).lines
    assert (line.owed, line.interest, line.least) == (600_000, 3_000, 20_000)


def test_an_account_with_money_on_it_owes_nothing(loan):
    linked(loan)
    make_transaction(loan, amount=1_500_000)
    debts = found(loan.household)
    assert debts.total == 0
    assert answer_words(debts) == "You owe nothing."
    assert balances_chart(debts) == {}


def test_snowball_and_avalanche_stand_beside_least_payments(household):
    household.time_zone = "UTC"
    typed(household, "Small", 50_000, "5", 2_000)
    typed(household, "Dear", 200_000, "20", 5_000)
    debts = found(household, extra=10_000)
    minimum, snowball, avalanche = debts.ways
    assert avalanche.plan.interest < snowball.plan.interest < minimum.plan.interest
    assert avalanche.saved == minimum.plan.interest - avalanche.plan.interest
    assert avalanche.free_on <= snowball.free_on < minimum.free_on
    small, dear = Debt.objects.order_by("pk")
    assert snowball.ends[small.pk] < avalanche.ends[small.pk]
    assert avalanche.ends[dear.pk] < snowball.ends[dear.pk]
    assert not debts.is_one_way


def test_the_first_sentence_has_the_month_and_the_interest(household):
    # 1,000.00 at 12 % with 500.00 a month: 10.00 + 5.10 + 0.15 interest.
    typed(household, balance=100_000, rate="12", minimum=50_000, payment_day=5)
    debts = found(household)
    assert answer_words(debts) == "Free of debt in February 2027, €15.25 interest to go."
    assert debts.best.free_on == dt.date(2027, 2, 5)


def test_a_debt_that_its_payment_never_ends_is_named(household):
    typed(household, balance=1_000_000, rate="12", minimum=10_000)
    debts = found(household, more=5_000)
    assert [line.debt.name for line in debts.endless] == ["Card"]
    assert answer_words(debts) == "With these payments you are never free of debt."
    minimum, _snowball, avalanche = debts.ways
    assert (minimum.free_on, minimum.time, avalanche.saved) == (None, "never", None)
    once, monthly = debts.changes
    # 10,000.00 at 1 % a month; n = −ln(1 − 10000 × 0.01 ÷ 150) ÷ ln(1.01) = 110.4.
    assert monthly.words == "You would be free of debt after 9 years 3 months."
    assert once.sooner is None


def test_one_more_payment_changes_what_the_reference_says(household):
    """Without interest the arithmetic is plain: 1,000.00 in 20 payments of 50.00."""
    typed(household, balance=100_000, rate="0", minimum=5_000)
    once, monthly = found(household, more=5_000).changes
    assert (once.sooner, once.saved) == (1, 0)
    assert (monthly.sooner, monthly.saved) == (10, 0)
    assert once.label == "One payment of €50.00 more"
    assert monthly.words == "Free of debt 10 months sooner, €0.00 less interest."


def test_currencies_are_planned_apart(household):
    typed(household)
    typed(household, "Dollars", currency="USD")
    debts = found(household)
    assert (debts.currency, debts.currencies) == ("EUR", ["EUR", "USD"])
    assert [line.debt.name for line in found(household, currency="USD").lines] == ["Dollars"]
    assert [line.debt.name for line in found(household, currency="GBP").lines] == ["Card"]


def test_accounts_that_owe_and_are_not_listed_are_offered(loan):
    assert [item.account for item in found(loan.household).unlisted] == [loan]
    linked(loan)
    assert found(loan.household).unlisted == []


@pytest.mark.parametrize(
    ("today", "day", "number", "expected"),
    [
        (dt.date(2026, 11, 21), 22, 1, dt.date(2026, 11, 22)),
        (dt.date(2026, 11, 21), 21, 1, dt.date(2026, 12, 21)),
        (dt.date(2026, 11, 21), 1, 2, dt.date(2027, 1, 1)),
        (dt.date(2027, 1, 31), 31, 1, dt.date(2027, 2, 28)),
        (dt.date(2027, 1, 31), 31, 2, dt.date(2027, 3, 31)),
        (dt.date(2028, 2, 28), 30, 1, dt.date(2028, 2, 29)),
    ],
)
def test_payments_are_on_their_day_or_the_last_of_a_shorter_month(today, day, number, expected):
    assert payment_day(today, day, number) == expected


def test_months_in_words():
    assert [words_of_months(n) for n in (None, 0, 1, 12, 27)] == [
        *("never", "0 months", "1 month", "1 year", "2 years 3 months")
    ]


def test_the_years_of_a_debt_add_up_to_its_payments(household):
    debt = typed(household)
    debts = found(household)
    rows = debts.ways[0].plan.rows[debt.pk]
    years = years_of(rows, debt, TODAY)
    assert sum(year.payment for year in years) == sum(row.payment for row in rows)
    assert sum(year.principal for year in years) == 100_000
    assert years[0].months[0][0] == dt.date(2026, 12, 1)
    assert years[-1].balance == 0


def test_the_chart_begins_with_what_is_owed_and_ends_with_nothing(household):
    typed(household)
    for series in balances_chart(found(household))["series"]:
        assert series["texts"][0] == "€1,000.00"
        assert series["texts"][-1] == "€0.00"


def test_only_own_loans_and_cards_are_linked_once(loan):
    household = loan.household
    strange = AccountFactory(household=HouseholdFactory(), kind=Account.Kind.LOAN)
    current = AccountFactory(household=household)
    for account in (strange, current):
        with pytest.raises(DebtError):
            linked_to(household, account)
    debt = linked(loan)
    with pytest.raises(DebtError, match="already"):
        linked(loan)
    assert linked(loan, rate="7", debt=debt).rate == Decimal(7)
    assert Debt.objects.count() == 1


def linked_to(household, account):
    return save_debt(household=household, name="X", account=account, rate=Decimal(1), minimum=1)


def test_a_debt_needs_a_payment(household):
    with pytest.raises(DebtError):
        typed(household, minimum=0)
    assert typed(household, minimum=0, minimum_percent=Decimal(2)).minimum == 0


def test_a_typed_balance_says_of_which_day_it_is(household):
    debt = typed(household)
    with time_machine.travel("2026-12-24T12:00:00Z"):
        typed(household, rate="19", debt=debt)
        assert debt_of(debt).balance_on == TODAY
        typed(household, balance=90_000, debt=debt)
        assert debt_of(debt).balance_on == dt.date(2026, 12, 24)


def debt_of(debt):
    return Debt.objects.get(pk=debt.pk)


def test_what_is_paid_beside_is_kept_in_the_plan(household):
    set_debt_extra(household=household, amount=12_300)
    set_debt_extra(household=household, amount=4_500)
    assert BudgetPlan.objects.get(household=household).debt_extra == 4_500
    with pytest.raises(DebtError):
        set_debt_extra(household=household, amount=-1)


def test_a_deleted_debt_leaves_its_account(loan):
    delete_debt(debt=linked(loan))
    assert Account.objects.filter(pk=loan.pk).exists()
