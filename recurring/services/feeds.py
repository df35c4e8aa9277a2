"""Secret addresses of calendars: shown once, kept as a hash, revocable."""

import datetime as dt
import hashlib
import secrets

from django.db.models import Q
from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import Household, Membership, User
from accounts.services.limits import ensure_not_too_often
from recurring.models import CalendarFeed

READ_NOTED_EVERY = dt.timedelta(hours=1)
MOST_READS = 60
"""Of one address in an hour: calendars ask a few times a day."""
MOST_MISSES = 30
"""Of one network address in an hour."""


@atomic
def make_feed(*, household: Household, user: User, shows_amounts: bool) -> str:
    """A new address for this person; an older one stops. Returns the token (256 bits), which is kept
    nowhere. Raises TooOftenError."""
    ensure_not_too_often("calendar-feed", user.pk, most=20, seconds=3600)
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        household=household,
        user=user,
        defaults={
            "token_hash": _hash(token),
            "shows_amounts": shows_amounts,
            "made_at": timezone.now(),
            "read_at": None,
        },
    )
    return token


def show_amounts(*, household: Household, user: User, shows_amounts: bool) -> None:
    """With amounts or without, under the same address."""
    CalendarFeed.objects.filter(household=household, user=user).update(shows_amounts=shows_amounts)


def revoke_feed(*, household: Household, user: User) -> None:
    """The address answers nobody any more."""
    CalendarFeed.objects.filter(household=household, user=user).delete()


def open_feed(token: str, *, address: str) -> CalendarFeed | None:
    """The feed of `token`, while its person is an active member; None for any other.

    `address` is the network address that asks. Raises TooOftenError.
    """
    feed = (
        CalendarFeed.objects.select_related("household", "user")
        .filter(token_hash=_hash(token), user__is_active=True)
        .first()
    )
    if feed is None or not _is_member(feed):
        ensure_not_too_often("calendar-miss", address, most=MOST_MISSES, seconds=3600)
        return None
    ensure_not_too_often("calendar-read", feed.pk, most=MOST_READS, seconds=3600)
    now = timezone.now()
    rows = CalendarFeed.objects.filter(pk=feed.pk)
    rows.filter(Q(read_at=None) | Q(read_at__lt=now - READ_NOTED_EVERY)).update(read_at=now)
    return feed


def _is_member(feed: CalendarFeed) -> bool:
    return Membership.objects.filter(household=feed.household_id, user=feed.user_id).exists()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
