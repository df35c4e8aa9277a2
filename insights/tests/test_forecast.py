"""The forecast of a household: what it reads, what it leaves out, what it says of cards and bills."""

import datetime as dt
from decimal import Decimal

import pytest

from currencies.services import type_rate
from insights.forecast import forecast
from insights.tests.bills import add_due, make_bill, make_past
from ledger.models import Account, Status
from ledger.services.transfers import record_transfer
from ledger.tests.factories import AccountFactory, make_transaction
from recurring.models import CardCycle, Occurrence, Series

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Everyday", opening_balance=1_000_00)


def _past(account, amount=-10_00, every=7, days=210):
    """The same amount every `every` days."""
    for back in range(days, 0, -every):
        make_transaction(account, amount, TODAY - back * DAY)


def _on(curve, day):
    return curve.likely[curve.days.index(day)]


def test_without_any_bill_the_past_goes_on(household, account):
    _past(account)
    curve = forecast(household, TODAY).of(account.pk).curve
    assert curve.has_band
    assert curve.likely[-1] - curve.likely[0] == -130_00
    assert curve.known[-1] == curve.known[0]


def test_an_empty_household_has_an_empty_forecast(household):
    made = forecast(household, TODAY)
    assert made.accounts == ()
    assert set(made.total.likely) == {0}


def test_pending_rows_are_part_of_the_start_and_later_ones_come_on_their_day(household, account):
    make_transaction(account, -50_00, TODAY, status=Status.PENDING)
    make_transaction(account, -70_00, TODAY + 4 * DAY)
    curve = forecast(household, TODAY).total
    assert curve.likely[0] == 950_00
    assert _on(curve, TODAY + 3 * DAY) == 950_00
    assert _on(curve, TODAY + 4 * DAY) == 880_00


def test_what_a_bill_explains_is_not_drawn_again(household, account):
    series = make_bill(account, -10_00, TODAY + 5 * DAY).series
    for back in range(210, 0, -7):
        day = TODAY - back * DAY
        row = make_transaction(account, -10_00, day)
        add_due(series, day, state=Occurrence.State.MATCHED, transaction=row)
    curve = forecast(household, TODAY).total
    assert curve.likely[-1] == curve.low[-1] == curve.likely[0] - 10_00


def test_a_bill_whose_amount_varies_brings_its_differences(household, account):
    series = make_bill(account, -100_00, TODAY + 5 * DAY, is_fixed=False).series
    for number, back in enumerate(range(210, 0, -7)):
        day = TODAY - back * DAY
        row = make_transaction(account, -90_00 if number % 2 else -110_00, day)
        add_due(series, day, state=Occurrence.State.MATCHED, transaction=row)
    curve = forecast(household, TODAY).total
    ends = [line[-1] - curve.known[0] for line in (curve.low, curve.known, curve.high)]
    assert ends == [-110_00, -100_00, -90_00]
    assert _on(curve, TODAY + 4 * DAY) == curve.known[0]


def test_a_bill_that_always_costs_the_same_brings_none(household, account):
    series = make_bill(account, -100_00, TODAY + 5 * DAY, is_fixed=True).series
    for back in range(210, 0, -7):
        row = make_transaction(account, -90_00, TODAY - back * DAY)
        add_due(series, row.date, state=Occurrence.State.MATCHED, transaction=row)
    curve = forecast(household, TODAY).total
    assert curve.low[-1] == curve.high[-1] == curve.known[0] - 100_00


def test_late_bills_come_tomorrow_and_income_that_is_missing_does_not(household, account):
    make_bill(account, -30_00, TODAY - 3 * DAY)
    make_bill(account, 90_00, TODAY - 9 * DAY, name="Wages").series.occurrences.update(
        state=Occurrence.State.MISSING
    )
    curve = forecast(household, TODAY).total
    assert curve.likely[:2] == (1_000_00, 970_00)
    assert curve.likely[-1] == 970_00


def test_paused_bills_are_not_expected(household, account):
    bill = make_bill(account, -30_00, TODAY + 3 * DAY)
    Series.objects.filter(pk=bill.series_id).update(state=Series.State.PAUSED)
    assert forecast(household, TODAY).flows == ()


def test_a_bill_without_account_comes_where_it_was_last_seen(household, account):
    other = AccountFactory(household=household)
    bill = make_bill(account, -30_00, TODAY + 3 * DAY)
    Series.objects.filter(pk=bill.series_id).update(account=None)
    assert forecast(household, TODAY).flows[0].account == account.pk
    row = make_transaction(other, -30_00, TODAY - 30 * DAY)
    add_due(bill.series, row.date, state=Occurrence.State.MATCHED, transaction=row)
    assert forecast(household, TODAY).flows[0].account == other.pk


def test_a_transfer_that_repeats_moves_both_accounts(household, account):
    savings = AccountFactory(household=household, kind=Account.Kind.SAVINGS)
    make_bill(account, -200_00, TODAY + 3 * DAY, kind=Series.Kind.TRANSFER, other_account=savings)
    made = forecast(household, TODAY)
    assert made.of(account.pk).curve.likely[-1] == 800_00
    assert made.of(savings.pk).curve.likely[-1] == 200_00
    assert set(made.total.likely) == {1_000_00}


class TestCards:
    @pytest.fixture
    def card(self, household):
        return AccountFactory(household=household, name="Card", kind=Account.Kind.CREDIT_CARD)

    def _cycle(self, card, payer, **facts):
        facts = {"statement_day": 10, "due_days": 20, "paid_from": payer, **facts}
        return CardCycle.objects.create(household=card.household, account=card, **facts)

    def test_an_open_statement_leaves_on_its_due_day_less_what_was_paid(
        self, household, account, card
    ):
        self._cycle(card, account)
        make_transaction(card, -300_00, dt.date(2026, 11, 5))
        make_transaction(card, -44_00, dt.date(2026, 11, 15))  # of the next statement
        record_transfer(
            source=account, target=card, amount=100_00, date=dt.date(2026, 11, 12), by=None
        )
        made = forecast(household, TODAY)
        assert _on(made.total, dt.date(2026, 11, 29)) == 900_00
        assert _on(made.total, dt.date(2026, 11, 30)) == 700_00
        assert _on(made.total, dt.date(2026, 12, 30)) == 656_00
        assert made.of(card.pk).curve.likely[-1] == 0
        labels = [(f.day.day, f.amount, f.is_estimate) for f in made.flows if f.amount < 0]
        assert labels == [(30, -200_00, False), (30, -44_00, True)]

    def test_payments_of_the_past_are_not_drawn_again(self, household, account, card):
        self._cycle(card, account)
        for month in range(5, 12):
            make_transaction(card, -60_00, dt.date(2026, month, 2))
            record_transfer(
                source=account, target=card, amount=60_00, date=dt.date(2026, month, 20), by=None
            )
        made = forecast(household, TODAY)
        assert made.inputs.history.usual.get(account.pk, {}) == {}
        assert not [row for row in made.inputs.history.large if row.account == account.pk]
        assert made.total.likely[-1] < made.total.likely[0]

    def test_a_minimum_payment_leaves_the_rest_on_the_card(self, household, account, card):
        pays = CardCycle.Pays.MINIMUM
        self._cycle(card, account, pays=pays, minimum_percent=Decimal("10"), amount=5_00)
        make_transaction(card, -300_00, dt.date(2026, 11, 5))
        made = forecast(household, TODAY)
        assert _on(made.total, dt.date(2026, 11, 30)) == 970_00
        assert _on(made.total, dt.date(2026, 12, 30)) == 943_00

    def test_who_pays_is_found_when_nobody_said_it(self, household, account, card):
        self._cycle(card, None)
        make_transaction(card, -300_00, dt.date(2026, 11, 5))
        assert set(forecast(household, TODAY).total.likely) == {1_000_00}
        record_transfer(
            source=account, target=card, amount=1_00, date=dt.date(2026, 10, 1), by=None
        )
        assert forecast(household, TODAY).total.likely[-1] == 700_00

    def test_a_transfer_that_repeats_and_the_statement_are_one(self, household, account, card):
        self._cycle(card, account)
        make_transaction(card, -300_00, dt.date(2026, 11, 5))
        kind = Series.Kind.TRANSFER
        make_bill(account, -300_00, dt.date(2026, 11, 30), kind=kind, other_account=card)
        assert forecast(household, TODAY).total.likely[-1] == 700_00


class TestWhatCounts:
    def test_only_money_at_hand_on_budget_is_in_the_total(self, household, account):
        for kind in (Account.Kind.LOAN, Account.Kind.CREDIT_CARD, Account.Kind.PROPERTY):
            AccountFactory(household=household, kind=kind, opening_balance=-77)
        AccountFactory(household=household, is_off_budget=True, opening_balance=99)
        AccountFactory(household=household, closed_on=TODAY, opening_balance=99)
        made = forecast(household, TODAY)
        assert made.total.likely[0] == 1_000_00
        assert len(made.accounts) == 4  # not the property, not the closed one

    def test_other_currencies_count_at_todays_rate_or_are_named(self, household, account):
        dollars = AccountFactory(household=household, currency="USD", opening_balance=110_00)
        make_bill(dollars, -55_00, TODAY + 2 * DAY)
        made = forecast(household, TODAY)
        assert made.total.likely[0] == 1_000_00
        assert [a.pk for a in made.inputs.without_rate] == [dollars.pk]
        type_rate(currency="USD", on=TODAY, per_euro=Decimal("1.1"))
        made = forecast(household, TODAY)
        assert made.total.likely[0] == 1_100_00
        assert made.total.likely[-1] == 1_050_00
        assert made.of(dollars.pk).curve.likely[-1] == 55_00

    def test_a_household_whose_own_currency_is_not_the_euro(self, household, account):
        household.base_currency = "USD"
        type_rate(currency="USD", on=TODAY, per_euro=Decimal("1.1"))
        assert forecast(household, TODAY).total.likely[0] == 1_100_00

    def test_a_young_account_gets_no_band_and_does_not_spoil_the_others(self, household, account):
        _past(account)
        young = AccountFactory(household=household)
        make_transaction(young, -500, TODAY - 20 * DAY)
        made = forecast(household, TODAY)
        assert made.too_new == [young]
        assert not made.of(young.pk).curve.has_band
        assert made.of(account.pk).curve.has_band

    def test_another_household_is_not_read(self, household, account, charlie):
        theirs = AccountFactory(household=charlie.memberships.get().household)
        make_past(theirs)
        make_bill(theirs, -1_00, TODAY + DAY)
        assert forecast(household, TODAY).flows == ()


def test_the_same_day_gives_the_same_forecast_and_little_is_asked(
    household, account, django_assert_max_num_queries
):
    _past(account)
    make_bill(account, -10_00, TODAY + 9 * DAY)
    with django_assert_max_num_queries(9):
        first = forecast(household, TODAY)
    assert forecast(household, TODAY).total == first.total
