"""Everybody is told once, of what they want to hear of."""

import threading

import pytest
from django.core import mail
from django.db import connection, connections

from accounts.models import Role
from notifications.models import Delivery, Notification, Preference
from notifications.services.notify import notify


def test_every_member_is_told_once_however_often_it_is_said(tell, household, alice, bob, vera):
    assert [tell() for _time in range(3)] == [3, 0, 0]
    assert sorted(one.to[0] for one in mail.outbox) == [
        *("alice@example.org", "bob@example.org", "vera@example.org")
    ]
    assert Notification.objects.filter(household=household).count() == 3
    assert tell("Rent") == 3


def test_who_was_told_costs_one_query(tell, household, alice, bob, django_assert_num_queries):
    tell()
    with django_assert_num_queries(1):
        notify(household=household, kind="t.now", key="t.now:Groceries", params={})


def test_a_matter_is_one_households_own(tell, household, alice, charlie):
    theirs = charlie.memberships.get().household
    assert tell(key="one") == 1
    assert notify(household=theirs, kind="t.now", key="one", params={"title": "x"}) == 1
    assert not Notification.objects.filter(user=charlie, household=household).exists()


def test_only_the_named_roles_and_users_are_told(tell, alice, bob, vera, charlie):
    assert tell("a", roles=[Role.OWNER]) == 1
    assert tell("b", roles=[Role.OWNER, Role.EDITOR], users=[bob, vera, charlie]) == 1
    assert tell("c", users=[charlie]) == tell("d", users=[]) == 0
    assert set(Notification.objects.values_list("user__name", "key")) == {
        *(("Alice", "t.now:a"), ("Bob", "t.now:b"))
    }


def test_who_may_not_sign_in_is_not_told(tell, alice):
    alice.is_active = False
    alice.save()
    assert tell() == 0


def test_who_comes_later_is_told_then(tell, alice, request):
    assert tell() == 1
    request.getfixturevalue("bob")
    assert tell() == 1


def test_a_kind_that_is_off_everywhere_says_nothing_and_stays_untold(tell, household, alice):
    wish = Preference.objects.create(
        user=alice, household=household, kind="t.now", in_app=False, mail="off", push="off"
    )
    assert tell() == 0
    wish.delete()
    assert tell() == 0
    assert not mail.outbox
    assert not Notification.objects.for_person(alice, household).exists()
    assert tell("Rent") == 1


def test_mail_alone_can_be_off(tell, household, alice):
    Preference.objects.create(user=alice, household=household, kind="t.now", mail="off")
    assert tell() == 1
    assert not mail.outbox
    assert Notification.objects.for_person(alice, household).unread().count() == 1


def test_the_app_alone_can_be_off(tell, household, alice):
    Preference.objects.create(user=alice, household=household, kind="t.now", in_app=False)
    assert tell() == 1
    assert len(mail.outbox) == 1
    assert not Notification.objects.for_person(alice, household).exists()


def test_nothing_leaves_when_the_work_that_told_of_it_is_rolled_back(household, alice):
    from django.db.transaction import atomic, set_rollback

    with atomic():
        notify(household=household, kind="t.now", key="k", params={"title": "x"})
        set_rollback(True)
    assert not mail.outbox
    assert not Notification.objects.exists()


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "budget/"])
def test_a_notification_leads_nowhere_else(household, alice, url):
    with pytest.raises(ValueError, match="k"):
        notify(household=household, kind="t.now", key="k", params={}, url=url)


def test_unknown_kinds_and_endless_keys_are_mistakes(household, alice):
    with pytest.raises(KeyError):
        notify(household=household, kind="t.nothing", key="k", params={})
    with pytest.raises(ValueError, match="k"):
        notify(household=household, kind="t.now", key="k" * 121, params={})


@pytest.mark.server
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" in str(connection.settings_dict["ENGINE"]), reason="one writer")
def test_eight_at_once_tell_once(household, alice, bob):
    told = []
    start = threading.Barrier(8)

    def work():
        start.wait()
        told.append(notify(household=household, kind="t.now", key="same", params={"title": "Rent"}))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert sum(told) == 2
    assert sorted(one.to[0] for one in mail.outbox) == ["alice@example.org", "bob@example.org"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
