"""Households and their members."""

import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.transaction import atomic, on_commit
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvitationError, LastOwnerError, PeopleError
from accounts.models import Household, Invitation, Membership, Role, SupportGrant, User
from accounts.services.audit import record
from accounts.services.limits import ensure_not_too_often

INVITATION_DAYS = 7


@atomic
def create_household(
    *,
    user: User,
    name: str,
    base_currency: str,
    time_zone: str,
    first_month_day: int = 1,
    is_demo: bool = False,
    welcomed: bool = False,
) -> Household:
    """Make a household that `user` owns and now looks at."""
    household = Household.objects.create(
        name=name,
        base_currency=base_currency,
        time_zone=time_zone,
        first_month_day=first_month_day,
        is_demo=is_demo,
        welcomed_at=timezone.now() if welcomed else None,
    )
    Membership.objects.create(household=household, user=user, role=Role.OWNER)
    look_at(user=user, household=household)
    record("household made", household=household, actor=user)
    return household


def finish_welcome(*, household: Household) -> None:
    """The welcome is over; the app opens."""
    household.welcomed_at = timezone.now()
    household.save(update_fields=["welcomed_at"])


def look_at(*, user: User, household: Household) -> None:
    """Make this the household that the person sees. They must be a member."""
    if not Membership.objects.filter(user=user, household=household).exists():
        raise PeopleError
    user.last_household = household
    user.save(update_fields=["last_household"])


def _ensure_other_owner(membership: Membership) -> None:
    others = Membership.objects.select_for_update().filter(
        household=membership.household_id, role=Role.OWNER
    )
    if membership.role == Role.OWNER and not others.exclude(pk=membership.pk).exists():
        raise LastOwnerError


@atomic
def change_role(*, membership: Membership, role: str, by: User) -> Membership:
    """Give a member another role. Raises LastOwnerError."""
    if role != Role.OWNER:
        _ensure_other_owner(membership)
    membership.role = Role(role)
    membership.save(update_fields=["role"])
    record(
        "role changed",
        household=membership.household,
        actor=by,
        target=membership.user.email,
        role=role,
    )
    return membership


@atomic
def remove_member(*, membership: Membership, by: User) -> None:
    """End a membership; takes effect with the person's next request. Raises LastOwnerError."""
    _ensure_other_owner(membership)
    record(
        "member left" if membership.user_id == by.pk else "member removed",
        household=membership.household,
        actor=by,
        target=membership.user.email,
    )
    membership.delete()


def hash_token(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(*, household: Household, email: str, role: str, by: User) -> Invitation:
    """Mail somebody a link that lets them join for seven days.

    Says nothing about whether the address has an account. Raises TooOftenError, PeopleError.
    """
    email = email.strip().lower()
    if Membership.objects.filter(household=household, user__email__iexact=email).exists():
        raise PeopleError(_("This person is a member already."))
    ensure_not_too_often("invite", household.pk, most=20, seconds=3600)
    token = secrets.token_urlsafe(32)
    with atomic():
        household.invitations.filter(email__iexact=email, accepted_at=None, revoked_at=None).update(
            revoked_at=timezone.now()
        )
        invitation = Invitation.objects.create(
            household=household,
            email=email,
            role=Role(role),
            token_hash=hash_token(token),
            invited_by=by,
            expires_at=timezone.now() + dt.timedelta(days=INVITATION_DAYS),
        )
        record("invited", household=household, actor=by, target=email, role=role)
        link = settings.SITE_URL + reverse("accounts:invitation", args=[token])
        on_commit(lambda: _mail_invitation(invitation, link))
    return invitation


def _mail_invitation(invitation: Invitation, link: str) -> None:
    text = render_to_string(
        "accounts/mail/invitation.txt",
        {"invitation": invitation, "link": link, "days": INVITATION_DAYS},
    )
    EmailMessage(
        subject=_("You are invited to a household on Housebook"), body=text, to=[invitation.email]
    ).send()


def find_invitation(token: str) -> Invitation:
    """The open invitation of this token. Raises InvitationError."""
    invitation = (
        Invitation.objects.select_related("household", "invited_by")
        .filter(token_hash=hash_token(token))
        .first()
    )
    if invitation is None or not invitation.is_open:
        raise InvitationError
    return invitation


@atomic
def accept_invitation(*, invitation: Invitation, user: User) -> Membership:
    """Join. Raises InvitationError for another person's or a used invitation."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.is_open:
        raise InvitationError
    if user.email != invitation.email:
        raise InvitationError(
            _("This invitation is for another address. Sign in with the one it was sent to.")
        )
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    membership, _made = Membership.objects.get_or_create(
        household=invitation.household, user=user, defaults={"role": invitation.role}
    )
    look_at(user=user, household=invitation.household)
    record("invitation accepted", household=invitation.household, actor=user)
    return membership


def withdraw_invitation(*, invitation: Invitation, by: User) -> None:
    """Make an invitation's link useless."""
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    record(
        "invitation withdrawn", household=invitation.household, actor=by, target=invitation.email
    )


def grant_support(*, household: Household, by: User, hours: int) -> SupportGrant:
    """Let support see amounts and descriptions for 1 to 168 hours."""
    if not 1 <= hours <= 168:
        raise PeopleError(_("Grant access for an hour at least and seven days at most."))
    grant = SupportGrant.objects.create(
        household=household,
        granted_by=by,
        expires_at=timezone.now() + dt.timedelta(hours=hours),
    )
    record("support access granted", household=household, actor=by, hours=hours)
    return grant


def end_support(*, household: Household, by: User) -> None:
    """Take back every live grant."""
    household.support_grants.filter(revoked_at=None).update(revoked_at=timezone.now())
    record("support access ended", household=household, actor=by)
