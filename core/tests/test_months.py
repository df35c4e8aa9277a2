import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.months import Month, add_months

DAYS = st.dates(dt.date(1971, 1, 1), dt.date(2199, 12, 31))


@given(DAYS, st.integers(1, 28))
def test_a_day_lies_in_its_month(day, first):
    month = Month.containing(day, first)
    assert month.start(first) <= day < month.end(first)
    assert month.end(first) == (month + 1).start(first)


@given(DAYS)
def test_text_and_back(day):
    month = Month.containing(day)
    assert Month.parse(str(month)) == month


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "26-1", "x-y"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ValueError, match=r"month|int|argument"):
        Month.parse(text)


def test_a_month_from_pay_day_is_named_after_the_one_it_pays_for():
    assert str(Month.containing(dt.date(2026, 10, 27), 25)) == "2026-11"
    assert str(Month.containing(dt.date(2026, 11, 9), 10)) == "2026-10"


def test_the_31st_stays_in_short_months():
    assert add_months(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
    assert add_months(dt.date(2024, 1, 31), 2) == dt.date(2024, 3, 31)
