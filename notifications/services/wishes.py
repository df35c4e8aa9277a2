"""How, where and when a person wants to hear of things; and a test whether it works."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import Household, User
from accounts.services.limits import ensure_not_too_often
from core.vault import seal
from notifications.addresses import accept
from notifications.errors import TooManyAddressesError
from notifications.kinds import TEST
from notifications.models import (
    Address,
    Channels,
    Delivery,
    Notification,
    Preference,
    Sending,
)
from notifications.services.notify import deliver
from notifications.timing import after_quiet, next_digest

MOST_ADDRESSES = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """How to tell of one kind of thing."""

    in_app: bool
    mail: Sending
    push: Sending


@atomic
def save_wishes(
    *, user: User, household: Household, wishes: Mapping[str, Wish], channels: Channels
) -> None:
    """Keep what a person chose (by the kinds' codes), and hold what still waits to it.

    What waits for a way that is off now does not leave; the rest leaves when the new times say.
    """
    for code, wish in wishes.items():
        facts = {"in_app": wish.in_app, "mail": wish.mail, "push": wish.push}
        Preference.objects.update_or_create(
            user=user, household=household, kind=code, defaults=facts
        )
    times = ("digest_days", "digest_weekday", "digest_hour", "quiet_from", "quiet_until")
    saved, _is_new = Channels.objects.update_or_create(
        user=user, household=household, defaults={name: getattr(channels, name) for name in times}
    )
    waiting = Delivery.objects.filter(
        notification__user=user,
        notification__household=household,
        state=Delivery.State.WAITING,
        batch=None,
    )
    off_by_mail = [code for code, wish in wishes.items() if wish.mail == Sending.OFF]
    off_elsewhere = [code for code, wish in wishes.items() if wish.push == Sending.OFF]
    for by_mail, codes in ((True, off_by_mail), (False, off_elsewhere)):
        waiting.filter(by_mail=by_mail, notification__kind__in=codes).update(
            state=Delivery.State.DROPPED
        )
    now = timezone.now()
    waiting.filter(in_digest=True).update(due_at=next_digest(household, saved, now))
    waiting.filter(in_digest=False).update(due_at=after_quiet(household, saved, now))


def add_address(*, user: User, household: Household, url: str) -> Address:
    """Keep another place where a person is reached. Raises AddressError, TooManyAddressesError."""
    found = accept(url)
    with atomic():
        # Two requests at once would both see the last free place.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        theirs = Address.objects.filter(user=user, household=household)
        if theirs.count() >= MOST_ADDRESSES:
            raise TooManyAddressesError
        return Address.objects.create(
            user=user,
            household=household,
            service=found.service[:60],
            schema=found.schema[:20],
            url=seal(found.url),
        )


def remove_address(address: Address) -> None:
    """Forget it, and what still waits to go there."""
    address.delete()


def send_test(*, user: User, household: Household) -> None:
    """Send a notification to the person by mail and to every address, now. Raises TooOftenError."""
    ensure_not_too_often("test-notification", user.pk, most=10, seconds=3600)
    with atomic():
        notification = Notification.objects.create(
            user=user, household=household, kind=TEST.code, key=f"test:{uuid.uuid4()}"
        )
        deliver(notification, mail=Sending.NOW, push=Sending.NOW, waits=False)
