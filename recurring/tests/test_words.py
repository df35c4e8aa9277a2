"""Schedules in words, and forms that mean them."""

import datetime as dt

import pytest

from recurring import schedule as when
from recurring.forms import choices_of, schedule_from
from recurring.schedule import Schedule
from recurring.words import schedule_words

ON = dt.date(2026, 11, 13)  # a Friday


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (when.weekly(1, ON), "Every week on Friday"),
        (when.weekly(2, ON), "Every 2 weeks on Friday"),
        (when.four_weekly(ON), "Every 4 weeks on Friday"),
        (when.monthly(5, starts_on=ON), "Every month on the 5th"),
        (when.monthly(22, 3, starts_on=ON), "Every 3 months on the 22nd"),
        (when.monthly(30, starts_on=ON), "Every month on the 30th"),
        (when.monthly(31, starts_on=ON), "Every month on the last day"),
        (when.twice_a_month(1, 15, starts_on=ON), "Every month on the 1st and the 15th"),
        (when.last_working_day(starts_on=ON), "Every month on the last working day"),
        (when.nth_weekday(2, 4, starts_on=ON), "Every month on the second Friday"),
        (when.nth_weekday(-1, 0, starts_on=ON), "Every month on the last Monday"),
        (when.yearly(ON), "Every year on the 13th of November"),
        (Schedule("FREQ=DAILY", ON), "Every day"),
        (Schedule("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", ON), "Every week on working days"),
        (Schedule("FREQ=MONTHLY", ON), "Every month on the 13th"),
        (
            when.monthly(5, starts_on=ON, weekend="before"),
            "Every month on the 5th, or the working day before",
        ),
    ],
)
def test_a_schedule_in_words(schedule, words):
    assert schedule_words(schedule) == words


@pytest.mark.parametrize(
    "data",
    [
        {"repeats": "weeks", "every": 2},
        {"repeats": "months", "every": 1},
        {"repeats": "months", "every": 6, "weekend": "after"},
        {"repeats": "last_day", "every": 1},
        {"repeats": "last_working_day", "every": 1},
        {"repeats": "weekday", "every": 1},
        {"repeats": "twice", "every": 1, "second_day": 28},
        {"repeats": "years", "every": 1},
    ],
)
def test_plain_choices_come_back_as_they_were_made(data):
    schedule = schedule_from({"starts_on": ON, "weekend": "", **data})
    again = choices_of(schedule)
    assert schedule_from(again) == schedule
    assert again["repeats"] == data["repeats"]


def test_what_no_choice_means_comes_back_as_its_rule():
    schedule = Schedule("FREQ=MONTHLY;BYDAY=1MO,3MO", ON)
    assert choices_of(schedule)["repeats"] == "rule"
    assert schedule_from(choices_of(schedule)) == schedule
