"""Suggestions: from history and from banks; accepted, dismissed, known again."""

import datetime as dt
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command

from core.months import add_months
from ledger import standing_orders
from ledger.services.naming import find_or_make_payee
from ledger.services.transfers import record_transfer
from ledger.standing_orders import StandingOrder
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction
from recurring.frequency import schedule_of
from recurring.models import Occurrence, Series
from recurring.schedule import next_after
from recurring.services.finding import detect, detect_if_changed
from recurring.services.refresh import refresh
from recurring.services.series import accept, dismiss
from recurring.suggestions import suggestions, why
from recurring.tests.factories import make_series

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


@pytest.fixture
def netflix(household, account):
    """Fourteen months of a subscription, dearer since June."""
    payee = find_or_make_payee(household=household, name="Netflix")
    category = CategoryFactory(household=household)
    for back in range(14):
        on = add_months(dt.date(2026, 11, 5), -back)
        amount = -1799 if on >= dt.date(2026, 6, 1) else -1299
        make_transaction(
            account, amount=amount, date=on, payee=payee, category=category,
            description=f"NETFLIX.COM {on:%m%y}",
        )  # fmt: skip
    return payee


def look(household):
    return detect(household=household, today=TODAY)


def test_what_repeats_is_suggested_with_why(household, account, netflix):
    assert look(household) == 1
    [one] = suggestions(household)
    series = one.series
    assert (series.name, series.amount, series.account, series.payee) == (
        "Netflix",
        -1799,
        account,
        netflix,
    )
    assert series.category is not None
    assert one.is_sure
    assert one.schedule == "Every month on the 5th"
    assert "Seen 14 times, last on 5 Nov 2026." in one.why
    assert not Occurrence.objects.exists(), "nothing is expected before somebody says so"


def test_looking_again_doubles_nothing(household, netflix):
    look(household)
    first = Series.objects.get()
    look(household)
    assert Series.objects.get().pk == first.pk


def test_an_accepted_one_is_matched_back_and_expected_ahead(household, netflix):
    look(household)
    series = accept(series=Series.objects.get(), by=None)
    matched = series.occurrences.filter(state="matched")
    assert matched.count() == 14
    ahead = series.occurrences.filter(state="expected").order_by("due_on")
    assert (ahead.first().due_on, ahead.first().amount) == (dt.date(2026, 12, 5), -1799)
    assert look(household) == 0


def test_a_dismissed_one_is_not_suggested_again(household, account, netflix):
    look(household)
    dismiss(series=Series.objects.get())
    make_transaction(account, amount=-1799, date=dt.date(2026, 11, 20), payee=netflix)
    assert look(household) == 0
    assert Series.objects.get().state == Series.State.DISMISSED


def test_a_typed_one_is_not_suggested_beside_itself(household, account, netflix):
    make_series(account, payee=netflix, amount=-1799, starts_on=dt.date(2026, 10, 5))
    assert look(household) == 0


def test_a_suggestion_goes_with_its_transactions(household, netflix):
    look(household)
    household.transactions.all().delete()
    assert look(household) == 0
    assert not Series.objects.exists()


def test_reading_a_history_asks_few_queries(household, netflix, django_assert_max_num_queries):
    look(household)
    with django_assert_max_num_queries(16):
        look(household)


def test_a_history_that_did_not_change_is_not_looked_through_again(household, netflix):
    detect_if_changed(household=household, today=TODAY)
    assert Series.objects.count() == 1
    Series.objects.all().delete()
    cache.delete(f"recurring.detected:{household.pk}:lately")
    detect_if_changed(household=household, today=TODAY)
    assert not Series.objects.exists()


def test_the_command_prints_and_with_dry_run_writes_nothing(household, netflix):
    out = StringIO()
    call_command("detect_recurring", household=str(household.pk), dry_run=True, stdout=out)
    assert "Netflix: Every month on the 5th" in out.getvalue()
    assert not Series.objects.exists()
    call_command("detect_recurring", stdout=StringIO())
    assert Series.objects.suggested().count() == 1


def test_money_that_moves_to_an_own_account_again_and_again_is_a_transfer(household, account):
    savings = AccountFactory(household=household, name="Savings")
    for month in range(3, 12):
        on = dt.date(2026, month, 3)
        record_transfer(source=account, target=savings, amount=25000, date=on, by=None)
    assert look(household) == 1
    series = Series.objects.get()
    assert (series.kind, series.account, series.other_account, series.amount) == (
        "transfer",
        account,
        savings,
        -25000,
    )
    accept(series=series, by=None)
    assert series.occurrences.filter(state="matched").count() == 9
    assert look(household) == 0


# Banks


@pytest.fixture
def bank(account, monkeypatch):
    """What the household's bank lists."""
    orders: list[StandingOrder] = []
    monkeypatch.setattr(standing_orders, "_sources", [lambda household: orders])
    return orders


def order(account, **facts) -> StandingOrder:
    return StandingOrder(
        **{
            "account": account,
            "kind": "standing_order",
            "payee": "JANE DOE",
            "key": "so:jane doe",
            "frequency": "IntrvlMnthDay:01:26",
            "next_on": dt.date(2026, 11, 26),
            "next_amount": 50000,
            **facts,
        }
    )


def test_a_standing_order_is_suggested_and_its_transaction_found(household, account, bank):
    bank.append(order(account))
    look(household)
    series = Series.objects.get()
    assert (series.origin, series.amount, series.confidence) == ("bank", -50000, 95)
    assert why(series) == "A standing order at your bank."
    accept(series=series, by=None)
    row = make_transaction(
        account, amount=-50000, date=dt.date(2026, 11, 26), description="Jane Doe savings"
    )
    refresh(household=household, today=dt.date(2026, 11, 26))
    assert series.occurrences.get(transaction=row).due_on == dt.date(2026, 11, 26)
    look(household)
    assert Series.objects.count() == 1


def test_a_direct_debit_is_a_guess_where_the_history_says_nothing(household, account, bank):
    facts = {"kind": "direct_debit", "frequency": "", "next_on": None, "next_amount": None}
    last = {"last_on": dt.date(2026, 11, 17), "last_amount": 2500}
    bank.append(order(account, payee="EE", **facts, **last))
    look(household)
    series = Series.objects.get()
    assert (series.confidence, series.rule) == (55, "FREQ=MONTHLY;BYMONTHDAY=17")


def test_an_order_and_the_history_make_one_suggestion(household, account, netflix, bank):
    when = {"frequency": "IntrvlMnthDay:01:05", "next_on": dt.date(2026, 12, 5)}
    bank.append(order(account, payee="Netflix", next_amount=1799, **when))
    for _ in range(2):
        look(household)
        assert Series.objects.get().origin == "bank"


def test_an_order_that_the_bank_lists_no_more_is_suggested_no_more(household, account, bank):
    bank.append(order(account))
    assert look(household) == 1
    bank.clear()
    assert look(household) == 0


@pytest.mark.parametrize(
    ("code", "following"),
    [
        ("EvryDay", [27, 28, 29]),
        ("EvryWorkgDay", [27, 30]),
        ("IntrvlDay:03", [29]),
        ("IntrvlWkDay:01:04", [26 + 7]),
        ("IntrvlWkDay:02:05", [27]),
        ("WkInMnthDay:04:04", [26 + 28]),
        ("IntrvlMnthDay:01:26", [26 + 30]),
        ("IntrvlMnthDay:03:-1", [30]),
        ("QtrDay:ENGLISH", [26 + 92]),
        ("Monthly", [26 + 30]),
        ("Every 4 weeks", [26 + 28]),
    ],
)
def test_a_bank_s_code_says_when(code, following):
    on = dt.date(2026, 11, 26)
    schedule = schedule_of(code, on)
    found, after = [], on
    for _ in following:
        after = next_after(schedule, after)
        found.append((after - dt.date(2026, 10, 31)).days)
    assert found == following


@pytest.mark.parametrize(
    "code",
    ["", "x", "IntrvlMnthDay", "IntrvlMnthDay:01", "IntrvlWkDay:aa:bb", "IntrvlMnthDay:01:45",
     "IntrvlDay:0", "IntrvlWkDay:01:99999999999", "WkInMnthDay:09:09"],
)  # fmt: skip
def test_a_code_that_nobody_can_read_is_no_schedule(code):
    assert schedule_of(code, dt.date(2026, 11, 26)) is None
