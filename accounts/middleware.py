"""The household of a request, and the person's language and locale."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.speaking import speaking_to

_carried: dict[str, Any] = {}


def carry(name: str, expression: Any) -> None:
    """Have each request's `membership` carry `expression` as `name`: what every page of a room above
    shows comes with the query that every page makes."""
    _carried[name] = expression


class HouseholdMiddleware:
    """Set `request.household`, `request.membership`, `request.role` and `request.households` from the memberships.

    The household is the one the person used last and is still a member of, else the first; None
    for people without one. One query for each signed-in request, none for the others.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        memberships = _memberships(request.user)
        chosen = _chosen(memberships, request.user)
        request.membership = chosen
        request.households = [membership.household for membership in memberships]
        request.household = chosen.household if chosen else None
        request.role = chosen.role if chosen else None
        return self.get_response(request)


def _memberships(user) -> list[Membership]:
    if not user.is_authenticated:
        return []
    return list(
        Membership.objects.filter(user=user)
        .select_related("household")
        .annotate(**_carried)
        .order_by("joined_at", "pk")
    )


def _chosen(memberships: list[Membership], user) -> Membership | None:
    for membership in memberships:
        if membership.household_id == user.last_household_id:
            return membership
    return memberships[0] if memberships else None


class PreferencesMiddleware:
    """Speak the person's language, format in their locale, in the household's time zone."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with speaking_to(user, request.household):
            return self.get_response(request)


class StaffFactorMiddleware:
    """The admin is for staff with a second factor (setting STAFF_REQUIRE_MFA)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        asks = settings.STAFF_REQUIRE_MFA and request.path.startswith(reverse("admin:index"))
        if asks and request.user.is_staff and not is_mfa_enabled(request.user):
            messages.info(request, _("Set up a second factor first: the admin asks for one."))
            return redirect("mfa_index")
        return self.get_response(request)
