"""The engine by itself: what must hold for any past, and what it does with a known one."""

import datetime as dt
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.projection.cards import pay_statements
from insights.projection.projecting import project
from insights.projection.resampling import RANK, Resampler, tempered
from insights.projection.shapes import Cycle, Flow, History, Moved, Place

TODAY = dt.date(2026, 11, 21)
DAY = dt.timedelta(days=1)
FIRST = TODAY - 395 * DAY
KEYS = st.integers(1, 3)
PAST_DAYS = st.dates(FIRST, TODAY - DAY)
SMALL = st.dictionaries(KEYS, st.dictionaries(PAST_DAYS, st.integers(-9_000, 9_000), max_size=30))
LARGE = st.lists(st.builds(Moved, PAST_DAYS, KEYS, st.integers(-900_000, 900_000)), max_size=12)
FLOWS = st.lists(
    st.builds(
        Flow,
        st.dates(TODAY - 9 * DAY, TODAY + 99 * DAY),
        KEYS,
        st.integers(-500_000, 500_000),
        st.just("x"),
        spread=st.just(()),
    ),
    max_size=12,
)


def _project(places, flows=(), cycles=(), usual=None, large=(), seed="1", courses=41, first=FIRST):
    return project(
        places=places,
        flows=flows,
        cycles=cycles,
        history=History(first, usual or {}, large),
        today=TODAY,
        days=90,
        seed=seed,
        courses=courses,
    )


def _cycle(card=3, paid_from=1, asks=lambda owed: owed):
    days = [
        (dt.date(2026, 11, 30), dt.date(2026, 12, 9)),
        (dt.date(2026, 12, 31), dt.date(2027, 1, 9)),
    ]
    return Cycle(card, paid_from, tuple(days), asks, "Statement")


@given(SMALL, LARGE, FLOWS, st.booleans())
@settings(max_examples=60)
def test_the_band_is_in_order_and_starts_at_todays_balance(usual, large, flows, has_card):
    places = [Place(1, 10_000), Place(2, -400), Place(3, 77, is_in_total=False)]
    made = _project(places, flows, [_cycle()] if has_card else [], usual, large)
    for curve in (made.total, *made.curves.values()):
        assert len(curve.days) == len(curve.likely) == 91
        assert curve.low[0] == curve.likely[0] == curve.high[0] == curve.known[0]
        for low, likely, high in zip(curve.low, curve.likely, curve.high, strict=True):
            assert low <= likely <= high
        assert all(type(value) is int for value in curve.likely)
        assert curve.lowest_likely == min(curve.likely)
    assert made.total.known[0] == 9_600


@given(FLOWS)
def test_what_is_known_comes_exactly_when_there_is_no_past(flows):
    made = _project([Place(1, 500), Place(2, 0), Place(3, 9)], flows)
    for key, start in ((1, 500), (2, 0), (3, 9)):
        for place, day in enumerate(made.curves[key].days):
            come = sum(
                flow.amount
                for flow in flows
                if flow.account == key and place and max(flow.day, TODAY + DAY) <= day
            )
            assert made.curves[key].likely[place] == start + come
    lines = zip(*(curve.likely for curve in made.curves.values()), strict=True)
    assert list(made.total.likely) == [sum(values) for values in lines]
    assert made.total.low == made.total.high == made.total.likely


@given(SMALL, LARGE, st.text(max_size=5))
@settings(max_examples=30)
def test_the_same_seed_gives_the_same_curves(usual, large, seed):
    places = [Place(1, 0), Place(2, 0), Place(3, 0)]
    assert _project(places, usual=usual, large=large, seed=seed) == _project(
        places, usual=usual, large=large, seed=seed
    )


@given(st.lists(st.tuples(PAST_DAYS, st.integers(1, 90_000)), max_size=25), st.booleans())
@settings(max_examples=40)
def test_transfers_between_counted_accounts_leave_the_sum_as_it_is(rows, are_large):
    legs = [Moved(day, key, sign * n) for day, n in rows for key, sign in ((1, -1), (2, 1))]
    usual = {1: {}, 2: {}}
    for leg in legs:
        usual[leg.account][leg.day] = usual[leg.account].get(leg.day, 0) + leg.amount
    past = {"large": tempered(legs)} if are_large else {"usual": usual}
    made = _project([Place(1, 800), Place(2, 200)], **past)
    assert set(made.total.low + made.total.high) == {1000}


@given(SMALL, LARGE)
@settings(max_examples=30)
def test_every_course_adds_up_over_the_accounts(usual, large):
    for course in Resampler(History(FIRST, usual, large), TODAY, 90, "s").courses(5):
        assert all(len(line) == 90 for line in course.values())
    places = [Place(1, 1), Place(2, 2), Place(3, 3)]
    one = _project(places, usual=usual, large=large, courses=1)
    lines = zip(*(curve.likely for curve in one.curves.values()), strict=True)
    assert list(one.total.likely) == [sum(values) for values in lines]


def test_weekdays_keep_their_shape():
    saturdays = {day: -7_000 for n in range(395) if (day := FIRST + n * DAY).weekday() == 5}
    made = _project([Place(1, 0)], usual={1: saturdays})
    line = made.curves[1].likely
    moved = {made.curves[1].days[n].weekday() for n in range(1, 91) if line[n] != line[n - 1]}
    assert moved == {5}
    assert line[-1] == -7_000 * sum(day.weekday() == 5 for day in made.curves[1].days[1:])


def test_a_pay_day_that_nobody_named_comes_once_a_month_on_its_day():
    months = [dt.date(2025 + (10 + n) // 12, (10 + n) % 12 + 1, 25) for n in range(12)]
    made = _project([Place(1, 0)], large=[Moved(day, 1, 250_000) for day in months])
    curve = made.curves[1]
    paid = [curve.days[n] for n in range(1, 91) if curve.likely[n] != curve.likely[n - 1]]
    assert paid == [dt.date(2026, 11, 25), dt.date(2026, 12, 25), dt.date(2027, 1, 25)]
    assert curve.low == curve.high


def test_the_last_day_of_a_month_stays_the_last():
    ends = [dt.date(2025, 12, 1) + (31 - 1) * DAY, dt.date(2026, 1, 31), dt.date(2026, 2, 28)]
    ends += [dt.date(2026, month, day) for month, day in ((3, 31), (4, 30), (5, 31), (6, 30))]
    ends += [dt.date(2026, month, day) for month, day in ((7, 31), (8, 31), (9, 30), (10, 31))]
    ends.append(dt.date(2025, 11, 30))
    made = _project([Place(1, 0)], large=[Moved(day, 1, -5) for day in ends])
    curve = made.curves[1]
    days = [curve.days[n] for n in range(1, 91) if curve.likely[n] != curve.likely[n - 1]]
    assert days == [dt.date(2026, 11, 30), dt.date(2026, 12, 31), dt.date(2027, 1, 31)]


def test_what_was_bought_once_does_not_come_again_at_its_size():
    usual = [Moved(FIRST, 1, -300)] * RANK
    assert tempered([Moved(FIRST, 1, -2_000_000), *usual])[0].amount == -300
    assert tempered([]) == []


def test_a_short_past_moves_only_what_is_known():
    usual = {1: {TODAY - n * DAY: -100 for n in range(1, 40)}}
    made = _project([Place(1, 0, has_history=False)], usual=usual)
    assert set(made.curves[1].likely) == {0}
    assert not made.curves[1].has_band
    assert not made.total.has_band


def test_a_past_of_days_draws_nothing():
    made = _project([Place(1, 5)], usual={1: {TODAY - DAY: -1}}, first=TODAY - 3 * DAY)
    assert set(made.curves[1].likely) == {5}


def test_a_statement_leaves_its_payer_on_the_due_day_with_what_was_spent():
    spent = [Flow(dt.date(2026, 11, 24), 3, -200, "a"), Flow(dt.date(2026, 12, 2), 3, -50, "b")]
    made = _project([Place(1, 1_000), Place(3, -100, is_in_total=False)], spent, [_cycle()])
    payer, card = made.curves[1], made.curves[3]
    by_day = dict(zip(payer.days, zip(payer.likely, card.likely, strict=True), strict=True))
    assert by_day[dt.date(2026, 12, 8)] == (1_000, -350)
    assert by_day[dt.date(2026, 12, 9)] == (700, -50)
    assert by_day[dt.date(2027, 1, 9)] == (650, 0)
    assert [flow.amount for flow in made.statements] == [-300, 300, -50, 50]
    assert all(flow.is_estimate for flow in made.statements)


def test_a_payment_on_its_way_is_not_asked_for_again():
    days = ((TODAY + DAY, TODAY + 50 * DAY), (TODAY + 31 * DAY, TODAY + 80 * DAY))
    card, payer = [0] * 90, [0] * 90
    paid = pay_statements(Cycle(2, 1, days, lambda owed: owed), -400, card, payer, TODAY)
    assert paid == [400, 0]
    assert sum(payer) == -400


@given(st.integers(-900, 0), st.lists(st.integers(-900, 0), min_size=90, max_size=90))
@settings(max_examples=50)
def test_a_card_that_is_paid_in_full_never_turns_into_credit(balance, spending):
    card, payer = spending.copy(), [0] * 90
    pay_statements(_cycle(), balance, card, payer, TODAY)
    assert max(accumulate(card, initial=balance)) <= 0
    assert sum(card) + sum(payer) == sum(spending)


@pytest.mark.parametrize(("balance", "worth"), [(5, 2), (15, 8), (-5, -2), (-15, -8), (7, 4)])
def test_other_currencies_count_at_their_rate_rounded_half_to_even(balance, worth):
    made = _project([Place(1, balance, rate=Fraction(1, 2)), Place(2, 0)])
    assert made.total.likely[0] == worth
    assert made.curves[1].likely[0] == balance


def test_lowest_and_below_zero_are_the_first_days():
    flows = [Flow(TODAY + n * DAY, 1, amount, "x") for n, amount in ((3, -60), (5, 90), (9, -90))]
    curve = _project([Place(1, 50)], flows).total
    assert (curve.lowest_on, curve.lowest_likely) == (TODAY + 3 * DAY, -10)
    assert curve.below_on == curve.may_be_below_on == TODAY + 3 * DAY
    assert _project([Place(1, 50)]).total.below_on is None
