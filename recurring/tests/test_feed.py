"""The calendar's secret address."""

import datetime as dt
import logging

import pytest
import time_machine
from icalendar import Calendar

from accounts.models import Membership
from ledger.tests.factories import AccountFactory
from recurring.models import CalendarFeed, Occurrence
from recurring.services.feeds import MOST_MISSES, make_feed, revoke_feed, show_amounts
from recurring.services.refresh import refresh
from recurring.services.series import save_series
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


@pytest.fixture
def token(household, alice):
    return make_feed(household=household, user=alice, shows_amounts=True)


def read(client, token):
    return client.get(f"/bills/calendar/{token}.ics")


def events(client, token) -> list:
    answer = read(client, token)
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_calendar_reads_what_is_due_for_a_year(client, account, token):
    series = make_series(account, name="Rent", amount=-80000, starts_on=dt.date(2026, 11, 5))
    found = events(client, token)
    days = [event.decoded("dtstart") for event in found]
    assert days[0] == dt.date(2026, 11, 5)
    assert days[-1] == dt.date(2027, 11, 5)
    assert len(days) == 13
    first = found[0]
    assert str(first["summary"]) == "Rent · €800.00"
    assert first.decoded("dtend") == dt.date(2026, 11, 6)
    assert first["dtstart"].params["VALUE"] == "DATE"
    assert first["transp"] == "TRANSPARENT"
    assert str(first["url"]).endswith(f"/bills/{series.pk}/")


def test_an_event_keeps_its_name_when_its_day_moves(client, household, account, token):
    series = make_series(account, starts_on=dt.date(2026, 12, 5))
    before = {str(event["uid"]): event.decoded("dtstart") for event in events(client, token)}
    save_series(household=household, by=None, series=series, weekend="before")
    after = {str(event["uid"]): event.decoded("dtstart") for event in events(client, token)}
    assert before.keys() == after.keys()
    assert before != after
    assert len(before) == len(events(client, token))


def test_hostile_names_are_text_and_lines_are_folded(client, household, account, token):
    evil = "Rent\r\nEND:VCALENDAR\nX-EVIL:1;,\\ \u202e" + "ä" * 60
    make_series(account, name=evil, starts_on=dt.date(2026, 11, 5))
    household.name = "House\r\nATTACH:http://example.org"
    household.save()
    answer = read(client, token)
    lines = answer.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(line.startswith((b"X-EVIL", b"ATTACH")) for line in lines)
    assert lines.count(b"END:VCALENDAR") == 1
    [first, *_] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert "X-EVIL:1;,\\" in str(first["summary"])


def test_amounts_can_be_left_out(client, household, alice, account, token):
    make_series(account, name="Rent", amount=-80000, starts_on=dt.date(2026, 11, 5))
    show_amounts(household=household, user=alice, shows_amounts=False)
    assert "€".encode() not in read(client, token).content


def test_what_is_skipped_or_paused_is_no_event(client, household, account, token):
    series = make_series(account, starts_on=dt.date(2026, 12, 5))
    Occurrence.objects.filter(due_on=dt.date(2027, 1, 5)).update(state="skipped")
    assert dt.date(2027, 1, 5) not in [e.decoded("dtstart") for e in events(client, token)]
    series.state = "paused"
    series.save()
    assert events(client, token) == []


def test_only_the_hash_is_kept(token):
    feed = CalendarFeed.objects.get()
    assert token not in str(feed.__dict__)
    assert len(token) == 43, "256 bits"


def test_a_new_address_stops_the_old_one(client, household, alice, token):
    newer = make_feed(household=household, user=alice, shows_amounts=True)
    assert read(client, token).status_code == 404
    assert read(client, newer).status_code == 200
    revoke_feed(household=household, user=alice)
    assert read(client, newer).status_code == 404


def test_it_stops_when_the_person_leaves_or_is_switched_off(client, household, alice, token):
    alice.is_active = False
    alice.save()
    assert read(client, token).status_code == 404
    alice.is_active = True
    alice.save()
    assert read(client, token).status_code == 200
    Membership.objects.filter(user=alice).delete()
    assert read(client, token).status_code == 404


def test_it_shows_its_own_household_only(client, charlie, account, token):
    theirs = AccountFactory(household=charlie.memberships.get().household)
    make_series(theirs, name="Secret", starts_on=dt.date(2026, 11, 5))
    assert b"Secret" not in read(client, token).content


def test_it_says_when_it_was_read_but_not_at_every_look(client, token):
    read(client, token)
    first = CalendarFeed.objects.get().read_at
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC), tick=False):
        read(client, token)
    assert CalendarFeed.objects.get().read_at == first is not None


def test_it_is_kept_by_no_shared_cache_and_opens_no_session(client, token):
    answer = read(client, token)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies


def test_guessing_is_limited_and_reading_too(client, token):
    for _ in range(MOST_MISSES):
        assert read(client, "nonsense").status_code == 404
    assert read(client, "nonsense").status_code == 429
    assert read(client, token).status_code == 200


def test_nothing_of_the_address_is_logged(client, token, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    read(client, token)

    def broken(*args, **facts):
        raise RuntimeError(token)

    monkeypatch.setattr("recurring.views.feed.bills_calendar", broken)
    client.raise_request_exception = False
    assert read(client, token).status_code == 503
    said = "\n".join(
        record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR
    )
    assert "RuntimeError" in said
    assert token not in said + caplog.text


def test_reading_asks_few_queries(client, household, account, token, django_assert_max_num_queries):
    for _ in range(5):
        make_series(account, starts_on=dt.date(2026, 11, 5))
    refresh(household=household, today=TODAY)
    read(client, token)
    with django_assert_max_num_queries(18):  # limits count in the database's cache here
        read(client, token)
