"""Who gets in, how often one may try, and what ends a session (accounts and allauth together)."""

import re
import time

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client

from accounts.models import Household, Role, User
from accounts.services.households import invite, remove_member
from accounts.tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "another horse and its battery"


@pytest.fixture
def dana():
    user = UserFactory(name="Dana", email="dana@example.org")
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    MembershipFactory(user=user, role=Role.OWNER)
    return user


@pytest.fixture
def secret(dana):
    """Dana's second factor."""
    made = totp.generate_totp_secret()
    totp.TOTP.activate(dana, made)
    return made


def code_of(secret: str, step: int = 0) -> str:
    counter = int(time.time()) // 30 + step
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def sign_in(client, password=PASSWORD, email="dana@example.org", **more):
    return client.post("/auth/login/", {"login": email, "password": password, **more})


def is_in(client) -> bool:
    return client.get("/profile/").status_code == 200


def reset_link(email="dana@example.org") -> str:
    """Ask for a new password; the path of the link that was mailed."""
    Client().post("/auth/password/reset/", {"email": email})
    return re.search(r"/auth/password/reset/key/\S+", mail.outbox[-1].body)[0]


def follow(client, link: str, password=NEW):
    page = client.get(link, follow=True)
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})


# --- Limits -----------------------------------------------------------------------------------


def test_one_account_is_tried_five_times_in_five_minutes_from_wherever(dana):
    tried = 0
    for number in range(40):
        answer = sign_in(Client(REMOTE_ADDR=f"198.51.100.{number % 50}"), password="wrong")
        tried += b"not correct" in answer.content
    assert tried <= 5
    assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code != 302


def test_a_wrong_second_factor_is_tried_ten_times_at_most(dana, secret):
    client = Client()
    sign_in(client)
    tried = 0
    for _number in range(30):
        answer = client.post("/auth/2fa/authenticate/", {"code": "000000"})
        tried += b"Incorrect code" in answer.content
    assert tried <= 10
    client.post("/auth/2fa/authenticate/", {"code": code_of(secret)})
    assert not is_in(client)


@pytest.mark.parametrize("path", ["/auth/password/reset/", "/auth/signup/"])
def test_mails_cannot_be_ordered_without_end(dana, path):
    for number in range(60):
        form = {"email": "dana@example.org", "name": "D", "password1": PASSWORD}
        Client(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").post(path, form)
    assert len(mail.outbox) <= 20


# --- The second factor ------------------------------------------------------------------------


def test_a_password_alone_opens_nothing(dana, secret):
    client = Client()
    assert "2fa" in sign_in(client)["Location"]
    for path in ("/", "/profile/", "/transactions/", "/auth/2fa/", "/auth/email/", "/admin/"):
        assert client.get(path).status_code in (302, 404), path
    client.post("/auth/2fa/authenticate/", {"code": code_of(secret)})
    assert is_in(client)


def test_a_code_works_once(dana, secret):
    code = code_of(secret)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
        client.post("/auth/2fa/authenticate/", {"code": code})
    assert is_in(first)
    assert not is_in(second)


def test_a_recovery_code_works_once(dana, secret):
    RecoveryCodes.activate(dana)
    code = RecoveryCodes(dana.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client)
        client.post("/auth/2fa/authenticate/", {"code": code})
    assert is_in(first)
    assert not is_in(second)


def test_a_new_password_does_not_go_round_the_second_factor(dana, secret):
    client = Client()
    follow(client, reset_link())
    assert not is_in(client)
    assert "2fa" in sign_in(client, password=NEW)["Location"]


def test_an_invitation_does_not_go_round_the_second_factor(
    dana, secret, household, alice, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invite(household=household, email=dana.email, role=Role.VIEWER, by=alice)
    link = re.search(r"/invitations/\S+", mail.outbox[-1].body)[0]
    client = Client()
    client.get(link, follow=True)
    sign_in(client)
    client.post(link)
    assert not household.memberships.filter(user=dana).exists()


def test_the_admins_own_login_is_allauths(dana, secret):
    User.objects.update(is_staff=True, is_superuser=True)
    client = Client()
    answer = client.post(
        "/admin/login/?next=/admin/", {"username": dana.email, "password": PASSWORD}
    )
    assert answer.status_code in (302, 404)
    assert client.get("/admin/").status_code == 302


# --- Links in mails ---------------------------------------------------------------------------


def test_a_link_for_a_new_password_works_once(dana):
    link = reset_link()
    assert follow(Client(), link).status_code == 302
    assert sign_in(Client(), password=NEW).status_code == 302
    follow(Client(), link, password=PASSWORD)
    dana.refresh_from_db()
    assert dana.check_password(NEW)


@pytest.mark.parametrize("what", ["password", "address", "hour"])
def test_a_link_dies_with_what_it_was_made_for(dana, what):
    with time_machine.travel(time.time(), tick=True) as clock:
        link = reset_link()
        if what == "password":
            dana.set_password("changed meanwhile, elsewhere")
            dana.save()
        elif what == "address":
            dana.emailaddress_set.update(email="moved@example.org")
            User.objects.update(email="moved@example.org")
        else:
            clock.shift(3601)
        follow(Client(), link)
    dana.refresh_from_db()
    assert not dana.check_password(NEW)


def test_a_look_alike_address_gets_no_mail_of_mine(dana):
    for email in ("dana@exampĺe.org", "ｄana@example.org", "DANA@EXAMPLE.ORG"):
        Client().post("/auth/password/reset/", {"email": email})
    assert {tuple(one.to) for one in mail.outbox if "reset/key" in one.body} <= {
        ("dana@example.org",)
    }


def test_links_lead_to_this_site_whatever_host_was_asked(dana, settings):
    settings.ALLOWED_HOSTS = ["*"]
    Client(HTTP_HOST="evil.example").post("/auth/password/reset/", {"email": dana.email})
    assert "evil.example" not in mail.outbox[-1].body


# --- Sessions ---------------------------------------------------------------------------------


def test_signing_in_changes_the_session_id(dana):
    client = Client()
    client.get("/auth/login/")
    client.session["x"] = 1
    client.session.save()
    before = client.session.session_key
    sign_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize(("remember", "hours", "still"), [
    (False, 0.9, True), (False, 1.1, False), (True, 1.1, True), (True, 24 * 15, False),
])  # fmt: skip
def test_who_is_away_too_long_signs_in_again(dana, remember, hours, still):
    client = Client()
    with time_machine.travel(time.time(), tick=True) as clock:
        sign_in(client, **({"remember": "on"} if remember else {}))
        assert is_in(client)
        clock.shift(hours * 3600)
        assert is_in(client) is still


def test_a_busy_session_ends_after_a_day(dana):
    client = Client()
    with time_machine.travel(time.time(), tick=True) as clock:
        sign_in(client)
        hours = 0
        while is_in(client):
            clock.shift(30 * 60)
            hours += 0.5
    assert 24 <= hours <= 25


def test_signing_out_the_others_leaves_only_this_one(dana):
    mine, other = Client(), Client()
    for client in (mine, other):
        sign_in(client)
        client.get("/")
    mine.post("/auth/sessions/")
    assert is_in(mine)
    assert not is_in(other)


def test_who_is_deactivated_or_removed_sees_nothing_at_the_next_request(dana, household, alice):
    MembershipFactory(household=household, user=dana, role=Role.EDITOR)
    User.objects.filter(pk=dana.pk).update(last_household_id=household.pk)
    client = Client()
    sign_in(client)
    client.get("/")
    remove_member(membership=household.memberships.get(user=dana), by=alice)
    assert household.name.encode() not in client.get("/profile/").content
    User.objects.filter(pk=dana.pk).update(is_active=False)
    assert not is_in(client)
    assert Household.objects.count() == 2


# --- No hints ---------------------------------------------------------------------------------


def _same(answer) -> tuple:
    text = re.sub(rb'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', b"", answer.content)
    return answer.status_code, answer.get("Location"), re.sub(rb"[\w.+-]+@example\.org", b"", text)


def test_login_and_reset_say_the_same_of_known_and_unknown_addresses(dana, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    for path, form in (
        ("/auth/login/", {"password": "wrong wrong wrong"}),
        ("/auth/password/reset/", {}),
    ):
        field = "login" if "login" in path else "email"
        known, unknown = (
            Client().post(path, {**form, field: email})
            for email in ("dana@example.org", "nobody@example.org")
        )
        assert _same(known) == _same(unknown), path


def test_login_takes_as_long_for_an_unknown_address(dana):
    """The hash is computed either way; counted, because a clock in a test would lie."""
    from unittest.mock import patch

    from django.contrib.auth.hashers import get_hasher

    hasher = type(get_hasher())
    counts = []
    for email in ("dana@example.org", "nobody@example.org"):
        with patch.object(hasher, "encode", autospec=True, side_effect=hasher.encode) as encode, \
             patch.object(hasher, "verify", autospec=True, side_effect=hasher.verify) as verify:  # fmt: skip
            sign_in(Client(), password="wrong wrong wrong", email=email)
            counts.append(bool(encode.call_count or verify.call_count))
    assert counts == [True, True]
