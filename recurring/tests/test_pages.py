"""The pages of bills."""

import datetime as dt

import pytest
import time_machine
from celery import current_app

from ledger.demo.household import make_demo_household
from ledger.models import Account, Transaction
from ledger.services.naming import find_or_make_payee
from ledger.services.transactions import add_transaction
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction
from recurring.demo import make_bills
from recurring.models import CalendarFeed, CardCycle, Occurrence, Series
from recurring.services.series import save_series
from recurring.tests.factories import make_series, states

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 21)
M = Occurrence.State


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Main")


@pytest.fixture
def by_bob(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def by_vera(client, vera):
    client.force_login(vera)
    return client


def typed(main, **facts) -> dict:
    return {
        "name": "Rent",
        "kind": "bill",
        "amount": "800",
        "is_fixed": "on",
        "account": main.pk,
        "starts_on": "2026-12-01",
        "every": "1",
        "repeats": "months",
        **facts,
    }


def test_the_page_begins_with_the_answer(by_bob, account):
    make_series(account, kind="income", amount=250000, starts_on=dt.date(2026, 11, 25))
    make_series(account, name="Rent", amount=-31200, starts_on=dt.date(2026, 11, 24))
    body = by_bob.get("/bills/").content.decode()
    assert "<strong>€312.00</strong> due before pay-day on 25 November, in 4 days." in body
    assert "in 3 days" in body


def test_an_empty_household_is_told_what_to_do(by_bob, household):
    body = by_bob.get("/bills/").content.decode()
    assert "No bills yet" in body
    assert "/bills/add/" in body


def test_a_bill_is_typed_with_plain_choices(by_bob, household, account):
    category = CategoryFactory(household=household)
    facts = {"payee": "Landlord", "category": category.pk, "weekend": "after", "remind_days": "3"}
    answer = by_bob.post("/bills/add/", typed(account, **facts))
    series = Series.objects.get()
    assert answer["Location"] == f"/bills/{series.pk}/"
    assert (series.amount, series.rule, series.payee.name, series.category) == (
        -80000,
        "FREQ=MONTHLY;BYMONTHDAY=1",
        "Landlord",
        category,
    )
    assert (series.weekend, series.remind_days, series.household) == ("after", 3, household)
    assert (
        b"Every month on the 1st, or the working day after"
        in by_bob.get(answer["Location"]).content
    )


@pytest.mark.parametrize(
    ("choice", "rule"),
    [
        ({"repeats": "weeks", "every": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
        ({"repeats": "last_working_day"}, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
        ({"repeats": "twice", "second_day": "15"}, "FREQ=MONTHLY;BYMONTHDAY=1,15"),
        ({"repeats": "years"}, "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1"),
        ({"repeats": "rule", "rule": "freq=monthly;byday=2FR"}, "FREQ=MONTHLY;BYDAY=2FR"),
    ],
)
def test_every_choice_makes_its_rule(by_bob, account, choice, rule):
    by_bob.post("/bills/add/", typed(account, **choice))
    assert Series.objects.get().rule == rule


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"amount": "abc"}, "is not an amount"),
        ({"amount": "0"}, "moves no money"),
        ({"name": ""}, "required"),
        ({"starts_on": "tomorrow"}, "valid date"),
        ({"every": "0"}, "greater than or equal to 1"),
        ({"repeats": "rule", "rule": "FREQ=SECONDLY"}, "DAILY, WEEKLY, MONTHLY or YEARLY"),
        ({"repeats": "twice"}, "second day"),
        ({"repeats": "hourly"}, "valid choice"),
        ({"kind": "transfer"}, "two accounts"),
        ({"account": "999999"}, "valid choice"),
        ({"ends_on": "2020-01-01"}, "ends before"),
        ({"amount_low": "900"}, "least and the most"),
        ({"notice_days": "-1"}, "greater than or equal to 0"),
    ],
)
def test_bad_input_is_named_and_makes_nothing(by_bob, account, facts, says):
    answer = by_bob.post("/bills/add/", typed(account, **facts))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Series.objects.exists()


def test_the_form_keeps_what_it_was_given_and_changes_it(by_bob, account):
    by_bob.post("/bills/add/", typed(account, repeats="last_day", every="3", note="Ask <b>Jo</b>"))
    series = Series.objects.get()
    body = by_bob.get(f"/bills/{series.pk}/edit/").content.decode()
    assert '<option value="last_day" selected' in body
    assert "Ask &lt;b&gt;Jo&lt;/b&gt;" in body
    by_bob.post(f"/bills/{series.pk}/edit/", typed(account, amount="810", repeats="last_day"))
    series.refresh_from_db()
    assert (series.amount, series.version) == (-81000, 2)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(by_bob, account):
    series = make_series(account, name="Rent")
    url = f"/bills/{series.pk}/edit/"
    seen = series.version
    assert by_bob.post(url, typed(account, name="Mine", version=seen)).status_code == 302
    answer = by_bob.post(url, typed(account, name="Theirs", version=seen))
    assert answer.status_code == 422
    assert b"in the meantime" in answer.content
    series.refresh_from_db()
    assert series.name == "Mine"


def test_a_bill_is_made_of_a_transaction(by_bob, household, account):
    payee = find_or_make_payee(household=household, name="Netflix")
    row = make_transaction(account, amount=-1799, date=dt.date(2026, 11, 5), payee=payee)
    body = by_bob.get(f"/bills/add/?transaction={row.pk}").content.decode()
    for value in ('value="Netflix"', 'value="17.99"', 'value="2026-11-05"'):
        assert value in body
    by_bob.post(
        "/bills/add/",
        typed(account, name="Netflix", payee="Netflix", amount="17.99", starts_on="2026-11-05"),
    )
    assert states(Series.objects.get())[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)


def test_another_household_s_transaction_makes_no_bill(by_bob, charlie):
    theirs = make_transaction(AccountFactory(household=charlie.memberships.get().household))
    assert by_bob.get(f"/bills/add/?transaction={theirs.pk}").status_code == 404
    assert by_bob.get("/bills/add/?transaction=x&kind=x").status_code == 200


def test_paid_enters_the_transaction_and_can_be_taken_back(by_bob, household, account):
    series = make_series(account, name="Rent", starts_on=dt.date(2026, 11, 24))
    row = series.occurrences.order_by("due_on").first()
    url = f"/bills/occurrences/{row.pk}/act/"
    answer = by_bob.post(url, {"act": "paid", "next": "/bills/"}, follow=True)
    made = Transaction.objects.get()
    assert (made.amount, made.date) == (-1000, TODAY)
    assert states(series)[row.due_on] == (M.MATCHED, made.pk)
    assert b"Undo" in answer.content
    by_bob.post(url, {"act": "paid"})
    assert Transaction.objects.count() == 1


def test_a_match_is_chosen_among_what_could_be_it(by_bob, household, account):
    series = make_series(account, starts_on=dt.date(2026, 11, 5), name="Rent")
    good = make_transaction(account, amount=-1100, date=dt.date(2026, 10, 20), description="GOOD")
    make_transaction(account, amount=1000, date=dt.date(2026, 11, 5), description="WRONG WAY")
    row = series.occurrences.order_by("due_on").first()
    body = by_bob.get(f"/bills/{series.pk}/?match={row.pk}").content.decode()
    assert "GOOD" in body
    assert "WRONG WAY" not in body
    url = f"/bills/occurrences/{row.pk}/act/"
    by_bob.post(url, {"act": "match", "transaction": good.pk})
    assert states(series)[row.due_on] == (M.MATCHED, good.pk)
    by_bob.post(url, {"act": "unmatch"})
    assert states(series)[row.due_on] == (M.MISSING, None)


def test_a_strange_transaction_is_not_matched(by_bob, account, charlie):
    theirs = make_transaction(AccountFactory(household=charlie.memberships.get().household))
    series = make_series(account, starts_on=dt.date(2026, 11, 5))
    row = series.occurrences.order_by("due_on").first()
    url = f"/bills/occurrences/{row.pk}/act/"
    for value in (theirs.pk, "", "x", "9" * 30):
        assert by_bob.post(url, {"act": "match", "transaction": value}).status_code == 404


def test_skipping_goes_back_to_where_it_came_from_and_nowhere_else(by_bob, account):
    series = make_series(account, starts_on=dt.date(2026, 11, 24))
    row = series.occurrences.order_by("due_on").first()
    url = f"/bills/occurrences/{row.pk}/act/"
    assert by_bob.post(url, {"act": "skip", "next": "/bills/"})["Location"] == "/bills/"
    for strange in ("https://example.org/bills/", "//example.org", "/bills/\n//x"):
        answer = by_bob.post(url, {"act": "unskip", "next": strange})
        assert "example.org" not in answer["Location"]


def test_suggestions_are_accepted_together_or_dismissed_one_by_one(by_bob, household, account):
    for name in ("Netflix", "Spotify"):
        payee = find_or_make_payee(household=household, name=name)
        for month in range(3, 12):
            make_transaction(account, amount=-999, date=dt.date(2026, month, 5), payee=payee)
    answer = by_bob.post("/bills/look/", follow=True)
    assert b"2 suggestions." in answer.content
    assert b"% sure" in answer.content
    spotify = Series.objects.get(name="Spotify")
    by_bob.post(f"/bills/{spotify.pk}/act/", {"act": "dismiss"})
    by_bob.post("/bills/accept/")
    assert Series.objects.get(name="Netflix").state == "active"
    spotify.refresh_from_db()
    assert spotify.state == "dismissed"


def test_a_series_is_paused_resumed_ended_and_removed(by_bob, account):
    series = make_series(account)
    url = f"/bills/{series.pk}/act/"
    for act, state in (("pause", "paused"), ("resume", "active")):
        by_bob.post(url, {"act": act})
        series.refresh_from_db()
        assert series.state == state
    answer = by_bob.post(url, {"act": "end", "on": "nonsense"}, follow=True)
    assert b"valid date" in answer.content
    by_bob.post(url, {"act": "end", "on": "2026-11-20"})
    series.refresh_from_db()
    assert series.state == "ended"
    by_bob.post(url, {"act": "delete"})
    assert not Series.objects.exists()


def test_a_viewer_reads_and_cannot_write(by_vera, account):
    series = make_series(account, starts_on=dt.date(2026, 11, 24))
    for page in ("/bills/", f"/bills/{series.pk}/", "/bills/calendar/", "/bills/subscriptions/"):
        body = by_vera.get(page).content.decode()
        assert "Bill" in body
        assert 'name="act"' not in body
    assert by_vera.get("/bills/add/").status_code == 403


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "", "x", "99999-01", "0001-01", "2026-1²"])
def test_the_calendar_shows_a_month_whatever_is_asked(by_bob, account, month):
    make_series(account, name="Rent", starts_on=dt.date(2026, 12, 5))
    answer = by_bob.get("/bills/calendar/", {"month": month})
    assert answer.status_code == 200
    assert (b"Rent" in answer.content) or month != "2026-12"


def test_subscriptions_say_what_they_cost(by_bob, account):
    make_series(account, kind="subscription", name="Netflix", amount=-1799)
    body = by_bob.get("/bills/subscriptions/").content.decode()
    assert "Your subscriptions cost <strong>€215.88</strong> a year, €17.99 a month." in body


def test_pages_ask_the_same_few_queries_however_many_bills(
    by_bob, household, account, django_assert_max_num_queries
):
    for number in range(8):
        make_series(
            account, kind="subscription", name=f"S{number}", starts_on=dt.date(2026, 11, 1 + number)
        )
    one = Series.objects.first()
    by_bob.get("/bills/")
    for page in ("/bills/", "/bills/calendar/", "/bills/subscriptions/", f"/bills/{one.pk}/"):
        with django_assert_max_num_queries(20):
            by_bob.get(page)


# Cards and the calendar's address


@pytest.fixture
def card(household):
    return AccountFactory(household=household, kind=Account.Kind.CREDIT_CARD, name="Card")


def test_a_card_s_cycle_is_set_and_forgotten(by_bob, account, card):
    make_transaction(card, amount=-8000, date=dt.date(2026, 11, 1))
    url = f"/bills/cards/{card.pk}/"
    facts = {"statement_day": "12", "due_days": "25", "pays": "full", "paid_from": account.pk}
    assert by_bob.post(url, {**facts, "statement_day": "32"}).status_code == 422
    assert by_bob.post(url, {**facts, "pays": "fixed"}).status_code == 422
    assert not CardCycle.objects.exists()
    by_bob.post(url, facts)
    assert CardCycle.objects.get().paid_from == account
    body = by_bob.get(url).content.decode()
    assert "<strong>€80.00</strong> is due on 7 December." in body
    assert "€80.00 due on 7 Dec" in by_bob.get(f"/accounts/{card.pk}/").content.decode()
    assert "Card" in by_bob.get("/bills/").content.decode()
    by_bob.post(url, {"act": "drop"})
    assert not CardCycle.objects.exists()


def test_an_account_that_is_no_card_has_no_statements(by_bob, account):
    answer = by_bob.get(f"/bills/cards/{account.pk}/")
    assert answer["Location"] == f"/accounts/{account.pk}/"


def test_the_address_is_shown_once(by_vera, household, vera):
    url = "/bills/calendar/address/"
    answer = by_vera.post(url, {"act": "make", "shows_amounts": "on"})
    feed = CalendarFeed.objects.get(user=vera)
    assert b"/bills/calendar/" in answer.content
    assert b".ics" in answer.content
    assert answer["Cache-Control"] == "no-store"
    assert b".ics" not in by_vera.get(url).content
    by_vera.post(url, {"act": "save"})
    feed.refresh_from_db()
    assert not feed.shows_amounts
    by_vera.post(url, {"act": "revoke"})
    assert not CalendarFeed.objects.exists()


# Tasks


def test_a_write_matches_by_itself(household, account, django_capture_on_commit_callbacks):
    payee = find_or_make_payee(household=household, name="Landlord")
    series = save_series(
        household=household, by=None, name="Rent", account=account, payee=payee, currency="EUR",
        amount=-1000, rule="FREQ=MONTHLY", starts_on=TODAY,
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        row = add_transaction(account=account, date=TODAY, amount=-1000, payee=payee, by=None)
    assert states(series)[TODAY] == (M.MATCHED, row.pk)


def test_time_that_passes_is_noticed_by_itself(account, django_capture_on_commit_callbacks):
    series = make_series(account, starts_on=TODAY)
    later = time_machine.travel(dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC), tick=False)
    with later, django_capture_on_commit_callbacks(execute=True):
        current_app.tasks["recurring.refresh_all"].delay()
    assert states(series)[TODAY] == (M.MISSING, None)


def test_a_household_that_is_gone_is_no_error():
    current_app.tasks["recurring.refresh"].delay(999_999)


def test_the_demo_household_has_bills(alice):
    household = make_demo_household(user=alice, today=TODAY)
    assert Series.objects.for_household(household).active().count() > 8
    count = Series.objects.for_household(household).count()
    make_bills(household, alice, TODAY)
    assert Series.objects.for_household(household).count() == count
    assert CardCycle.objects.filter(household=household).exists()


def test_a_transaction_s_page_offers_a_bill_or_names_it(by_bob, household, account):
    payee = find_or_make_payee(household=household, name="Landlord")
    row = make_transaction(account, date=TODAY, payee=payee)
    url = f"/transactions/{row.pk}/"
    offer = f"/bills/add/?transaction={row.pk}"
    assert offer in by_bob.get(url).content.decode()
    series = make_series(account, payee=payee, starts_on=TODAY, name="Rent")
    body = by_bob.get(url).content.decode()
    assert offer not in body
    assert f"/bills/{series.pk}/" in body
    assert "Rent, due on 21 Nov" in body
