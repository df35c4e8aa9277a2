"""Periods follow the real salary."""

import datetime as dt

import pytest

from budget.models import BudgetPlan
from budget.month import budget_month
from budget.periods import Calendar, usual_pay_day
from budget.services.amounts import set_amount
from budget.services.plans import change_plan, plan_for, set_category_plan
from budget.tests.factories import make_budget
from core.months import Month
from ledger.services.transactions import edit_transaction
from ledger.tests.factories import PayeeFactory, make_transaction

JULY = Month.of(2026, 7)


@pytest.fixture
def paid(alice, household):
    """Paid on the 25th; in July on Friday the 24th, in October on Friday the 23rd."""
    household, account, salary, spending = make_budget(household, first=JULY)
    payee = PayeeFactory(household=household)
    days = [(4, 24), (5, 25), (6, 25), (7, 24), (8, 25), (9, 25), (10, 23)]
    for month, day in days:
        make_transaction(
            account, amount=250_000, payee=payee, category=salary, date=dt.date(2026, month, day)
        )
    change_plan(
        household=household, period=BudgetPlan.Period.PAY_DAY, pay_day_payee=payee,
        pay_day_least=100_000, pay_day=25,
    )  # fmt: skip
    return household, account, payee, spending


def calendar(household, today, first=JULY.index, last=JULY.index + 8):
    return Calendar(household, plan_for(household), first, last, today)


def test_a_period_is_from_one_salary_to_the_day_before_the_next(paid):
    found = calendar(paid[0], dt.date(2026, 11, 2))
    august = found.span(Month.of(2026, 8).index)
    assert (august.start, august.last) == (dt.date(2026, 7, 24), dt.date(2026, 8, 24))
    assert not august.is_predicted


def test_the_end_of_the_running_period_is_predicted_off_the_weekend(paid):
    found = calendar(paid[0], dt.date(2026, 11, 2))
    assert found.current == Month.of(2026, 11).index
    running = found.span(found.current)
    # The 25th of November is a Wednesday; of April 2027 a Sunday, and salaries came before it.
    assert (running.start, running.end, running.is_predicted) == (
        dt.date(2026, 10, 23),
        dt.date(2026, 11, 25),
        True,
    )
    later = found.span(Month.of(2027, 5).index)
    assert later.start == dt.date(2027, 4, 23)


def test_while_the_salary_is_late_the_old_period_goes_on(paid):
    household, account, payee, _spending = paid
    today = dt.date(2026, 11, 27)
    assert calendar(household, today).span(Month.of(2026, 11).index).end == dt.date(2026, 11, 28)
    make_transaction(account, amount=250_000, payee=payee, date=dt.date(2026, 11, 26))
    found = calendar(household, today)
    assert found.span(found.current).start == dt.date(2026, 11, 26)


def test_a_bonus_or_a_small_payment_begins_no_period(paid):
    household, account, payee, _spending = paid
    for day, amount in ((dt.date(2026, 10, 28), 400_000), (dt.date(2026, 9, 22), 3_000)):
        make_transaction(account, amount=amount, payee=payee, date=day)
    found = calendar(household, dt.date(2026, 11, 2))
    starts = [found.span(Month.of(2026, month).index).start for month in (10, 11)]
    assert starts == [dt.date(2026, 9, 25), dt.date(2026, 10, 23)]


def test_periods_follow_one_another_without_gap_or_overlap(paid):
    for today in (dt.date(2026, 3, 1), dt.date(2026, 11, 26), dt.date(2027, 6, 1)):
        found = calendar(paid[0], today)
        spans = [found.span(index) for index in range(JULY.index - 6, JULY.index + 12)]
        assert all(
            a.end == b.start and a.start < a.end for a, b in zip(spans, spans[1:], strict=False)
        )
        for span in spans:
            assert found.index_of(span.start) == found.index_of(span.last) == span.index


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["03-24", "04-25", "05-25", "06-23"], 24),
        (["03-30", "05-01", "05-29", "06-30"], 28),
        (["03-02", "04-01", "05-03"], 2),
    ],
)
def test_the_usual_pay_day_is_the_median(alice, household, days, expected):
    _household, account, _salary, _spending = make_budget(household)
    payee = PayeeFactory(household=household)
    for day in days:
        make_transaction(account, amount=99, payee=payee, date=dt.date.fromisoformat(f"2026-{day}"))
    assert usual_pay_day(household, payee, 50, dt.date(2026, 12, 1)) == expected


def test_spending_counts_in_the_period_of_its_day(paid, alice):
    household, account, _payee, (food, *_rest) = paid
    set_category_plan(category=food, carry="unspent")
    today = dt.date(2026, 11, 2)
    october, november = Month.of(2026, 10), Month.of(2026, 11)
    for month in (october, november):
        set_amount(household=household, category=food, month=month, amount=30_000, by=alice)
    for day, amount in ((9, 24), -1), ((9, 25), -20), ((10, 22), -300), ((10, 23), -4_000):
        make_transaction(account, amount=amount, category=food, date=dt.date(2026, *day))
    shown = [
        budget_month(household, month, today=today).lines[food.pk] for month in (october, november)
    ]
    assert [line.spent for line in shown] == [320, 4_000]
    assert shown[1].available == 30_000 - 320 + 30_000 - 4_000


def test_a_salary_that_turns_out_to_be_another_day_moves_what_is_carried(paid, alice):
    household, account, payee, (food, *_rest) = paid
    set_category_plan(category=food, carry="unspent")
    october, november = Month.of(2026, 10), Month.of(2026, 11)
    today = dt.date(2026, 11, 2)
    set_amount(household=household, category=food, month=october, amount=10_000, by=alice)
    make_transaction(account, amount=-700, category=food, date=dt.date(2026, 10, 24))
    assert budget_month(household, november, today=today).lines[food.pk].carried == 10_000
    row = payee.transactions.get(date=dt.date(2026, 10, 23))
    edit_transaction(transaction=row, by=alice, date=dt.date(2026, 10, 26))
    line = budget_month(household, november, today=today).lines[food.pk]
    assert (line.carried, line.spent) == (9_300, 0)


def test_envelopes_of_pay_day_periods_hold_what_the_accounts_hold(paid, alice):
    household, account, _payee, (food, *_rest) = paid
    change_plan(household=household, method=BudgetPlan.Method.ENVELOPES, first_month=JULY.index)
    set_amount(household=household, category=food, month=Month.of(2026, 9), amount=9_000, by=alice)
    make_transaction(account, amount=-10_000, category=food, date=dt.date(2026, 9, 1))
    today = dt.date(2026, 11, 2)
    month = budget_month(household, Month.of(2026, 11), today=today)
    assert month.total == month.to_assign == 7 * 250_000 - 10_000
