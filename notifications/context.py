"""The bell of the layout."""

from django.utils.functional import SimpleLazyObject

from notifications.models import Notification


def bell(request):
    """`unread`: {"count"} of the person's notifications; queried only when shown."""
    household = getattr(request, "household", None)
    if household is None:
        return {}
    return {"unread": SimpleLazyObject(lambda: {"count": _count(request.user, household)})}


def _count(user, household) -> int:
    return Notification.objects.for_person(user, household).unread().count()
