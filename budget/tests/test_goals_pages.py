"""Pages of goals, and their pictures."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from budget.errors import PictureError
from budget.models import Goal
from budget.services import pictures
from budget.services.goals import delete_goal, save_goal, set_aside
from ledger.models import Account
from ledger.tests.factories import AccountFactory, CategoryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def savings(household):
    return AccountFactory(
        household=household, name="Savings", kind=Account.Kind.SAVINGS, opening_balance=500_000
    )


@pytest.fixture
def goal(savings):
    return save_goal(
        household=savings.household, name="Holiday", target=80_000, link="part", account=savings
    )


def picture_bytes(form="JPEG", size=(1600, 900), **facts) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, "teal").save(target, form, **facts)
    return target.getvalue()


def upload(content: bytes, name="beach.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def form_data(savings, **changes):
    return {
        "name": "Bike",
        "source": f"part:{savings.pk}",
        "target": "1,200.00",
        "target_on": "",
        "icon": "target",
        "colour": "cat-3",
        **changes,
    }


def test_an_empty_page_says_what_to_do(client, alice):
    client.force_login(alice)
    answer = client.get("/goals/")
    assert b"No goals yet" in answer.content
    assert reverse("budget:goal_add").encode() in answer.content


def test_the_list_begins_with_the_answer(client, alice, goal):
    set_aside(goal=goal, amount=20_000, on=goal.household.today(), by=alice)
    client.force_login(alice)
    text = client.get("/goals/").content.decode()
    assert "of 1 goal on track." in text
    assert "25 %" in text
    assert "€4,800.00" in text  # free of the account


@pytest.mark.parametrize("source", ["part", "account", "envelope", "net_worth"])
def test_a_goal_is_added_for_every_source(client, alice, savings, source):
    category = CategoryFactory(household=savings.household)
    number = {"envelope": category.pk, "net_worth": ""}.get(source, savings.pk)
    client.force_login(alice)
    chosen = f"{source}:{number}" if number else source
    answer = client.post("/goals/add/", form_data(savings, source=chosen))
    made = Goal.objects.get()
    assert answer["Location"] == f"/goals/{made.pk}/"
    assert (made.name, made.target, made.link, made.currency) == ("Bike", 120_000, source, "EUR")
    assert client.get(answer["Location"]).status_code == 200
    assert client.get(f"/goals/{made.pk}/edit/").status_code == 200


def test_the_amount_is_read_in_the_currency_of_the_account(client, alice, savings):
    yen = AccountFactory(household=savings.household, currency="JPY")
    client.force_login(alice)
    client.post("/goals/add/", form_data(savings, source=f"part:{yen.pk}", target="300000"))
    assert (Goal.objects.get().target, Goal.objects.get().currency) == (300_000, "JPY")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"target": "0"}, "target"),
        ({"target": "-5"}, "target"),
        ({"target": "much"}, "target"),
        ({"source": "part:999999"}, "source"),
        ({"source": ""}, "source"),
        ({"target_on": "2020-01-01"}, "target_on"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_input_is_told_by_its_field_and_makes_nothing(client, alice, savings, changes, field):
    client.force_login(alice)
    answer = client.post("/goals/add/", form_data(savings, **changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Goal.objects.exists()


def test_net_worth_may_aim_at_zero(client, alice, savings):
    client.force_login(alice)
    client.post("/goals/add/", form_data(savings, source="net_worth", target="0"))
    assert Goal.objects.get().target == 0


def test_a_form_that_is_sent_twice_makes_one_goal(client, alice, savings):
    client.force_login(alice)
    data = form_data(savings, submission="0f8fad5b-d9cb-469f-a165-70867728950e")
    assert (
        client.post("/goals/add/", data)["Location"] == client.post("/goals/add/", data)["Location"]
    )
    assert Goal.objects.count() == 1


def test_money_is_set_aside_and_taken_back(client, bob, goal):
    client.force_login(bob)
    url = reverse("budget:goal_entry", args=[goal.pk])
    today = goal.household.today().isoformat()
    client.post(url, {"amount": "100", "on": today, "note": "bonus", "act": "aside"})
    client.post(url, {"amount": "30.50", "on": today, "act": "back"})
    assert [entry.amount for entry in goal.entries.order_by("pk")] == [10_000, -3_050]
    answer = client.post(url, {"amount": "70", "on": today, "act": "back"})
    assert answer.status_code == 422
    assert "Only €69.50 is set aside" in answer.content.decode()
    assert client.post(url, {"amount": "1", "on": "2199-01-01"}).status_code == 422
    assert goal.entries.count() == 2


def test_a_viewer_sees_goals_and_no_buttons(client, vera, goal):
    client.force_login(vera)
    text = client.get(f"/goals/{goal.pk}/").content.decode()
    assert "Holiday" in text
    assert 'name="act"' not in text
    assert client.post(f"/goals/{goal.pk}/act/", {"act": "delete"}).status_code == 403


@pytest.mark.parametrize("act", ["pause", "resume", "archive", "restore", "up", "down", "nonsense"])
def test_every_act_leads_back_to_a_page(client, alice, goal, act):
    client.force_login(alice)
    answer = client.post(f"/goals/{goal.pk}/act/", {"act": act}, follow=True)
    assert answer.status_code == 200
    assert client.get("/goals/").status_code == 200


def test_a_picture_is_made_small_and_forgets_where_it_was_taken(client, alice, savings):
    exif = Image.Exif()
    exif[0x010F] = "CANARY camera"
    file = upload(picture_bytes(exif=exif, comment=b"CANARY comment"))
    client.force_login(alice)
    client.post("/goals/add/", form_data(savings, picture=file))
    made = Goal.objects.get()
    answer = client.get(reverse("budget:goal_picture", args=[made.pk]))
    content = b"".join(answer)
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"CANARY" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (1200, 675))
        assert not picture.getexif()


def test_a_picture_is_turned_as_the_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    small = pictures.small_picture(upload(picture_bytes(size=(400, 200), exif=exif)))
    with Image.open(small) as picture:
        assert picture.size == (200, 400)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_kinds_of_picture_are_taken(form):
    with Image.open(pictures.small_picture(upload(picture_bytes(form)))) as picture:
        assert picture.format == "WEBP"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"GIF89a" + b"0" * 60,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        picture_bytes()[:300],
        b"\x89PNG\r\n\x1a\n" + b"x" * 500,
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    ],
)
def test_what_is_no_picture_is_told_by_its_field(client, alice, savings, content):
    client.force_login(alice)
    answer = client.post("/goals/add/", form_data(savings, picture=upload(content)))
    assert answer.status_code == 422
    assert "picture" in answer.context["form"].errors
    assert not Goal.objects.exists()


def test_a_picture_of_too_many_pixels_or_bytes_is_refused(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 100)
    with pytest.raises(PictureError, match="pixels"):
        pictures.small_picture(upload(picture_bytes(size=(11, 10))))
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    with pytest.raises(PictureError, match="larger"):
        pictures.small_picture(upload(picture_bytes()))


def test_a_picture_goes_with_its_goal_and_when_another_comes(
    client, alice, savings, django_capture_on_commit_callbacks
):
    client.force_login(alice)
    client.post("/goals/add/", form_data(savings, picture=upload(picture_bytes())))
    made = Goal.objects.get()
    storage, first = made.picture.storage, made.picture.name
    with django_capture_on_commit_callbacks(execute=True):
        data = form_data(savings, picture=upload(picture_bytes("PNG")))
        client.post(f"/goals/{made.pk}/edit/", data)
    made.refresh_from_db()
    second = made.picture.name
    assert not storage.exists(first)
    assert storage.exists(second)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/goals/{made.pk}/edit/", form_data(savings, no_picture="on"))
    made.refresh_from_db()
    assert not made.picture
    assert not storage.exists(second)
    with django_capture_on_commit_callbacks(execute=True):
        delete_goal(goal=made)


def test_a_picture_is_its_households_alone(client, alice, charlie, savings):
    client.force_login(alice)
    client.post("/goals/add/", form_data(savings, picture=upload(picture_bytes())))
    client.force_login(charlie)
    assert client.get(f"/goals/{Goal.objects.get().pk}/picture/").status_code == 404


def test_the_account_says_what_of_it_is_set_aside(client, alice, goal):
    client.force_login(alice)
    url = reverse("ledger:account_detail", args=[goal.account_id])
    assert "set aside for" not in client.get(url).content.decode()
    set_aside(goal=goal, amount=20_000, on=goal.household.today(), by=alice)
    assert "€200.00 set aside for a goal" in client.get(url).content.decode()
