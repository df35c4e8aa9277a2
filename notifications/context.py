"""The bell of the layout."""

from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from notifications.models import Notification

UNREAD = Coalesce(
    Subquery(
        Notification.objects.filter(
            user=OuterRef("user"), household=OuterRef("household"), in_app=True, read_at=None
        )
        .order_by()
        .values("household")
        .annotate(number=Count("pk"))
        .values("number"),
        output_field=IntegerField(),
    ),
    0,
)
"""How many unread notifications the person of a membership has in its household."""


def bell(request):
    """`unread`: {"count"} of the person's notifications, as the request found them."""
    membership = getattr(request, "membership", None)
    return {"unread": {"count": membership.unread}} if membership else {}
