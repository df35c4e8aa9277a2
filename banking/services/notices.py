"""Tell the owners of a household in time that a bank's permission runs out (14, 7 and 1 days ahead,
and when it is over), and when a bank could not be read for a while; each once."""

import datetime as dt

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from banking.kinds import CONSENT, SYNC_FAILED
from banking.models import Connection
from notifications.models import Level
from notifications.services.notify import notify

DAYS = (14, 7, 1)
OVER = 0
"""The notice that syncing has stopped until somebody renews."""
FAILS_FOR = dt.timedelta(days=1)
FAILURES = 3
"""So many in a row, and for so long, before people are asked to look."""


def announce() -> int:
    """Tell of every consent that ends soon or has ended, and of connections whose syncs fail.
    Returns how many notices.

    A household that was not told for a while (the server was off) gets the nearest one only.
    """
    now = timezone.now()
    soon = now + dt.timedelta(days=DAYS[0])
    running_out = Q(state__in=[Connection.State.ACTIVE, Connection.State.PAUSED]) & Q(
        consent_expires_at__lte=soon
    )
    over = Q(state=Connection.State.RECONNECT)
    told = 0
    for connection in Connection.objects.filter(running_out | over).select_related("household"):
        days = _due(connection, now)
        if days is not None and _tell_of_consent(connection, days):
            told += 1
    failing = Connection.objects.filter(state=Connection.State.ACTIVE, failures__gte=FAILURES)
    failing = failing.alias(since=Coalesce("last_success_at", "consented_at", "made_at"))
    for connection in failing.filter(since__lte=now - FAILS_FOR).select_related("household"):
        told += bool(_tell_of_failures(connection))
    return told


def _due(connection: Connection, now: dt.datetime) -> int | None:
    if connection.state == Connection.State.RECONNECT:
        return OVER
    left = (connection.consent_expires_at - now).total_seconds() / 86_400
    return min((day for day in DAYS if left <= day), default=None)


def _tell_of_consent(connection: Connection, days: int) -> int:
    until = connection.consent_expires_at or connection.consented_at or connection.made_at
    return notify(
        household=connection.household,
        kind=CONSENT.code,
        key=f"{CONSENT.code}:{connection.pk}:{days}:{until.isoformat()}",
        params={"bank": connection.provider_name, "days": days, "until": until.isoformat()},
        url=_page(connection),
        level=Level.WRONG if days == OVER else Level.NEAR,
        roles=[Role.OWNER],
    )


def _tell_of_failures(connection: Connection) -> int:
    """Once for each spell: from a success to the next."""
    since = connection.last_success_at or connection.consented_at or connection.made_at
    run = connection.runs.exclude(ended_at=None).order_by("-pk").first()
    return notify(
        household=connection.household,
        kind=SYNC_FAILED.code,
        key=f"{SYNC_FAILED.code}:{connection.pk}:{since.isoformat()}",
        params={
            "bank": connection.provider_name,
            "since": since.isoformat(),
            "code": connection.error_code,
            "remedy": run.remedy if run else "",
        },
        url=_page(connection),
        roles=[Role.OWNER],
    )


def _page(connection: Connection) -> str:
    return reverse("banking:connection_detail", args=[connection.pk])
