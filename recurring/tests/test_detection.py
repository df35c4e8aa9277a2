"""What recurs is found with its rhythm; what only looks so is left alone."""

import datetime as dt
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurring.detection import Payment, find_series
from recurring.schedule import monthly, next_after, occurrences, twice_a_month, weekly, yearly

D = dt.date
START, END = D(2022, 1, 1), D(2023, 12, 31)


class History:
    """Payments as they are put together, numbered in order of entry."""

    def __init__(self):
        self.payments, self.numbers = [], count(1)

    def pay(self, day, amount, description):
        self.payments.append(Payment(next(self.numbers), day, amount, description))
        return self.payments[-1].id

    def on(self, schedule, amount, description, first=START, last=END, slips=(0,)):
        """Pays on every due date; `amount` and `description` may be functions of the place."""
        ids = []
        for place, day in enumerate(occurrences(schedule, first, last)):
            this = amount(place) if callable(amount) else amount
            text = description(place) if callable(description) else description
            slip = dt.timedelta(days=slips[place % len(slips)])
            ids.append(self.pay(day + slip, this, text))
        return ids

    def found(self, today=END):
        return find_series(self.payments, today)

    def one(self):
        found = self.found()
        assert len(found) == 1, [(each.name, each.rhythm) for each in found]
        return found[0]


@pytest.fixture
def history():
    return History()


MONTHLY = monthly(5, starts_on=START)


@pytest.mark.parametrize(("schedule", "rhythm"), [
    (weekly(1, D(2022, 1, 4)), "weekly"),
    (weekly(2, D(2022, 1, 4)), "fortnightly"),
    (weekly(4, D(2022, 1, 4)), "four-weekly"),
    (MONTHLY, "monthly"),
    (monthly(31, starts_on=START), "monthly"),
    (monthly(5, 2, starts_on=START), "every two months"),
    (monthly(5, 3, starts_on=START), "quarterly"),
    (monthly(5, 6, starts_on=START), "half-yearly"),
    (yearly(D(2022, 6, 5)), "yearly"),
])  # fmt: skip
def test_every_rhythm_is_told_with_its_next_due_date(history, schedule, rhythm):
    ids = history.on(schedule, -2599, "DIRECT DEBIT Bridge Club")
    found = history.one()
    assert (found.rhythm, list(found.payments)) == (rhythm, ids)
    assert found.next_due == next_after(schedule, found.last_seen)
    assert (found.amount, found.is_fixed_amount, found.is_active, found.missed) == (
        -2599,
        True,
        True,
        (),
    )


def test_wages_on_the_last_working_day(history):
    from recurring.schedule import last_working_day

    schedule = last_working_day(starts_on=START)
    history.on(schedule, 310000, "ACME INDUSTRIES SALARY")
    found = history.one()
    assert (found.kind, found.rhythm) == ("income", "monthly")
    assert list(occurrences(found.schedule, D(2024, 1, 1), D(2024, 6, 30))) == list(
        occurrences(schedule, D(2024, 1, 1), D(2024, 6, 30))
    )


def test_dates_moved_by_weekends_are_one_series_that_says_so(history):
    history.on(monthly(25, starts_on=START, weekend="before"), -90000, "Miete Parkweg")
    found = history.one()
    assert (len(found.payments), found.schedule.weekend) == (24, "before")


def test_dates_off_by_some_days_keep_their_rhythm(history):
    history.on(MONTHLY, -1299, "Duolingo", slips=(0, 2, 1, 0, 4, 3, -1))
    assert len(history.one().payments) == 24


def test_bills_of_changing_amounts(history):
    rng = Random(1)
    history.on(
        MONTHLY, lambda _: -rng.randint(4000, 9500), "DIRECT DEBIT Stadtwerke", slips=(0, 1, 2)
    )
    found = history.one()
    assert (found.rhythm, found.kind, found.is_fixed_amount) == ("monthly", "bill", False)
    assert found.amount_high <= found.amount <= found.amount_low < 0


def test_two_months_with_charges_missing_is_not_every_two_months(history):
    ids = history.on(MONTHLY, -1299, "Duolingo")
    history.payments = [p for p in history.payments if p.id not in (ids[4], ids[9], ids[15])]
    found = history.one()
    assert (found.rhythm, len(found.payments)) == ("monthly", 21)
    assert found.missed == (D(2022, 5, 5), D(2022, 10, 5), D(2023, 4, 5))


def test_a_new_name_continues_the_series(history):
    history.on(MONTHLY, -1399, lambda n: "NETFLIX.COM" if n < 9 else "Netflix Amsterdam")
    assert len(history.one().payments) == 24


def test_a_wholly_new_name_at_the_same_price_and_day_continues_the_series(history):
    history.on(MONTHLY, -4715, lambda n: "DIRECT DEBIT Bulb" if n < 22 else "DIRECT DEBIT Zentora")
    assert len(history.one().payments) == 24


def test_a_rise_in_price_is_told(history):
    history.on(MONTHLY, lambda n: -999 if n < 10 else -1199, "Spotify")
    found = history.one()
    assert [tuple(change) for change in found.price_changes] == [(D(2022, 11, 5), -999, -1199)]
    assert (found.amount, found.is_fixed_amount) == (-1199, True)


@pytest.mark.parametrize("first", [0, -100])
def test_a_trial_belongs_to_what_it_turned_into(history, first):
    history.on(MONTHLY, lambda n: first if n == 0 else -1499, "Headspace")
    found = history.one()
    assert (found.trial_until, len(found.payments), found.amount_low) == (D(2022, 2, 5), 24, -1499)


def test_pay_twice_a_month(history):
    history.on(twice_a_month(15, 31, starts_on=START), 150000, "Initech payroll")
    found = history.one()
    assert (found.rhythm, len(found.payments)) == ("twice a month", 48)
    assert list(occurrences(found.schedule, D(2024, 2, 1), D(2024, 2, 29))) == [
        D(2024, 2, 15),
        D(2024, 2, 29),
    ]


def test_two_subscriptions_at_one_payee_by_amount_and_by_day(history):
    by_amount = [history.on(MONTHLY, amount, "Apple Bill") for amount in (-299, -1099)]
    by_day = [history.on(monthly(day, starts_on=START), -500, "Patreon") for day in (3, 20)]
    found = {series.payments for series in history.found()}
    assert found == {tuple(ids) for ids in by_amount + by_day}


def test_a_donation_beside_gifts(history):
    ids = history.on(MONTHLY, -1000, "Red Cross")
    for day, gift in ((D(2022, 3, 17), -5000), (D(2022, 12, 20), -1000), (D(2023, 7, 2), -2500)):
        history.pay(day, gift, "Red Cross")
    assert history.one().payments == tuple(ids)


def test_a_charge_that_came_twice_and_went_back(history):
    history.on(MONTHLY, -2499, "PureGym")
    history.pay(D(2022, 9, 6), -2499, "PureGym")
    history.pay(D(2022, 9, 9), 2499, "PureGym")
    assert len(history.one().payments) == 24


def test_a_start_and_an_end_in_the_middle(history):
    history.on(MONTHLY, -2499, "PureGym", first=D(2022, 6, 1), last=D(2023, 3, 1))
    found = history.one()
    assert (found.first_seen, found.last_seen, found.is_active) == (
        D(2022, 6, 5),
        D(2023, 2, 5),
        False,
    )


def test_a_pause_does_not_make_two_of_it(history):
    history.on(MONTHLY, -2499, "PureGym", last=D(2022, 6, 30))
    history.on(MONTHLY, -2499, "PureGym", first=D(2023, 1, 1))
    assert len(history.one().payments) == 18


def test_a_price_in_another_currency(history):
    rng = Random(2)
    history.on(MONTHLY, lambda _: -rng.randint(1940, 2060), "OPENAI CHATGPT")
    assert (history.one().rhythm, len(history.one().payments)) == ("monthly", 24)


def test_references_and_dates_in_the_text(history):
    history.on(
        MONTHLY, -3210, lambda n: f"DD AVIVA INS REF {7919 * n}X{n} {n % 28 + 1:02d}/03 Jan 2022"
    )
    assert len(history.one().payments) == 24


def test_a_salary_with_its_bonus(history):
    history.on(MONTHLY, lambda n: 500000 if n == 11 else 250000, "SIEMENS GEHALT")
    found = history.one()
    assert (len(found.payments), found.amount, found.amount_high) == (24, 250000, 500000)


# What does not recur


def every(rng, low, high):
    day = START
    while day <= END:
        yield day
        day += dt.timedelta(days=rng.randint(low, high))


HABITS = {
    "groceries on Saturdays": ("Tesco", 6, 8, range(4000, 14000)),
    "fuel": ("Shell", 6, 14, range(3500, 6500)),
    "takeaway of about the same price": ("Golden Wok", 6, 8, range(1900, 2300)),
    "coffee": ("Costa", 1, 3, [320]),
    "restaurant": ("Bistro Marcel", 15, 60, range(2000, 7000)),
    "parking": ("NCP", 3, 20, [250, 400]),
    "pay as you go": ("Climbing Hall", 3, 12, [700]),
    "top-ups": ("Lebara Topup", 8, 45, [1000]),
    "haircuts": ("Salon Chic", 24, 50, [2500]),
    "a friend": ("Anna Schmidt", 10, 70, [1000, 2000, 5000]),
    "cash": ("ATM WITHDRAWAL HIGH ST", 7, 7, [5000]),
}


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("seed", range(5))
def test_habits_and_chance_are_not_reported(history, habit, seed):
    name, low, high, amounts = HABITS[habit]
    rng = Random(seed)
    for day in every(rng, low, high):
        history.pay(day, -rng.choice(amounts), name)
    assert history.found() == []


def test_lunch_on_working_days_is_not_reported(history):
    for n in range(700):
        if (day := START + dt.timedelta(days=n)).weekday() < 5:
            history.pay(day, -650, "Work Canteen")
    assert history.found() == []


def test_a_subscription_is_found_among_shopping_at_the_same_payee(history):
    rng = Random(3)
    ids = history.on(MONTHLY, -899, "Amazon")
    for day in every(rng, 4, 20):
        history.pay(day, -rng.randint(300, 9000), "Amazon")
    assert set(ids) <= set(history.one().payments)


# The answer as a whole


def test_the_answer_does_not_depend_on_the_order_and_uses_a_payment_once(history):
    rng = Random(4)
    history.on(MONTHLY, -1299, "Duolingo")
    history.on(MONTHLY, -1299, "Strava")
    history.on(weekly(2, START), 90000, "Acme wages")
    for day in every(rng, 2, 9):
        history.pay(day, -rng.randint(300, 9000), "Aldi")
    found = history.found()
    rng.shuffle(history.payments)
    assert history.found() == found
    used = [number for series in found for number in series.payments]
    assert len(used) == len(set(used)) == 24 + 24 + 53


@given(st.lists(st.tuples(
    st.dates() | st.dates(D(2022, 1, 1), D(2022, 12, 31)),
    st.integers(-10**15, 10**15) | st.sampled_from([0, -999, -1000, 50]),
    st.sampled_from(["", "Spotify", "ÄÖ 漢字", "1", "SALARY"]) | st.text(max_size=8),
), max_size=40))  # fmt: skip
def test_no_history_breaks_the_search(rows):
    payments = [Payment(n, *row) for n, row in enumerate(rows)]
    found = find_series(payments)
    used = [number for series in found for number in series.payments]
    assert len(used) == len(set(used))
    assert all(0 <= series.confidence < 100 for series in found)


def test_nothing_comes_of_nothing():
    assert find_series([]) == []
    assert find_series([Payment(1, START, -100, "")]) == []
