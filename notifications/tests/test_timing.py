"""Quiet hours and digests, in the household's time zone (Berlin here)."""

import datetime as dt

import pytest
import time_machine
from django.core import mail

from notifications.models import Channels
from notifications.timing import after_quiet, next_digest


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def quiet(start: str, end: str) -> Channels:
    return Channels(quiet_from=dt.time.fromisoformat(start), quiet_until=dt.time.fromisoformat(end))


@pytest.mark.parametrize(
    ("start", "end", "now", "then"),
    [
        # Over midnight; Berlin is an hour ahead in winter.
        ("22:00", "07:00", "2026-11-20T20:59", "2026-11-20T20:59"),
        ("22:00", "07:00", "2026-11-20T21:00", "2026-11-21T06:00"),
        ("22:00", "07:00", "2026-11-21T00:30", "2026-11-21T06:00"),
        ("22:00", "07:00", "2026-11-21T05:59", "2026-11-21T06:00"),
        ("22:00", "07:00", "2026-11-21T06:00", "2026-11-21T06:00"),
        # Within a day.
        ("13:00", "15:00", "2026-11-21T12:30", "2026-11-21T14:00"),
        ("13:00", "15:00", "2026-11-21T14:30", "2026-11-21T14:30"),
        ("00:00", "07:00", "2026-11-20T23:00", "2026-11-21T06:00"),
        # The night that is an hour short, and the one that is an hour long.
        ("22:00", "07:00", "2026-03-28T22:00", "2026-03-29T05:00"),
        ("22:00", "07:00", "2026-10-24T21:00", "2026-10-25T06:00"),
        # 02:30 is never, and twice.
        ("22:00", "02:30", "2026-03-29T00:10", "2026-03-29T01:30"),
        ("22:00", "02:30", "2026-10-25T00:10", "2026-10-25T00:30"),
        ("22:00", "02:30", "2026-10-25T01:10", "2026-10-25T01:30"),
        # Never.
        ("08:00", "08:00", "2026-11-21T10:00", "2026-11-21T10:00"),
    ],
)
def test_quiet_hours_end(household, start, end, now, then):
    assert after_quiet(household, quiet(start, end), utc(now)).astimezone(dt.UTC) == utc(then)


@pytest.mark.parametrize(
    ("days", "weekday", "hour", "now", "then"),
    [
        ("daily", 0, 7, "2026-11-21T05:59", "2026-11-21T06:00"),
        ("daily", 0, 7, "2026-11-21T06:00", "2026-11-22T06:00"),
        ("daily", 0, 0, "2026-11-21T22:59", "2026-11-21T23:00"),
        # 21 November 2026 is a Saturday.
        ("weekly", 5, 7, "2026-11-21T05:00", "2026-11-21T06:00"),
        ("weekly", 5, 7, "2026-11-21T07:00", "2026-11-28T06:00"),
        ("weekly", 0, 7, "2026-11-21T07:00", "2026-11-23T06:00"),
        # The same hour of the clock, on both sides of a change.
        ("daily", 0, 7, "2026-03-28T10:00", "2026-03-29T05:00"),
        ("daily", 0, 7, "2026-10-24T10:00", "2026-10-25T06:00"),
        ("daily", 0, 2, "2026-10-25T00:30", "2026-10-26T01:00"),
    ],
)
def test_the_next_digest(household, days, weekday, hour, now, then):
    channels = Channels(digest_days=days, digest_weekday=weekday, digest_hour=hour)
    found = next_digest(household, channels, utc(now))
    assert found.astimezone(dt.UTC) == utc(then)


def test_what_happens_in_quiet_hours_comes_in_one_mail_at_their_end(
    tell, later, household, alice, bob
):
    Channels.objects.create(
        user=alice,
        household=household,
        quiet_from=dt.time(22),
        quiet_until=dt.time(7),
    )
    with time_machine.travel(utc("2026-11-20T22:00"), tick=False):
        tell("Rent")
        tell("Power")
    assert [one.to[0] for one in mail.outbox] == ["bob@example.org"] * 2
    with time_machine.travel(utc("2026-11-21T05:59"), tick=False):
        assert later() == []
    with time_machine.travel(utc("2026-11-21T06:00"), tick=False):
        (sent,) = later()
        assert later() == []
    assert sent.to == ["alice@example.org"]
    assert sent.subject == "Birch House: 2 things to know"
    assert "Rent" in sent.body
    assert "Power" in sent.body


def test_a_weekly_digest_waits_for_its_day_in_the_households_time(tell, later, household, alice):
    household.time_zone = "Pacific/Auckland"
    household.save()
    Channels.objects.create(
        user=alice, household=household, digest_days="weekly", digest_weekday=0, digest_hour=8
    )
    with time_machine.travel(utc("2026-11-19T12:00"), tick=False):
        tell("Rent", kind="t.later")
        tell("Power", kind="t.later")
        assert later() == []
    # Monday, 8 o'clock in Auckland is Sunday, 19 o'clock UTC.
    with time_machine.travel(utc("2026-11-22T18:59"), tick=False):
        assert later() == []
    with time_machine.travel(utc("2026-11-22T19:00"), tick=False):
        (sent,) = later()
        assert later() == []
    assert sent.subject == "Birch House: 2 things to know"
    assert "A LOOK BACK" in sent.body
