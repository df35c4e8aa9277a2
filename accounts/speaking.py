"""Words and numbers for one person, wherever they are made: in a request, or by a worker."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone, translation

from accounts.models import Household, User
from core.formatting import locale_tag


@contextmanager
def speaking_to(user: User, household: Household | None) -> Iterator[None]:
    """Speak the person's language, format in their locale, in the household's time zone."""
    token = locale_tag.set(user.locale or user.language)
    zone = zoneinfo.ZoneInfo(household.time_zone if household else "UTC")
    try:
        with translation.override(user.language), timezone.override(zone):
            yield
    finally:
        locale_tag.reset(token)
