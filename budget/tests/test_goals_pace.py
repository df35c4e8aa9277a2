"""The arithmetic of goals."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from budget import goal_pace as pace
from core.months import Month

NOVEMBER = Month.of(2026, 11).index
AMOUNT = st.integers(-(10**9), 10**9)


@pytest.mark.parametrize(
    ("day", "first_day", "last"),
    [
        (dt.date(2027, 6, 30), 1, Month.of(2027, 6)),
        (dt.date(2027, 6, 29), 1, Month.of(2027, 5)),
        (dt.date(2027, 6, 1), 1, Month.of(2027, 5)),
        # With months from the 25th June ends on the 24th.
        (dt.date(2027, 6, 24), 25, Month.of(2027, 6)),
        (dt.date(2027, 6, 23), 25, Month.of(2027, 5)),
    ],
)
def test_the_last_month_is_one_that_is_over_by_the_date(day, first_day, last):
    assert pace.last_whole_month(day, first_day) == last.index


def test_the_need_is_rounded_up():
    # 1,000.00 in 7 months: 142.857… a month.
    assert pace.monthly_need(100_000, 0, NOVEMBER, NOVEMBER + 6) == 14_286
    assert pace.monthly_need(100_000, 30_000, NOVEMBER, NOVEMBER + 6) == 10_000
    assert pace.monthly_need(100_000, 120_000, NOVEMBER, NOVEMBER + 6) == 0
    assert pace.monthly_need(100_000, 40_000, NOVEMBER, NOVEMBER - 3) == 60_000


@given(AMOUNT, AMOUNT, st.integers(0, 600))
def test_the_need_reaches_the_target_in_time_and_one_unit_less_does_not(target, opening, months):
    need = pace.monthly_need(target, opening, 100, 100 + months)
    assert opening + need * (months + 1) >= target
    if need:
        assert opening + (need - 1) * (months + 1) < target


@given(AMOUNT, AMOUNT, st.integers(0, 100), st.integers(-5, 110))
def test_the_even_line_goes_from_start_to_target(target, start, months, at):
    line = pace.Line(target, 10, start, 10 + months)
    assert line.expected(9) == start
    assert line.expected(10 + months) == target
    assume(target >= start)
    assert line.expected(10 + at) <= line.expected(11 + at)


@given(st.lists(AMOUNT, min_size=5, max_size=5), AMOUNT)
def test_a_projection_is_the_first_month_that_the_pace_reaches(points, target):
    found = pace.reached_in(points, target, 3, 100)
    brought = points[-2] - points[-5]
    if points[-1] >= target:
        assert found == 100
    elif brought <= 0:
        assert found is None
    else:
        assert found >= 100

        def there(month):  # three times the amount at the end of `month`, by either way of counting
            from_opening = 3 * points[-2] + brought * (month - 99)
            return max(from_opening, 3 * points[-1] + brought * (month - 100))

        assert there(found) >= 3 * target
        assert found == 100 or there(found - 1) < 3 * target


def test_percent_is_cut_off_and_stays_within_the_way():
    assert pace.percent(99_999, 100_000) == 99
    assert pace.percent(100_000, 100_000) == 100
    assert pace.percent(-5, 100) == 0
    # Out of debt: from −1,000 to 0, a quarter is done.
    assert pace.percent(-750, 0, -1000) == 25


def test_a_month_ahead_is_ahead_and_less_than_the_last_end_is_behind():
    line = pace.Line(1_200, 0, 0, 11)
    assert pace.standing(line, 499, 5) == pace.BEHIND
    assert pace.standing(line, 500, 5) == pace.ON_TRACK
    assert pace.standing(line, 699, 5) == pace.ON_TRACK
    assert pace.standing(line, 700, 5) == pace.AHEAD
    # In the last month nothing but the target itself is more than on track.
    assert pace.standing(line, 1_199, 11) == pace.ON_TRACK
    assert pace.standing(line, 1_199, 12) == pace.BEHIND


def test_round_figures_are_a_digit_and_zeros():
    above = pace.milestone_above
    assert [above(n) for n in (0, 99_999, 100_000, 950_000, 1_000_000, 19_882_487)] == [
        *(100_000, 100_000, 200_000, 1_000_000, 2_000_000, 20_000_000)
    ]
    assert [above(n) for n in (-1, -100_000, -150_000, -1_000_000, -18_000_000)] == [
        *(0, 0, -100_000, -900_000, -10_000_000)
    ]


@given(st.integers(-(10**14), 10**14))
def test_a_milestone_is_above_and_none_lies_between(amount):
    step = pace.milestone_above(amount)
    assert step > amount
    digits = str(abs(step)).rstrip("0")
    assert len(digits) <= 1
    assert pace.milestone_above(step - 1) == step


def test_milestones_are_told_once_with_the_month_that_reached_them():
    points = [50_000, 120_000, 90_000, 310_000, 305_000]
    assert pace.milestones(points, 10) == [(100_000, 11), (200_000, 13), (300_000, 13)]
    assert pace.milestones([-250_000, -90_000, 20_000], 0) == [
        *((-200_000, 1), (-100_000, 1), (0, 2))
    ]
    assert pace.milestones([], 0) == []
