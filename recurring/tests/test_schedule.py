"""Due dates: month ends, leap days, weekends, bounds and rules that are refused."""

import datetime as dt
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurring.schedule import (
    MOST_OCCURRENCES,
    Schedule,
    ScheduleError,
    describe,
    four_weekly,
    last_working_day,
    monthly,
    next_after,
    nth_weekday,
    occurrences,
    per_year,
    twice_a_month,
    validate_rule,
    weekly,
    yearly,
)

D = dt.date
days = st.dates(D(1950, 1, 1), D(2080, 12, 31))
YEAR = dt.timedelta(days=366)


def dates(schedule, first, last):
    return list(occurrences(schedule, first, last))


def test_the_31st_falls_on_the_last_day_of_shorter_months():
    schedule = monthly(31, starts_on=D(2023, 12, 31))
    assert dates(schedule, D(2023, 12, 1), D(2024, 5, 1)) == [
        D(2023, 12, 31), D(2024, 1, 31), D(2024, 2, 29), D(2024, 3, 31), D(2024, 4, 30),
    ]  # fmt: skip


def test_the_leap_day_is_the_28th_in_common_years_and_comes_back():
    found = dates(yearly(D(2024, 2, 29)), D(2024, 1, 1), D(2028, 12, 31))
    assert [(day.year, day.day) for day in found] == [
        (2024, 29), (2025, 28), (2026, 28), (2027, 28), (2028, 29),
    ]  # fmt: skip


@given(day=st.integers(1, 31), starts_on=days)
def test_monthly_neither_skips_nor_doubles_a_month(day, starts_on):
    found = dates(monthly(day, starts_on=starts_on), starts_on, starts_on + 3 * YEAR)
    months = [each.year * 12 + each.month for each in found]
    assert months == list(range(months[0], months[0] + len(months)))
    assert months[0] - (starts_on.year * 12 + starts_on.month) in (0, 1)
    assert all(each.day == day or (each + dt.timedelta(days=1)).day == 1 for each in found)


@given(day=st.integers(1, 31), every=st.integers(1, 12), starts_on=days)
def test_every_so_many_months_keeps_its_step_over_the_year_end(day, every, starts_on):
    found = dates(monthly(day, every, starts_on=starts_on), starts_on, starts_on + 5 * YEAR)
    months = [each.year * 12 + each.month for each in found]
    assert {later - earlier for earlier, later in pairwise(months)} <= {every}


@given(on=days)
def test_yearly_comes_once_in_every_year(on):
    found = dates(yearly(on), on, on + 9 * YEAR)
    assert [day.year for day in found] == list(range(on.year, on.year + len(found)))
    assert len(found) in (9, 10)


@given(early=st.integers(1, 27), late=st.integers(1, 31), starts_on=days)
def test_twice_a_month_is_twice_in_every_month(early, late, starts_on):
    if late <= early:
        return
    starts_on = starts_on.replace(day=1)
    end = (starts_on + YEAR).replace(day=1) - dt.timedelta(days=1)
    found = dates(twice_a_month(early, late, starts_on=starts_on), starts_on, end)
    months = [day.month + 12 * day.year for day in found]
    assert months[::2] == months[1::2]
    assert len(set(months)) * 2 == len(found)


@given(on=days, every=st.integers(1, 8))
def test_weeks_are_weeks_whatever_clocks_do(on, every):
    found = dates(weekly(every, on), on, on + YEAR)
    assert found[0] == on
    assert {(later - earlier).days for earlier, later in pairwise(found)} == {7 * every}


@given(day=st.integers(1, 31), starts_on=days, weekend=st.sampled_from(["before", "after"]))
def test_moved_dates_are_working_days_near_their_due_date_once_a_month(day, starts_on, weekend):
    plain = monthly(day, starts_on=starts_on)
    moved = monthly(day, starts_on=starts_on, weekend=weekend)
    end = starts_on + 2 * YEAR
    expected = [
        each + dt.timedelta(days=0 if each.weekday() < 5
                            else 4 - each.weekday() if weekend == "before" else 7 - each.weekday())
        for each in dates(plain, starts_on, end + dt.timedelta(days=5))
    ]  # fmt: skip
    assert dates(moved, starts_on, end) == [day for day in expected if starts_on <= day <= end]


def test_a_date_moved_over_the_edge_of_the_window_is_found_where_it_lands():
    schedule = monthly(1, starts_on=D(2024, 1, 1), weekend="before")  # 1 June 2024: a Saturday
    assert dates(schedule, D(2024, 5, 31), D(2024, 5, 31)) == [D(2024, 5, 31)]
    assert dates(schedule, D(2024, 6, 1), D(2024, 6, 30)) == []


def test_the_last_working_day():
    schedule = last_working_day(starts_on=D(2024, 1, 1))
    assert dates(schedule, D(2024, 3, 1), D(2024, 6, 30)) == [
        D(2024, 3, 29), D(2024, 4, 30), D(2024, 5, 31), D(2024, 6, 28),
    ]  # fmt: skip


def test_the_second_tuesday_and_the_last_friday():
    second = nth_weekday(2, 1, starts_on=D(2024, 1, 1))
    last = nth_weekday(-1, 4, starts_on=D(2024, 1, 1))
    assert dates(second, D(2024, 1, 1), D(2024, 2, 29)) == [D(2024, 1, 9), D(2024, 2, 13)]
    assert dates(last, D(2024, 1, 1), D(2024, 2, 29)) == [D(2024, 1, 26), D(2024, 2, 23)]


@given(start=days, later=st.integers(0, 20_000), rule=st.sampled_from([
    "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA", "FREQ=MONTHLY;INTERVAL=5",
    "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;INTERVAL=3", "FREQ=YEARLY;BYMONTHDAY=31,1;BYMONTH=3,4",
]))  # fmt: skip
def test_looking_from_a_late_window_finds_what_counting_from_the_start_finds(start, later, rule):
    first = start + dt.timedelta(days=later)
    schedule = Schedule(rule, start)
    counted = [day for day in occurrences(schedule, start, first + 2 * YEAR) if day >= first]
    assert dates(schedule, first, first + 2 * YEAR) == counted


def test_nothing_before_the_start_or_after_the_end():
    schedule = Schedule("FREQ=DAILY", D(2024, 1, 5), ends_on=D(2024, 1, 7))
    assert dates(schedule, D(2023, 1, 1), D(2025, 1, 1)) == [D(2024, 1, n) for n in (5, 6, 7)]
    assert next_after(schedule, D(2024, 1, 6)) == D(2024, 1, 7)
    assert next_after(schedule, D(2024, 1, 7)) is None


def test_no_question_is_endless():
    daily = Schedule("FREQ=DAILY", D(2000, 1, 1))
    assert len(dates(daily, D.min, D.max)) == 0  # a hundred years from the year 1
    assert len(dates(daily, D(2000, 1, 1), D.max)) == MOST_OCCURRENCES
    assert next_after(Schedule("FREQ=YEARLY", D(9999, 1, 1)), D.max) is None


def test_a_count_counts_from_the_start():
    schedule = Schedule("FREQ=MONTHLY;COUNT=3", D(2020, 1, 15))
    assert dates(schedule, D(2020, 3, 1), D(2030, 1, 1)) == [D(2020, 3, 15)]


@pytest.mark.parametrize("rule", [
    "", "  ", "every month", "FREQ=", "FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=SECONDLY", "INTERVAL=2",
    "FREQ=DAILY;COUNT=1001", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=99999999999999999999",
    "FREQ=DAILY;BYHOUR=3", "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY;BYMONTHDAY=32",
    "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=13",
    "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=5", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;UNTIL=soon",
    "FREQ=DAILY;COUNT=2;UNTIL=20300101", "FREQ=DAILY\nDTSTART:20200101", "FREQ=MONTHLY;BYDAY=MO" + ",MO" * 90,
    "FREQ=MONTHLY;BYDAY=-1FR;BYMONTHDAY=1",
])  # fmt: skip
def test_what_is_no_rule_of_the_house_is_refused_with_a_sentence(rule):
    with pytest.raises(ScheduleError) as error:
        validate_rule(rule)
    assert str(error.value).endswith(".")


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    with suppress(ScheduleError):
        validate_rule("FREQ=MONTHLY;" + text)


def test_a_schedule_says_how_often_and_costs_exactly():
    start = D(2024, 1, 31)
    assert describe(weekly(2, start)) == ("week", 2, 1)
    assert per_year(four_weekly(start)) == 13
    assert per_year(monthly(31, starts_on=start)) == 12
    assert per_year(monthly(31, 3, starts_on=start)) == 4
    assert per_year(twice_a_month(15, 31, starts_on=start)) == 24
    assert per_year(last_working_day(starts_on=start)) == 12
    assert per_year(nth_weekday(1, 0, starts_on=start)) == 12
    assert per_year(yearly(start)) == 1
    assert per_year(weekly(3, start)) == Fraction(52, 3)
    assert per_year(Schedule("FREQ=WEEKLY;BYDAY=MO,WE", start)) == 104
