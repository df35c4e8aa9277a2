"""What people are told of their budget, once for each matter."""

import datetime as dt

import pytest
from celery.signals import task_prerun

from budget.models import AccountAlert
from budget.services.alerts import evaluate, set_account_alerts
from budget.services.amounts import set_amount
from budget.services.plans import change_plan
from budget.services.refunds import expect_refund
from budget.tasks import evaluate as evaluate_task
from budget.tests.factories import make_budget
from core.months import Month
from ledger.services.statements import post_lines
from ledger.services.trash import delete_transactions
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, PayeeFactory, make_transaction
from notifications.kinds import kind_of
from notifications.models import Notification

TODAY = dt.date(2026, 11, 21)
NOVEMBER = Month.of(2026, 11)


@pytest.fixture
def house(alice, household, monkeypatch):
    """A household whose day is the 21st of November 2026."""
    monkeypatch.setattr(type(household), "today", lambda self: TODAY)
    return make_budget(household, first=NOVEMBER - 4)


def limit(house, category, amount):
    set_amount(household=house[0], category=category, month=NOVEMBER, amount=amount, by=None)


def spend(house, category, amount, day=TODAY):
    return make_transaction(house[1], amount=-amount, category=category, date=day)


def told():
    return sorted(Notification.objects.values_list("key", flat=True))


def words(row):
    return kind_of(row.kind).describe(row.params)


def test_near_and_then_over_a_limit_are_told_once_each(house):
    household, _account, _salary, (food, *_rest) = house
    limit(house, food, 10_000)
    spend(house, food, 7_900)
    evaluate(household)
    assert told() == []
    spend(house, food, 100)
    assert [evaluate(household), evaluate(household)] == [1, 0]
    spend(house, food, 2_500)
    assert [evaluate(household), evaluate(household)] == [1, 0]
    month = NOVEMBER.index
    assert told() == [f"budget.near:{food.pk}:{month}", f"budget.over:{food.pk}:{month}"]
    over = Notification.objects.get(kind="budget.over")
    assert over.url == "/budget/2026-11/"
    assert words(over).title == "Food: €5.00 over in November"


def test_a_limit_that_is_spent_to_the_cent_is_not_over(house):
    household, _account, _salary, (food, *_rest) = house
    limit(house, food, 10_000)
    spend(house, food, 10_000)
    evaluate(household)
    assert told() == []


def test_a_pace_that_will_not_hold_is_told_before_the_limit_is_near(house):
    household, _account, _salary, (food, *_rest) = house
    for month in (8, 9, 10):
        spend(house, food, 2_000, dt.date(2026, month, 3))
        spend(house, food, 6_000, dt.date(2026, month, 28))
    limit(house, food, 10_000)
    spend(house, food, 3_000)
    evaluate(household)
    assert told() == []
    limit(house, food, 13_000)
    spend(house, food, 6_500)
    evaluate(household)
    assert told() == [f"budget.pace:{food.pk}:{NOVEMBER.index}"]
    assert "€155.00" in words(Notification.objects.get()).text


def test_rent_that_is_paid_on_the_first_is_no_unusual_pace(house):
    household, _account, _salary, (_food, _fun, rent) = house
    for month in (8, 9, 10, 11):
        spend(house, rent, 70_000, dt.date(2026, month, 1))
    limit(house, rent, 90_000)
    evaluate(household)
    assert told() == []


def test_a_large_transaction_is_told_unless_it_is_old_or_a_transfer(house):
    household, account, *_rest = house
    change_plan(household=household, large_amount=50_000)
    row = make_transaction(account, amount=-50_000, date=TODAY)
    make_transaction(account, amount=-49_999, date=TODAY)
    make_transaction(account, amount=-90_000, date=TODAY - dt.timedelta(days=15))
    evaluate(household)
    assert told() == [f"budget.large:{row.pk}"]
    assert words(Notification.objects.get()).title == "A large transaction: −€500.00"


def test_a_low_balance_is_told_again_only_after_it_was_above(house, monkeypatch):
    household, account, *_rest = house
    set_account_alerts(household=household, accounts=[account], below={account.pk: 10_000})
    make_transaction(account, amount=9_999, date=TODAY)
    assert [evaluate(household), evaluate(household)] == [1, 0]
    rescue = make_transaction(account, amount=5_000, date=TODAY)
    evaluate(household)
    assert AccountAlert.objects.get().low_since is None
    monkeypatch.setattr(type(household), "today", lambda self: TODAY + dt.timedelta(days=1))
    delete_transactions(household=household, ids=[rescue.pk], by=None)
    assert evaluate(household) == 1
    assert len(told()) == 2


def test_without_a_budget_nothing_is_told(alice, household):
    make_transaction(AccountFactory(household=household), amount=-90_000_000)
    assert evaluate(household) == 0


def test_a_write_of_the_ledger_has_the_budget_looked_at(house, django_capture_on_commit_callbacks):
    household, account, _salary, (food, *_rest) = house
    limit(house, food, 10_000)
    payee = PayeeFactory(household=household)
    expense = make_transaction(account, amount=-12_000, category=food, payee=payee, date=TODAY)
    expected = expect_refund(expense=expense, amount=1_000, by=None)
    with django_capture_on_commit_callbacks(execute=True):
        make_transaction(account, amount=1_000, payee=payee, date=TODAY)
    expected.refresh_from_db()
    assert expected.state == "came"
    assert told() == [f"budget.over:{food.pk}:{NOVEMBER.index}"]


def test_a_household_that_is_gone_is_no_error(db):
    evaluate_task(10**9)


def test_an_import_of_many_chunks_asks_for_one_evaluation(
    alice, household, django_capture_on_commit_callbacks
):
    account = AccountFactory(household=household)
    lines = (StatementLine(n, TODAY, -100 - n, f"SHOP {n}") for n in range(1, 12_001))
    ran: list[str] = []

    def note(task, **_facts):
        ran.append(task.name)

    task_prerun.connect(note)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            posted = post_lines(account=account, lines=lines, source="csv", by=alice)
    finally:
        task_prerun.disconnect(note)
    assert posted.added == 12_000
    assert (ran.count("budget.evaluate"), ran.count("recurring.refresh")) == (1, 1)
