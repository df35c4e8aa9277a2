"""Series: made, changed, paused, ended; their days; what enters itself; their prices."""

import datetime as dt

import pytest
import time_machine

from accounts.tests.factories import HouseholdFactory
from ledger.models import Transaction
from ledger.services.accounts import close_account
from ledger.services.naming import find_or_make_payee
from ledger.services.trash import delete_transactions
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, make_transaction
from recurring.errors import BillError
from recurring.models import Occurrence, Series
from recurring.services.occurrences import keep_occurrences
from recurring.services.refresh import refresh
from recurring.services.series import delete_series, dismiss, end, pause, resume, save_series
from recurring.tests.factories import make_series, states

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 21)
M = Occurrence.State


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


def due(series) -> list[dt.date]:
    return list(series.occurrences.order_by("due_on").values_list("due_on", flat=True))


# The days (T34)


def test_the_31st_falls_on_the_last_day_of_every_month(account):
    series = make_series(
        account,
        rule="FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        starts_on=dt.date(2026, 12, 31),
    )
    assert due(series)[:4] == [
        dt.date(2026, 12, 31),
        dt.date(2027, 1, 31),
        dt.date(2027, 2, 28),
        dt.date(2027, 3, 31),
    ]
    assert len(due(series)) == 12


def test_the_29th_of_february_is_the_28th_in_common_years(account):
    with time_machine.travel(dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC), tick=False):
        series = make_series(
            account,
            rule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            starts_on=dt.date(2024, 2, 29),
        )
        days = due(series)
    assert dt.date(2027, 2, 28) in days
    assert dt.date(2028, 2, 29) in days


def test_no_day_is_left_out_or_doubled_over_clock_changes_and_year_ends():
    for zone in ("Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"):
        household = HouseholdFactory(time_zone=zone)
        series = make_series(
            AccountFactory(household=household), rule="FREQ=DAILY", starts_on=dt.date(2026, 11, 1)
        )
        days = due(series)
        assert days == [days[0] + dt.timedelta(days=n) for n in range(len(days))]
        assert days[-1] == dt.date(2027, 12, household.today().day)


def test_a_day_begins_when_the_household_s_does():
    with time_machine.travel(dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC), tick=False):
        early = HouseholdFactory(time_zone="Pacific/Kiritimati")  # UTC+14: the 22nd
        late = HouseholdFactory(time_zone="America/New_York")
        found = []
        for household in (early, late):
            series = make_series(
                AccountFactory(household=household),
                starts_on=dt.date(2026, 11, 21),
                early_days=0,
                late_days=0,
            )
            found.append(states(series)[dt.date(2026, 11, 21)][0])
    assert found == [M.MISSING, M.EXPECTED]


def test_weekends_move_the_day_and_not_the_rule(account):
    series = make_series(account, starts_on=dt.date(2026, 12, 5), weekend="before")
    first = series.occurrences.order_by("rule_on").first()
    assert (first.rule_on, first.due_on) == (dt.date(2026, 12, 5), dt.date(2026, 12, 4))


# Keeping them


def test_keeping_twice_changes_nothing(household, account):
    make_series(account, starts_on=dt.date(2026, 9, 5))
    assert keep_occurrences(household=household, today=TODAY) == 0


def test_a_new_rule_remakes_what_lies_ahead_and_leaves_what_was_paid(household, account):
    payee = PayeeFactory(household=household)
    series = make_series(account, payee=payee, starts_on=dt.date(2026, 10, 5))
    paid = [
        make_transaction(account, date=day, payee=payee)
        for day in (dt.date(2026, 10, 5), dt.date(2026, 11, 5))
    ]
    refresh(household=household, today=TODAY)
    save_series(household=household, by=None, series=series, rule="FREQ=MONTHLY;BYMONTHDAY=20")
    found = states(series)
    assert [pk for _state, pk in found.values() if pk] == [row.pk for row in paid]
    assert dt.date(2026, 11, 20) not in found, "November is paid"
    assert [day for day in found if day > TODAY][:2] == [
        dt.date(2026, 12, 20),
        dt.date(2027, 1, 20),
    ]


def test_narrower_bounds_leave_what_was_matched(household, account):
    payee = PayeeFactory(household=household)
    series = make_series(account, payee=payee, starts_on=dt.date(2026, 11, 5))
    row = make_transaction(account, amount=-1100, date=dt.date(2026, 11, 5), payee=payee)
    refresh(household=household, today=TODAY)
    save_series(
        household=household, by=None, series=series, amount_low=1000, amount_high=1000, amount=-1000
    )
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)


def test_a_skipped_day_stays_skipped_when_the_rule_changes(household, account):
    series = make_series(account, starts_on=dt.date(2026, 12, 5))
    series.occurrences.filter(due_on=dt.date(2027, 1, 5)).update(state=M.SKIPPED, is_by_person=True)
    save_series(household=household, by=None, series=series, rule="FREQ=MONTHLY;BYMONTHDAY=7")
    assert states(series)[dt.date(2027, 1, 5)] == (M.SKIPPED, None)


def test_nobody_is_told_what_was_not_seen_before_it_was_typed(household, account):
    series = save_series(
        household=household,
        by=None,
        name="Rent",
        account=account,
        currency="EUR",
        amount=-1000,
        rule="FREQ=MONTHLY",
        starts_on=dt.date(2019, 1, 1),
    )
    assert min(due(series)) >= dt.date(2026, 11, 1)


def test_what_was_paid_before_it_was_typed_is_found(household, account):
    payee = PayeeFactory(household=household)
    rows = [
        make_transaction(account, date=dt.date(2026, month, 5), payee=payee)
        for month in range(3, 12)
    ]
    series = save_series(
        household=household,
        by=None,
        name="Rent",
        account=account,
        payee=payee,
        currency="EUR",
        amount=-1000,
        rule="FREQ=MONTHLY",
        starts_on=dt.date(2019, 1, 5),
    )
    assert [pk for _state, pk in states(series).values() if pk] == [row.pk for row in rows]


def test_a_paused_one_expects_nothing_until_it_is_resumed(household, account):
    series = make_series(account, starts_on=dt.date(2026, 9, 5))
    pause(series=series)
    assert due(series) == []
    resume(series=series)
    assert due(series)[0] == dt.date(2026, 12, 5)


def test_one_that_ends_keeps_its_past(household, account):
    payee = PayeeFactory(household=household)
    series = make_series(account, payee=payee, starts_on=dt.date(2026, 11, 5))
    row = make_transaction(account, date=dt.date(2026, 11, 5), payee=payee)
    refresh(household=household, today=TODAY)
    end(series=series, on=dt.date(2026, 11, 20))
    assert series.state == Series.State.ENDED
    assert states(series) == {dt.date(2026, 11, 5): (M.MATCHED, row.pk)}


def test_one_that_ends_later_is_expected_until_then(account):
    series = make_series(account, starts_on=dt.date(2026, 12, 5))
    end(series=series, on=dt.date(2027, 1, 31))
    assert due(series) == [dt.date(2026, 12, 5), dt.date(2027, 1, 5)]


def test_a_found_one_is_dismissed_instead_of_deleted(account):
    series = make_series(account)
    Series.objects.filter(pk=series.pk).update(key="h:1:out:x")
    series.refresh_from_db()
    delete_series(series=series)
    series.refresh_from_db()
    assert series.state == Series.State.DISMISSED
    dismiss(series=series)
    assert due(series) == []


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"rule": "FREQ=SECONDLY"}, "rule"),
        ({"rule": "FREQ=MONTHLY;UNTIL=20200101"}, "rule"),
        ({"amount": 0}, "amount"),
        ({"amount": 500}, "amount"),
        ({"name": " "}, "name"),
        ({"amount_low": 2000, "amount_high": 3000}, "amount_low"),
        ({"ends_on": dt.date(2020, 1, 1)}, "ends_on"),
        ({"currency": "USD"}, "account"),
        ({"kind": "transfer"}, "other_account"),
        ({"account": None, "posts_itself": True}, "account"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(household, account, facts, field):
    sound = {
        "name": "Rent",
        "account": account,
        "currency": "EUR",
        "amount": -1000,
        "rule": "FREQ=MONTHLY",
        "starts_on": dt.date(2026, 11, 5),
    }
    with pytest.raises(BillError) as caught:
        save_series(household=household, by=None, **{**sound, **facts})
    assert caught.value.field == field
    assert not Series.objects.exists()


def test_rows_of_another_household_are_refused(household, account, charlie):
    theirs = charlie.memberships.get().household
    for name, thing in (
        ("account", AccountFactory(household=theirs)),
        ("payee", PayeeFactory(household=theirs)),
        ("category", CategoryFactory(household=theirs)),
    ):
        facts = {"account": account, name: thing}
        with pytest.raises(BillError):
            save_series(
                household=household,
                by=None,
                name="x",
                currency="EUR",
                amount=-1,
                rule="FREQ=MONTHLY",
                starts_on=TODAY,
                **facts,
            )


# What enters itself


def posting(account, **facts):
    return make_series(account, posts_itself=True, starts_on=TODAY, **facts)


def test_it_enters_itself_once_on_the_day(household, account):
    category = CategoryFactory(household=household)
    payee = PayeeFactory(household=household)
    series = posting(account, payee=payee, category=category)
    row = Transaction.objects.get()
    assert (row.date, row.amount, row.payee, row.category) == (TODAY, -1000, payee, category)
    assert row.source == "manual"
    assert states(series)[TODAY] == (M.MATCHED, row.pk)
    refresh(household=household, today=TODAY)
    assert Transaction.objects.count() == 1


def test_nothing_is_entered_before_the_day(household, account):
    make_series(account, posts_itself=True, starts_on=dt.date(2026, 11, 22))
    assert not Transaction.objects.exists()


def test_what_the_bank_says_is_taken_instead(household, account):
    payee = PayeeFactory(household=household)
    row = make_transaction(account, date=dt.date(2026, 11, 20), payee=payee, source="csv")
    series = posting(account, payee=payee)
    assert states(series)[TODAY] == (M.MATCHED, row.pk)
    assert Transaction.objects.count() == 1


def test_one_that_was_deleted_is_not_entered_again(household, account):
    series = posting(account)
    delete_transactions(household=household, ids=[Transaction.objects.get().pk], by=None)
    refresh(household=household, today=TODAY)
    assert not Transaction.objects.exists()
    assert states(series)[TODAY] == (M.EXPECTED, None)


def test_a_transfer_enters_both_sides(household, account):
    savings = AccountFactory(household=household)
    series = posting(account, kind="transfer", other_account=savings)
    legs = {row.account_id: row for row in Transaction.objects.all()}
    assert (legs[account.pk].amount, legs[savings.pk].amount) == (-1000, 1000)
    assert legs[account.pk].transfer_id == legs[savings.pk].transfer_id
    assert states(series)[TODAY] == (M.MATCHED, legs[account.pk].pk)


def test_nothing_is_entered_on_an_account_that_was_closed(household, account):
    series = make_series(account, posts_itself=True, starts_on=dt.date(2026, 11, 22))
    close_account(account=account, on=TODAY)
    refresh(household=household, today=dt.date(2026, 11, 22))
    assert not Transaction.objects.exists()
    assert states(series)[dt.date(2026, 11, 22)] == (M.EXPECTED, None)


# Prices


def paid_series(household, account, amounts, **facts):
    payee = find_or_make_payee(household=household, name="Netflix")
    series = make_series(
        account, payee=payee, starts_on=dt.date(2026, 1, 5), kind="subscription", **facts
    )
    for month, amount in enumerate(amounts, 12 - len(amounts)):
        make_transaction(account, amount=-amount, date=dt.date(2026, month, 5), payee=payee)
    refresh(household=household, today=TODAY, whole=[series.pk])
    series.refresh_from_db()
    return series


def test_a_new_price_is_expected_from_then_on(household, account):
    series = paid_series(household, account, [1000, 1000, 1000, 1150])
    assert series.amount == -1150
    assert series.amount_high >= 1350, "room for the next price"
    assert set(series.occurrences.filter(due_on__gt=TODAY).values_list("amount", flat=True)) == {
        -1150
    }


def test_noise_is_no_new_price(household, account):
    assert paid_series(household, account, [1000, 1000, 1020]).amount == -1000


def test_a_double_charge_is_no_new_price_until_it_came_twice(household, account):
    series = paid_series(household, account, [1000, 1000, 2000], amount_high=3000)
    assert series.amount == -1000
    payee = series.payee
    make_transaction(account, amount=-2000, date=dt.date(2026, 12, 5), payee=payee)
    refresh(household=household, today=dt.date(2026, 12, 5))
    series.refresh_from_db()
    assert series.amount == -2000


def test_what_is_metered_is_expected_at_its_middle(household, account):
    series = paid_series(
        household, account, [800, 1500, 900, 1100, 1000], is_fixed=False, amount_high=2000
    )
    assert series.amount == -1000


def test_a_price_that_a_person_typed_is_not_taken_back_by_the_past(household, account):
    series = paid_series(household, account, [1000, 1000, 1000])
    save_series(household=household, by=None, series=series, amount=-1200)
    refresh(household=household, today=TODAY)
    series.refresh_from_db()
    assert series.amount == -1200
