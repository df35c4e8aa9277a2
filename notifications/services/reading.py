"""What a person has read."""

from django.utils import timezone

from accounts.models import Household, User
from notifications.models import Notification


def mark_read(notification: Notification) -> None:
    """It was seen. The first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())


def mark_all_read(*, user: User, household: Household) -> int:
    """All that this person has of this household was seen. Returns how many were not yet."""
    return Notification.objects.for_person(user, household).unread().update(read_at=timezone.now())
