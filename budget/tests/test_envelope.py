"""The arithmetic of budgets, on any months."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.envelope import (
    ALL,
    NONE,
    UNSPENT,
    Closing,
    Facts,
    carried_on,
    close,
    mean,
    roll,
    weeks_beginning,
    work,
)
from budget.proposals import Offer, Wish, propose
from core.months import Month

AMOUNT = st.integers(-100_000, 100_000)
SUMS = st.dictionaries(st.integers(1, 5), AMOUNT)
FACTS = st.builds(
    Facts, SUMS, SUMS, st.dictionaries(st.sampled_from(["income", "transfers"]), AMOUNT)
)
RULES = st.dictionaries(st.integers(1, 5), st.sampled_from([NONE, UNSPENT, ALL]))


@given(st.integers(-(10**9), 10**9), st.lists(st.tuples(FACTS, RULES), max_size=8))
def test_money_to_assign_and_envelopes_are_the_money_there_is(opening, months):
    closing, balance = Closing({}, opening), opening
    for facts, rules in months:
        balance += sum(facts.activity.values()) + sum(facts.unassigned.values())
        worked = work(closing, facts)
        assert worked.total == balance
        closing = close(worked, lambda key, rules=rules: rules.get(key, UNSPENT))


@given(st.lists(st.tuples(FACTS, RULES), max_size=8), st.integers(0, 8))
def test_rolling_in_two_steps_is_rolling_in_one(months, at):
    steps = [(facts, lambda key, r=rules: r.get(key, UNSPENT)) for facts, rules in months]
    assert roll(roll(Closing({}), steps[:at]), steps[at:]) == roll(Closing({}), steps)


@pytest.mark.parametrize(
    ("carry", "left", "over"), [(NONE, 0, 0), (UNSPENT, 300, 0), (ALL, 300, -300)]
)
def test_what_stays_in_an_envelope(carry, left, over):
    assert (carried_on(300, carry), carried_on(-300, carry)) == (left, over)


def test_an_overspent_envelope_is_emptied_and_taken_from_what_is_to_be_assigned():
    first = work(Closing({}), Facts({1: 100}, {1: -150}, {"income": 500}))
    assert (first.to_assign, first.envelopes[1].available) == (400, -50)
    second = work(close(first, lambda key: UNSPENT), Facts({}, {}, {}))
    assert (second.to_assign, second.before.overspent, second.envelopes) == (350, -50, {})


def test_an_envelope_that_keeps_its_minus_has_it_next_month():
    first = work(Closing({}), Facts({1: 100}, {1: -150}, {"income": 500}))
    second = work(close(first, lambda key: ALL), Facts({1: 80}, {}, {}))
    assert (second.to_assign, second.envelopes[1].available) == (320, 30)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)), st.integers(0, 70))
def test_weeks_are_counted_by_their_mondays(start, days):
    end = start + dt.timedelta(days=days)
    mondays = [n for n in range(days) if (start + dt.timedelta(days=n)).weekday() == 0]
    assert weeks_beginning(start, end) == len(mondays)


@given(st.integers(-(10**12), 10**12), st.integers(1, 400))
def test_a_mean_is_less_than_a_unit_off(total, count):
    assert abs(mean(total, count) * count - total) < count


NOVEMBER = Month.of(2026, 11)


def offer(**facts):
    return Offer(
        **{"month": NOVEMBER, "weeks": 5, "income": 0, "pool": 0, "limited": False, **facts}
    )


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(1, "monthly", 70_000), 70_000),
        (Wish(1, "weekly", 5_000), 25_000),
        (Wish(1, "weekly", 5_000, is_weekly=True), 5_000),
        (Wish(1, "up_to", 40_000, carried=15_000), 25_000),
        (Wish(1, "up_to", 40_000, carried=45_000), 0),
        (Wish(1, "yearly", 120_001), 10_000),
        (Wish(1, "average", spent=10_000, spent_months=3), 3_334),
        (Wish(1, "last", last=4_200), 4_200),
        (Wish(1, "income", number=10), 25_000),
        (Wish(1, "by_date", 90_000, target_on=dt.date(2027, 1, 20), carried=30_000), 20_000),
        (Wish(1, "by_date", 90_000, target_on=dt.date(2026, 3, 1), carried=30_000), 60_000),
        (Wish(1, "rest"), 99_000),
    ],
)
def test_templates(wish, expected):
    assert propose([wish], offer(income=250_000, pool=99_000)) == {1: expected}


def test_a_yearly_cost_is_whole_after_twelve_months():
    wish = Wish(1, "yearly", 100_003)
    months = [propose([wish], offer(month=Month.of(2026, n)))[1] for n in range(1, 13)]
    assert sum(months) == 100_003


def test_the_rest_goes_by_weight_after_all_others():
    wishes = [Wish(1, "rest", number=2), Wish(2, "rest"), Wish(3, "monthly", 700)]
    assert propose(wishes, offer(pool=1_000)) == {3: 700, 1: 200, 2: 100}


def test_where_money_is_assigned_only_the_fixed_ones_may_go_beyond_it():
    wishes = [
        Wish(1, "monthly", 800),
        Wish(2, "by_date", 900),
        Wish(3, "income", number=50),
        Wish(4, "rest"),
    ]
    assert propose(wishes, offer(income=1_000, pool=1_000, limited=True)) == {
        1: 800,
        2: 200,
        3: 0,
        4: 0,
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["monthly", "by_date", "income", "rest", "up_to"]),
            st.integers(0, 5_000),
        ),
        max_size=6,
    ),
    st.integers(0, 20_000),
)
def test_the_rest_never_takes_more_than_there_is(wanted, pool):
    wishes = [Wish(n, template, amount) for n, (template, amount) in enumerate(wanted)]
    found = propose(wishes, offer(pool=pool, income=pool))
    assert min(found.values(), default=0) >= 0
    rest = sum(found[w.key] for w in wishes if w.template == "rest")
    others = sum(found[w.key] for w in wishes if w.template != "rest")
    has_rest = any(w.template == "rest" for w in wishes)
    assert rest == (max(0, pool - others) if has_rest else 0)
