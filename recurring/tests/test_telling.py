"""What people are told of bills: the right thing, once."""

import datetime as dt

import pytest
import time_machine

from ledger.services.naming import find_or_make_payee
from ledger.tests.factories import AccountFactory, make_transaction
from notifications.kinds import kind_of
from notifications.models import Notification
from recurring.models import Series
from recurring.services.refresh import refresh
from recurring.services.series import pause
from recurring.tests.factories import make_series

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def account(household, alice):
    return AccountFactory(household=household)


def on(household, day) -> None:
    refresh(household=household, today=day)
    refresh(household=household, today=day)


def told() -> list[tuple[str, str]]:
    """(kind, words) of everything, in order."""
    return [
        (row.kind, kind_of(row.kind).describe(row.params).title)
        for row in Notification.objects.order_by("pk")
    ]


def test_a_reminder_comes_so_many_days_ahead_and_once(household, account):
    make_series(account, name="Rent", amount=-80000, starts_on=dt.date(2026, 11, 26), remind_days=3)
    on(household, dt.date(2026, 11, 22))
    assert told() == []
    for day in (23, 24, 25, 26):
        on(household, dt.date(2026, 11, day))
    assert told() == [("bills.due", "Rent is due on 26 Nov 2026: €800.00")]
    assert Notification.objects.get().url == f"/bills/{Series.objects.get().pk}/"


def test_nobody_is_reminded_of_what_was_paid(household, account):
    payee = find_or_make_payee(household=household, name="Landlord")
    make_series(account, payee=payee, starts_on=dt.date(2026, 11, 26), remind_days=3)
    make_transaction(account, date=dt.date(2026, 11, 23), payee=payee)
    on(household, dt.date(2026, 11, 24))
    assert told() == []


def test_what_was_not_seen_is_told_once(household, account):
    make_series(account, name="Rent", starts_on=dt.date(2026, 11, 20), late_days=5)
    on(household, dt.date(2026, 11, 25))
    assert told() == []
    for day in (26, 27, 30):
        on(household, dt.date(2026, 11, day))
    assert told() == [("bills.missing", "Rent was not seen")]


def test_what_was_not_seen_long_ago_is_no_news(household, account):
    make_series(account, starts_on=dt.date(2026, 8, 3))
    on(household, TODAY)
    assert told() == []


def test_a_higher_price_is_told_once_and_a_lower_one_never(household, account):
    payee = find_or_make_payee(household=household, name="Netflix")
    make_series(account, payee=payee, name="Netflix", starts_on=dt.date(2026, 11, 25))
    make_transaction(account, amount=-1150, date=dt.date(2026, 11, 25), payee=payee)
    on(household, dt.date(2026, 11, 25))
    assert told() == [("bills.price", "Netflix costs more: €11.50")]
    text = kind_of("bills.price").describe(Notification.objects.get().params).text
    assert text == "It was €10.00 before 25 Nov 2026."
    make_transaction(account, amount=-1000, date=dt.date(2026, 12, 25), payee=payee)
    on(household, dt.date(2026, 12, 25))
    assert Series.objects.get().amount == -1000
    assert len(told()) == 1


def test_a_raise_is_no_alarm(household, account):
    payee = find_or_make_payee(household=household, name="ACME")
    make_series(account, kind="income", amount=1000, payee=payee, starts_on=dt.date(2026, 11, 25))
    make_transaction(account, amount=1100, date=dt.date(2026, 11, 25), payee=payee)
    on(household, dt.date(2026, 11, 25))
    assert told() == []


def test_a_trial_that_ends_and_the_last_days_to_cancel_are_told_once(household, account):
    facts = {"kind": "subscription", "starts_on": dt.date(2026, 12, 20)}
    make_series(account, name="Trial", trial_until=dt.date(2026, 11, 25), **facts)
    make_series(account, name="Gym", notice_days=30, renews_on=dt.date(2027, 1, 5), **facts)
    for number in range(8):
        on(household, TODAY + dt.timedelta(days=number))
    assert sorted(told()) == [
        ("bills.cancel", "Cancel Gym by 6 Dec 2026, or it goes on"),
        ("bills.trial", "Trial is free until 25 Nov 2026"),
    ]


def test_a_paused_one_is_silent(household, account):
    series = make_series(account, starts_on=dt.date(2026, 11, 26), remind_days=3)
    pause(series=series)
    on(household, dt.date(2026, 11, 26))
    assert told() == []


def test_every_kind_of_this_room_can_be_described():
    params = {
        "name": "<b>",
        "amount": -100,
        "old": -90,
        "currency": "EUR",
        "day": "2026-11-21",
        "is_income": False,
    }
    for code in ("due", "missing", "price", "trial", "cancel"):
        assert "<b>" in kind_of(f"bills.{code}").describe(params).title
