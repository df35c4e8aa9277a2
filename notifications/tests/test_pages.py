"""The bell, the list and the settings: each person's own."""

import datetime as dt

import pytest
from django.urls import reverse

from core.vault import unseal
from notifications.models import Address, Channels, Delivery, Notification, Preference

LIST, NEWEST = reverse("notifications:list"), reverse("notifications:newest")
SETTINGS = reverse("notifications:settings")


@pytest.fixture
def answers():
    """What the settings' form holds, when nothing was changed."""
    return {
        "digest_days": "daily",
        "digest_weekday": "0",
        "digest_hour": "7",
        "quiet_from": "",
        "quiet_until": "",
        **{f"{code}-in_app": "on" for code in ("t.now", "t.later", "t.push")},
        **{"t.now-mail": "now", "t.later-mail": "digest", "t.push-mail": "off"},
    }


@pytest.fixture
def signed_in(client):
    def act(user):
        client.force_login(user)
        return client

    return act


def open_url(key: str, user) -> str:
    return reverse("notifications:open", args=[Notification.objects.get(key=key, user=user).pk])


def test_the_bell_counts_what_is_new(tell, signed_in, alice, bob):
    page = signed_in(alice).get(LIST).content.decode()
    assert "bell-count" not in page
    tell("Rent")
    tell("Power", users=[bob])
    page = signed_in(alice).get(reverse("accounts:profile")).content.decode()
    assert "1 new notification<" in page
    signed_in(alice).post(open_url("t.now:Rent", alice))
    assert "bell-count" not in signed_in(alice).get(LIST).content.decode()


def test_opening_marks_as_read_and_leads_there(tell, signed_in, alice, bob):
    tell("Rent", url="/transactions/?q=Rent")
    answer = signed_in(alice).post(open_url("t.now:Rent", alice))
    assert (answer.status_code, answer.url) == (302, "/transactions/?q=Rent")
    assert Notification.objects.get(user=alice).read_at
    assert not Notification.objects.get(user=bob).read_at


def test_all_are_marked_as_read_at_once(tell, signed_in, alice, bob):
    tell("Rent")
    tell("Power")
    signed_in(alice).post(reverse("notifications:read_all"))
    assert not Notification.objects.filter(user=alice, read_at=None).exists()
    assert Notification.objects.filter(user=bob, read_at=None).count() == 2


def test_nobody_sees_or_touches_anothers(tell, signed_in, household, alice, bob, charlie):
    tell("Rent", users=[alice])
    address = Address.objects.create(user=alice, household=household, service="x", schema="x")
    for person in (bob, charlie):
        client = signed_in(person)
        for url in (LIST, NEWEST):
            assert b"Rent" not in client.get(url).content
        assert b"x://" not in client.get(SETTINGS).content
        assert client.post(open_url("t.now:Rent", alice)).status_code == 404
        remove = reverse("notifications:address_remove", args=[address.pk])
        assert client.post(remove).status_code == 404
        client.post(reverse("notifications:read_all"))
    assert Notification.objects.get().read_at is None


def test_a_person_of_two_households_sees_the_one_that_is_open(
    tell, signed_in, household, alice, charlie
):
    other = charlie.memberships.get().household
    other.memberships.create(user=alice)
    tell("Rent", users=[alice])
    client = signed_in(alice)
    assert b"Rent" in client.get(LIST).content
    client.post(reverse("accounts:household_switch"), {"household": other.pk})
    assert b"Rent" not in client.get(LIST).content
    assert client.post(open_url("t.now:Rent", alice)).status_code == 404


def test_the_unread_come_first_and_pages_hold_fifty(tell, signed_in, alice):
    for number in range(52):
        tell(f"Thing {number}.")
    Notification.objects.filter(key="t.now:Thing 51.").update(read_at=dt.datetime.now(dt.UTC))
    first = signed_in(alice).get(LIST).content.decode()
    assert "Thing 50." in first
    assert "Thing 51." not in first
    second = signed_in(alice).get(LIST + "?page=2").content.decode()
    assert second.index("Thing 0.") < second.index("Thing 51.")


def test_the_bells_menu_has_the_newest_five(tell, signed_in, alice):
    for number in range(6):
        tell(f"Thing {number}.")
    menu = signed_in(alice).get(NEWEST, headers={"HX-Request": "true"}).content.decode()
    assert [f"Thing {n}." in menu for n in range(6)] == [False] + [True] * 5
    assert "Needs you" in menu


@pytest.mark.parametrize("count", [1, 45])
def test_the_list_asks_as_much_at_any_length(
    tell, signed_in, alice, count, django_assert_max_num_queries
):
    for number in range(count):
        tell(f"Thing {number}.")
    client = signed_in(alice)
    client.get(LIST)
    with django_assert_max_num_queries(7):
        client.get(LIST)


@pytest.mark.parametrize("person", ["alice", "vera"])
def test_everybody_chooses_for_themselves(tell, signed_in, household, answers, person, request):
    user = request.getfixturevalue(person)
    changed = {**answers, "t.now-mail": "off", "quiet_from": "22:00", "quiet_until": "07:00"}
    del changed["t.later-in_app"]
    assert signed_in(user).post(SETTINGS, changed).status_code == 302
    wishes = {one.kind: one for one in Preference.objects.filter(user=user, household=household)}
    assert (wishes["t.now"].mail, wishes["t.now"].in_app) == ("off", True)
    assert wishes["t.later"].in_app is False
    assert Channels.objects.get().quiet_until == dt.time(7)
    shown = signed_in(user).get(SETTINGS).content.decode()
    assert 'value="22:00"' in shown


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quiet_from": "22:00"}, "Quiet hours need a beginning and an end."),
        ({"quiet_from": "08:00", "quiet_until": "08:00"}, "are never"),
        ({"quiet_from": "25:99"}, "Enter a valid time."),
        ({"digest_hour": "24"}, "Select a valid choice"),
        ({"digest_weekday": "x"}, "Select a valid choice"),
        ({"t.now-mail": "always"}, "Select a valid choice"),
    ],
)
def test_bad_answers_are_explained_and_change_nothing(signed_in, alice, answers, wrong, says):
    answer = signed_in(alice).post(SETTINGS, {**answers, **wrong})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Preference.objects.exists()
    assert not Channels.objects.exists()


def test_what_waits_follows_new_choices(tell, signed_in, alice, bob, answers, later):
    tell("Rent", kind="t.later")
    tell("Power", kind="t.now", users=[bob])
    signed_in(alice).post(SETTINGS, {**answers, "t.later-mail": "off"})
    signed_in(bob).post(SETTINGS, {**answers, "digest_hour": "12"})
    states = dict(
        Delivery.objects.filter(in_digest=True).values_list("notification__user", "state")
    )
    assert states == {alice.pk: "dropped", bob.pk: "waiting"}
    due = Delivery.objects.get(in_digest=True, notification__user=bob).due_at
    assert due.astimezone(dt.timezone(dt.timedelta(hours=1))).hour in (12, 11)


def test_an_address_is_added_shown_masked_and_removed(signed_in, alice, answers):
    client = signed_in(alice)
    url = "ntfys://my-secret-topic"
    client.post(reverse("notifications:address_add"), {"url": url})
    address = Address.objects.get()
    assert unseal(address.url) == url
    page = client.get(SETTINGS).content.decode()
    assert "ntfys://…" in page
    assert "my-secret" not in page
    assert "t.now-push" in page
    client.post(
        SETTINGS, {**answers, **{f"t.{n}-push": "digest" for n in ("now", "later", "push")}}
    )
    assert set(Preference.objects.values_list("push", flat=True)) == {"digest"}
    client.post(reverse("notifications:address_remove", args=[address.pk]))
    assert not Address.objects.exists()


def test_a_wrong_address_is_explained_and_not_shown_again(signed_in, alice):
    answer = signed_in(alice).post(
        reverse("notifications:address_add"), {"url": "json://127.0.0.1/secret"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "not an address that can be reached from here" in page
    assert "secret" not in page


def test_tests_are_limited(signed_in, alice):
    client = signed_in(alice)
    for _time in range(11):
        client.post(reverse("notifications:test"))
    assert Notification.objects.filter(kind="test").count() == 10
    assert "too often" in client.get(SETTINGS).content.decode()
