"""Tell a household in time that a bank's permission runs out: 14, 7 and 1 days ahead, once each."""

import datetime as dt
import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.db.transaction import atomic, on_commit
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Membership, Role
from banking.models import Connection, ConsentNotice

logger = logging.getLogger(__name__)
DAYS = (14, 7, 1)
OVER = 0
"""The notice that syncing has stopped until somebody renews."""


def announce(now: dt.datetime | None = None) -> int:
    """Mail the owners of every consent that ends soon or has ended. Returns how many notices.

    A household that was not told for a while (the server was off) gets the nearest one only.
    """
    now = now or timezone.now()
    soon = now + dt.timedelta(days=DAYS[0])
    running_out = Q(state__in=[Connection.State.ACTIVE, Connection.State.PAUSED]) & Q(
        consent_expires_at__lte=soon
    )
    over = Q(state=Connection.State.RECONNECT)
    sent = 0
    for connection in Connection.objects.filter(running_out | over).select_related("household"):
        days = _due(connection, now)
        if days is not None and _tell(connection, days):
            sent += 1
    return sent


def _due(connection: Connection, now: dt.datetime) -> int | None:
    if connection.state == Connection.State.RECONNECT:
        return OVER
    left = (connection.consent_expires_at - now).total_seconds() / 86_400
    return min((day for day in DAYS if left <= day), default=None)


def _tell(connection: Connection, days: int) -> bool:
    """Keep the notice and mail it after commit; False when it was sent before."""
    until = connection.consent_expires_at or connection.consented_at or connection.made_at
    with atomic():
        _notice, is_new = ConsentNotice.objects.get_or_create(
            connection=connection, days=days, consent_expires_at=until
        )
        if is_new:
            on_commit(lambda: _mail(connection, days))
    return is_new


def _mail(connection: Connection, days: int) -> None:
    owners = Membership.objects.filter(
        household=connection.household, role=Role.OWNER, user__is_active=True
    ).select_related("user")
    link = settings.SITE_URL + reverse("banking:connection_detail", args=[connection.pk])
    for membership in owners:
        with translation.override(membership.user.language or settings.LANGUAGE_CODE):
            bank = connection.provider_name
            subject = (
                _("Renew the connection to %(bank)s") if days == OVER
                else _("The connection to %(bank)s ends soon")
            ) % {"bank": bank}  # fmt: skip
            text = render_to_string(
                "banking/mail/consent.txt",
                {"connection": connection, "days": days, "link": link},
            )
            EmailMessage(
                subject=" ".join(subject.split()), body=text, to=[membership.user.email]
            ).send()
    logger.info("notice of %s days sent for connection %s", days, connection.pk)
