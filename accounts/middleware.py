"""The household of a request, and the person's language and locale."""

import zoneinfo

from django.utils import timezone, translation

from accounts.models import Membership
from core.formatting import locale_tag


class HouseholdMiddleware:
    """Set `request.household`, `request.role` and `request.households` from the memberships.

    The household is the one the person used last and is still a member of, else the first; None
    for people without one. One query for each signed-in request, none for the others.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        memberships = _memberships(request.user)
        chosen = _chosen(memberships, request.user)
        request.households = [membership.household for membership in memberships]
        request.household = chosen.household if chosen else None
        request.role = chosen.role if chosen else None
        return self.get_response(request)


def _memberships(user) -> list[Membership]:
    if not user.is_authenticated:
        return []
    return list(
        Membership.objects.filter(user=user).select_related("household").order_by("joined_at", "pk")
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
        token = locale_tag.set(user.locale or user.language)
        zone = request.household.time_zone if request.household else "UTC"
        try:
            with translation.override(user.language), timezone.override(zoneinfo.ZoneInfo(zone)):
                return self.get_response(request)
        finally:
            locale_tag.reset(token)
