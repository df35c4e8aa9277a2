import datetime as dt
import io
import json
import re
import zipfile

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.archive import write_archive
from accounts.errors import InvitationError, LastOwnerError
from accounts.first_run import setup_token
from accounts.models import AuditEvent, Household, Membership, Role, User
from accounts.services import deletion
from accounts.services.households import (
    accept_invitation,
    change_role,
    find_invitation,
    invite,
    remove_member,
)
from accounts.tests.factories import PASSWORD
from ledger.models import Account, Transaction
from ledger.tests.factories import AccountFactory, make_transaction

SIGN_UP = {"name": "Dana", "email": "dana@example.org", "password1": PASSWORD}


def signed_up(client, **more):
    return client.post("/auth/signup/", {**SIGN_UP, **more})


def test_sign_up_leads_to_the_welcome_and_a_household(client, db):
    assert signed_up(client)["Location"] == "/"
    assert client.get("/")["Location"] == "/welcome/"
    form = {
        "name": "Ours",
        "base_currency": "GBP",
        "time_zone": "Europe/London",
        "first_month_day": 25,
    }
    client.post("/welcome/", form)
    client.post(
        "/welcome/",
        {
            "starter": "on",
            "account_name": "Main",
            "kind": "current",
            "currency": "GBP",
            "balance": "12.00",
        },
    )
    household = Household.objects.get()
    assert (household.first_month_day, household.memberships.get().role) == (25, Role.OWNER)
    assert Account.objects.get().opening_balance == 1200
    assert client.get("/").status_code == 200


def test_signing_up_again_gives_no_hint(client, db, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # as on a server
    signed_up(client)
    client.logout()
    known, unknown = signed_up(client), signed_up(client, email="new@example.org")
    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"]
    for path in ("/auth/password/reset/",):
        answers = [
            client.post(path, {"email": email}) for email in ("dana@example.org", "no@example.org")
        ]
        assert answers[0].status_code == answers[1].status_code == 302
        assert answers[0]["Location"] == answers[1]["Location"]


def test_sign_in_is_limited_whatever_the_proxy_header_says(client, db):
    signed_up(client)
    client.logout()
    for number in range(8):
        client.post(
            "/auth/login/",
            {"login": "dana@example.org", "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        )
    answer = client.post("/auth/login/", {"login": "dana@example.org", "password": PASSWORD})
    assert answer.status_code != 302


def test_the_first_person_on_a_server_needs_the_token(client, db, settings):
    settings.EMBEDDED = False
    settings.SIGNUP_OPEN = False
    assert signed_up(client, setup_token="guess").status_code == 200
    assert not User.objects.exists()
    signed_up(client, setup_token=setup_token())
    assert User.objects.count() == 1
    client.logout()
    assert (
        b"Sign Up Closed" in client.get("/auth/signup/").content
        or signed_up(client, email="b@example.org").status_code == 200
    )
    assert User.objects.count() == 1


def test_an_invitation_works_once_for_its_address(
    household, alice, charlie, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invite(household=household, email=charlie.email, role=Role.VIEWER, by=alice)
    token = re.search(r"/invitations/([\w-]+)/", mail.outbox[-1].body)[1]
    invitation = find_invitation(token)
    with pytest.raises(InvitationError):
        accept_invitation(invitation=invitation, user=alice)
    accept_invitation(invitation=invitation, user=charlie)
    assert Membership.objects.get(household=household, user=charlie).role == Role.VIEWER
    with pytest.raises(InvitationError):
        find_invitation(token)


def test_an_expired_invitation_is_refused(household, alice, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invite(household=household, email="x@example.org", role=Role.VIEWER, by=alice)
    token = re.search(r"/invitations/([\w-]+)/", mail.outbox[-1].body)[1]
    household.invitations.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(InvitationError):
        find_invitation(token)


def test_the_last_owner_stays(household, alice):
    membership = alice.memberships.get()
    with pytest.raises(LastOwnerError):
        change_role(membership=membership, role=Role.VIEWER, by=alice)
    with pytest.raises(LastOwnerError):
        remove_member(membership=membership, by=alice)


def test_who_was_removed_sees_nothing_at_the_next_request(client, household, alice, bob):
    client.force_login(bob)
    assert client.get("/transactions/").status_code == 200
    remove_member(membership=bob.memberships.get(), by=alice)
    assert client.get("/transactions/")["Location"] == "/welcome/"


def test_the_archive_has_everything_and_no_secret(household, alice):
    account = AccountFactory(household=household)
    make_transaction(account, by=alice, description="=SUM(A1)")
    target = io.BytesIO()
    manifest = write_archive(household, target)
    archive = zipfile.ZipFile(target)
    rows = json.loads(archive.read("json/ledger.transaction.json"))
    assert [row["amount"] for row in rows] == [-1000]
    assert manifest["tables"]["ledger.transaction"] == 1
    assert b"'=SUM" in archive.read("csv/transactions.csv")
    assert b"token_hash" not in archive.read("json/accounts.invitation.json")


def test_a_household_is_deleted_after_its_grace_and_leaves_others_alone(household, alice, charlie):
    make_transaction(AccountFactory(household=household), by=alice)
    other = make_transaction(AccountFactory(household=charlie.memberships.get().household))
    deletion.request_household_deletion(household=household, by=alice)
    assert deletion.carry_out(timezone.now()) == 0
    assert deletion.carry_out(timezone.now() + dt.timedelta(days=15)) == 1
    assert not Household.objects.filter(pk=household.pk).exists()
    assert list(Transaction.objects.all()) == [other]


def test_a_person_takes_along_what_only_they_have(household, alice, bob):
    with pytest.raises(LastOwnerError):
        deletion.request_user_deletion(user=alice)
    deletion.request_user_deletion(user=bob)
    deletion.carry_out(timezone.now() + dt.timedelta(days=15))
    assert not User.objects.filter(pk=bob.pk).exists()
    assert Household.objects.filter(pk=household.pk).exists()


@pytest.mark.parametrize("path", ["/", "/auth/login/", "/nothing/", "/healthz", "/admin/"])
def test_every_answer_carries_the_policies(client, db, path):
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cache-Control"] == "no-store" or "no-cache" in answer["Cache-Control"]


def test_a_404_repeats_nothing_of_the_address(client, db):
    assert b"your-bank-is-closed" not in client.get("/your-bank-is-closed/").content


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "%0d%0aLocation:x",
        "http:evil.example",
        "\x00//evil.example",
        "///evil.example",
    ],
)
def test_next_never_leaves_the_site(client, db, target):
    signed_up(client)
    client.logout()
    answer = client.post(
        "/auth/login/", {"login": "dana@example.org", "password": PASSWORD, "next": target}
    )
    assert "evil" not in answer.get("Location", "")


def test_a_foreign_host_is_refused(client, db):
    assert client.get("/auth/login/", headers={"host": "evil.example"}).status_code == 400


def test_a_huge_upload_is_refused_by_its_length(client, household, alice):
    client.force_login(alice)
    answer = client.post(
        "/imports/new/",
        b"",
        content_type="multipart/form-data; boundary=x",
        headers={"content-length": str(100 * 1024 * 1024)},
        CONTENT_LENGTH=100 * 1024 * 1024,
    )
    assert answer.status_code == 413


def test_support_sees_no_amount_without_a_grant_and_is_seen(
    client, household, alice, django_user_model
):
    row = make_transaction(
        AccountFactory(household=household), by=alice, amount=-123456, description="SECRET SHOP"
    )
    staff = django_user_model.objects.create_superuser("staff@example.org", "x" * 20, name="Staff")
    client.force_login(staff)
    pages = [
        f"/admin/ledger/transaction/{row.pk}/change/",
        "/admin/ledger/transaction/",
        "/admin/ledger/transaction/?description__startswith=SECRET",
    ]
    for page in pages:
        body = client.get(page, follow=True).content
        assert b"123456" not in body
        assert b"SECRET SHOP" not in body
    assert AuditEvent.objects.filter(household=household, by_staff=True).count() == 1
    client.force_login(alice)
    client.post("/household/support/grant/", {"hours": 1})
    client.force_login(staff)
    assert b"SECRET SHOP" in client.get(pages[0]).content
    client.force_login(alice)
    assert b"looked at" in client.get("/household/audit/").content


def test_staff_need_a_second_factor_on_a_server(client, django_user_model, settings):
    settings.STAFF_REQUIRE_MFA = True
    staff = django_user_model.objects.create_superuser("staff@example.org", "x" * 20, name="Staff")
    client.force_login(staff)
    assert client.get("/admin/")["Location"] == "/auth/2fa/"


def test_a_new_password_ends_the_other_sessions(client, db):
    signed_up(client)
    other = Client()
    other.post("/auth/login/", {"login": "dana@example.org", "password": PASSWORD})
    assert other.get("/profile/").status_code == 200
    new = PASSWORD + " indeed"
    client.post(
        "/auth/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert other.get("/profile/").status_code == 302


def test_a_second_factor_ends_the_other_sessions(client, db, rf):
    signed_up(client)
    other = Client()
    other.post("/auth/login/", {"login": "dana@example.org", "password": PASSWORD})
    user = User.objects.get()
    request = rf.get("/")
    request.session = client.session
    authenticator_added.send(sender=Authenticator, request=request, user=user, authenticator=None)
    assert other.get("/profile/").status_code == 302
    assert client.get("/profile/").status_code == 200
