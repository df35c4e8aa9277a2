"""What is due before pay-day, the calendar, costs, cards."""

import datetime as dt

import pytest
import time_machine

from core.months import Month
from ledger.account_notes import notes_of
from ledger.models import Account
from ledger.services.naming import find_or_make_payee
from ledger.services.refunds import link_refund
from ledger.services.transfers import record_transfer
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction
from recurring.calendar import calendar_month
from recurring.cards import asked_for, card_statement, closing_days
from recurring.cost import costs
from recurring.due import due_before_payday
from recurring.errors import BillError
from recurring.models import CardCycle, Occurrence
from recurring.prices import Paid, price_now, price_steps
from recurring.services.cards import save_cycle
from recurring.services.refresh import refresh
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


def day(number, month=11) -> dt.date:
    return dt.date(2026, month, number)


# Due


def test_what_is_due_before_pay_day_is_added_up_late_ones_first(household, account):
    make_series(account, kind="income", amount=250000, name="Salary", starts_on=day(25))
    make_series(account, amount=-20000, name="Rent", starts_on=day(24))
    make_series(account, amount=-1200, name="Late", starts_on=day(18))
    make_series(account, amount=-10000, name="Missing", starts_on=day(3))
    make_series(account, amount=-5000, name="After", starts_on=day(26))
    due = due_before_payday(household, TODAY)
    assert [item.series.name for item in due.items] == ["Missing", "Late", "Rent"]
    assert [item.is_missing for item in due.items] == [True, False, False]
    assert (due.total, due.until, due.days, due.is_payday) == (31200, day(25), 4, True)
    assert [item.series.name for item in due.income] == ["Salary"]


def test_without_a_pay_day_the_month_s_end_counts(household, account):
    household.first_month_day = 25
    household.save()
    make_series(account, starts_on=day(24))
    due = due_before_payday(household, TODAY)
    assert (due.until, due.is_payday, due.total) == (day(25), False, 1000)


def test_other_currencies_and_transfers_stand_beside_the_total(household, account):
    savings = AccountFactory(household=household)
    dollars = AccountFactory(household=household, currency="USD")
    make_series(account, kind="transfer", other_account=savings, amount=-700, starts_on=day(24))
    make_series(dollars, amount=-300, starts_on=day(24))
    due = due_before_payday(household, TODAY)
    assert (due.total, due.transfers, due.others) == (0, 700, (("USD", 300),))


def test_another_household_s_bills_are_not_due_here(household, charlie):
    theirs = AccountFactory(household=charlie.memberships.get().household)
    make_series(theirs, starts_on=day(24))
    assert due_before_payday(household, TODAY).items == ()


def test_interest_and_a_yearly_refund_are_no_pay_day(household, account):
    make_series(account, kind="income", amount=250000, starts_on=day(30))
    make_series(account, kind="income", amount=180000, starts_on=day(28))
    make_series(account, kind="income", amount=2990, rule="FREQ=MONTHLY", starts_on=day(23))
    make_series(account, kind="income", amount=64000, rule="FREQ=YEARLY", starts_on=day(24))
    assert due_before_payday(household, TODAY).until == day(28)


def test_due_asks_three_queries_however_many(household, account, django_assert_num_queries):
    for number in range(5):
        make_series(account, starts_on=day(22 + number))
    make_series(account, kind="income", amount=250000, starts_on=day(30))
    with django_assert_num_queries(3):
        due = due_before_payday(household, TODAY)
        assert [item.series.account.name for item in due.items] == [account.name] * 5


# The calendar


def test_a_month_has_whole_weeks_and_every_due_day(household, account, django_assert_num_queries):
    payee = find_or_make_payee(household=household, name="Netflix")
    make_series(account, payee=payee, amount=-1000, starts_on=day(5))
    make_series(account, amount=-2000, starts_on=day(30))
    make_series(account, kind="income", amount=9000, starts_on=day(25))
    make_transaction(account, amount=-1100, date=day(6), payee=payee)
    refresh(household=household, today=TODAY)
    with django_assert_num_queries(1):
        month = calendar_month(household, Month.of(2026, 11), TODAY)
    assert [len(week) for week in month.weeks] == [7] * 6
    assert month.weeks[0][0].date == day(26, 10)
    assert [one.date for one in month.busy_days] == [day(5), day(25), day(30)]
    assert (month.money_out, month.money_in, month.left) == (3100, 9000, 2000)


def test_every_month_begins_on_monday_and_ends_on_sunday(household):
    for number in range(1, 13):
        weeks = calendar_month(household, Month.of(2026, number), TODAY).weeks
        days = [one for week in weeks for one in week]
        assert (days[0].date.weekday(), days[-1].date.weekday()) == (0, 6)
        inside = [one.date for one in days if one.is_inside]
        assert inside[0] == dt.date(2026, number, 1)
        assert (inside[-1] + dt.timedelta(days=1)).day == 1


# Costs


def test_a_year_and_a_month_of_each_subscription(household, account, django_assert_num_queries):
    for name, amount, rule in (
        ("Monthly", -1799, "FREQ=MONTHLY"),
        ("Yearly", -4990, "FREQ=YEARLY"),
        ("Four-weekly", -1000, "FREQ=WEEKLY;INTERVAL=4"),
    ):
        make_series(account, kind="subscription", name=name, amount=amount, rule=rule)
    make_series(account, kind="bill", amount=-100000)
    with django_assert_num_queries(2):
        found = costs(household, TODAY)
    by_name = {cost.series.name: (cost.yearly, cost.monthly) for cost in found.subscriptions}
    assert by_name == {
        "Monthly": (21588, 1799),
        "Yearly": (4990, 416),
        "Four-weekly": (13000, 1083),
    }
    assert (found.yearly, found.monthly) == (39578, 3298)
    assert found.bills_monthly == 100000


def test_the_history_of_a_price_leaves_noise_and_single_slips_out(household, account):
    paid = [
        Paid(day(5, month), amount)
        for month, amount in ((1, -999), (2, -1000), (3, -1999), (4, -999), (5, -1299), (6, -1299))
    ]
    assert [step.amount for step in price_steps(paid)] == [-999, -1299]
    assert price_now(-999, paid[:4], is_fixed=True) == -999
    assert price_now(-999, paid, is_fixed=True) == -1299


def test_the_last_day_to_cancel_is_before_the_renewal(household, account):
    facts = {"kind": "subscription", "starts_on": day(5, 1)}
    make_series(account, name="typed", notice_days=30, renews_on=dt.date(2027, 3, 31), **facts)
    make_series(account, name="yearly", notice_days=30, rule="FREQ=YEARLY", **facts)
    make_series(account, name="over", notice_days=30, renews_on=day(1, 12), **facts)
    make_series(account, name="trial", trial_until=day(30), **facts)
    found = {c.series.name: c.cancel_by for c in costs(household, TODAY).subscriptions}
    assert found == {
        "typed": dt.date(2027, 3, 1),
        "yearly": dt.date(2026, 12, 6),
        "over": None,
        "trial": day(30),
    }


# Cards


@pytest.fixture
def card(household):
    return AccountFactory(household=household, kind=Account.Kind.CREDIT_CARD, name="Card")


def cycle_of(card, **facts) -> CardCycle:
    return save_cycle(account=card, **{"statement_day": 12, "due_days": 25, **facts})


def test_a_statement_closes_on_its_day_or_the_last_of_the_month(card):
    last = cycle_of(card, statement_day=31)
    assert closing_days(last, dt.date(2027, 2, 28)) == (
        dt.date(2027, 1, 31),
        dt.date(2027, 2, 28),
        dt.date(2027, 3, 31),
    )
    assert closing_days(last, dt.date(2027, 3, 1))[1] == dt.date(2027, 2, 28)


def test_a_statement_is_what_was_spent_less_what_was_paid(
    household, account, card, django_assert_num_queries
):
    cycle = cycle_of(card)
    shop = CategoryFactory(household=household)
    bought = make_transaction(card, amount=-5000, date=day(10, 10), category=shop)
    record_transfer(source=account, target=card, amount=5000, date=day(20, 10), by=None)
    make_transaction(card, amount=-8000, date=day(1), category=shop)
    back = make_transaction(card, amount=1000, date=day(12), category=shop)
    link_refund(refund=back, expense=bought, by=None)
    record_transfer(source=account, target=card, amount=2000, date=day(15), by=None)
    make_transaction(card, amount=-300, date=day(16), category=shop)
    payee = find_or_make_payee(household=household, name="Netflix")
    make_series(card, payee=payee, amount=-1799, starts_on=day(28))
    with django_assert_num_queries(3):
        one = card_statement(cycle, TODAY)
    assert (one.opens_on, one.closes_on, one.due_on) == (day(13, 10), day(12), day(7, 12))
    assert (one.owed_before, one.spent, one.paid_in_span, one.owed) == (5000, 7000, 5000, 7000)
    assert one.owed_before + one.spent - one.paid_in_span == one.owed
    assert (one.asked, one.paid, one.open, one.is_paid) == (7000, 2000, 5000, False)
    assert (one.so_far, one.to_come, one.predicted) == (5300, 1799, 5300 + 1799 - 5000)
    record_transfer(source=account, target=card, amount=5000, date=day(20), by=None)
    assert card_statement(cycle, TODAY).is_paid
    assert card_statement(cycle, TODAY).predicted == 2099


def test_the_minimum_is_a_share_and_at_least_an_amount(card):
    cycle = cycle_of(card, pays="minimum", minimum_percent=5, amount=2500)
    assert [asked_for(cycle, owed) for owed in (100_000, 10_000, 1_000, 0, -500)] == [
        5_000,
        2_500,
        1_000,
        0,
        0,
    ]
    cycle.minimum_percent = 3
    assert asked_for(cycle, 150_050) == 4502  # 4501.5, half to even


def test_a_card_in_credit_asks_for_nothing(card):
    make_transaction(card, amount=500, date=day(1))
    one = card_statement(cycle_of(card), TODAY)
    assert (one.owed, one.asked, one.is_paid) == (-500, 0, True)


def test_the_card_s_page_says_what_is_due(card):
    assert [note.text for note in notes_of(card)] == ["Say when its statement is drawn up"]
    cycle_of(card)
    make_transaction(card, amount=-8000, date=day(1))
    texts = [note.text for note in notes_of(card)]
    assert texts == ["€80.00 due on 7 Dec", "Next statement on 12 Dec: about €0.00"]
    CardCycle.objects.update(due_days=3)
    assert [(n.text, n.tone) for n in notes_of(card)][0] == (
        "€80.00 was due on 15 Nov and is not paid",
        "wrong",
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"statement_day": 0},
        {"due_days": 61},
        {"pays": "fixed"},
        {"pays": "minimum"},
    ],
)
def test_a_cycle_that_makes_no_sense_is_refused(card, facts):
    with pytest.raises(BillError):
        cycle_of(card, **facts)


def test_only_cards_have_statements(account):
    with pytest.raises(BillError):
        cycle_of(account)
    assert not list(notes_of(account))
    assert not Occurrence.objects.exists()
