"""What is forgotten in time."""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Membership
from notifications.models import Address, Channels, Delivery, Notification, Preference

KEEP = dt.timedelta(days=180)


def tidy() -> None:
    """Empty what was read long ago, and forget what belonged to people who left a household.

    An emptied notification keeps its key, unseen: what it was about may still be so, and is not
    told again.
    """
    member = Membership.objects.filter(household=OuterRef("household"), user=OuterRef("user"))
    for model in (Notification, Address, Preference, Channels):
        model.objects.filter(~Exists(member)).delete()
    long_ago = timezone.now() - KEEP
    Delivery.objects.filter(notification__created_at__lt=long_ago).exclude(
        state__in=[Delivery.State.WAITING, Delivery.State.SENDING]
    ).delete()
    Notification.objects.filter(read_at__lt=long_ago).exclude(in_app=False, params={}).update(
        in_app=False, params={}, url=""
    )
