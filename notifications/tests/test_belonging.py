"""Notifications go with their household and their person, and support sees no words."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

from accounts.archive import archive_file
from accounts.services.deletion import delete_household, delete_user
from notifications.models import Address, Channels, Delivery, Notification, Preference
from notifications.services.wishes import add_address, send_test

MODELS = (Notification, Delivery, Address, Channels, Preference)


@pytest.fixture
def everything(tell, household, alice, bob):
    """One of each for alice and bob, by mail and elsewhere."""
    for user in (alice, bob):
        add_address(user=user, household=household, url=f"ntfys://{user.name}-topic")
        Channels.objects.create(user=user, household=household)
        Preference.objects.create(user=user, household=household, kind="t.now", push="digest")
    tell("CANARY", url="/transactions/?q=CANARY")


def test_a_household_takes_its_notifications_along(everything, household):
    assert Delivery.objects.count() == 4
    delete_household(household)
    assert [model.objects.count() for model in MODELS] == [0] * 5


def test_a_person_takes_theirs_along(everything, alice, bob):
    delete_user(bob)
    assert [model.objects.count() for model in MODELS] == [1, 2, 1, 1, 1]
    assert Notification.objects.get().user == alice


def test_the_archive_has_them_without_addresses(everything, household):
    with archive_file(household) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        rows = {
            model: json.loads(archive.read(f"json/{model._meta.label_lower}.json"))
            for model in MODELS
        }
    assert [len(rows[model]) for model in MODELS] == [2, 4, 2, 2, 2]
    assert rows[Notification][0]["params"] == {"title": "CANARY"}
    assert "url" not in rows[Address][0]


@pytest.mark.parametrize("model", MODELS)
def test_support_sees_how_it_runs_and_no_words(everything, client, charlie, model):
    charlie.is_staff = charlie.is_superuser = True
    charlie.save()
    client.force_login(charlie)
    row = model.objects.first()
    name = f"admin:notifications_{model._meta.model_name}"
    pages = [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert b"CANARY" not in answer.content
        assert b"-topic" not in answer.content
        if isinstance(row, Address):
            assert row.url.encode() not in answer.content


def test_the_test_is_no_kind_to_choose(household, alice, client):
    send_test(user=alice, household=household)
    client.force_login(alice)
    assert b"test-mail" not in client.get(reverse("notifications:settings")).content
