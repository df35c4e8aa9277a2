"""Notifications as a mail or a short message, in the words of whoever is spoken to."""

import uuid
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.forms import clean_text
from notifications.kinds import kind_of, words_of
from notifications.models import Notification

MOST = 50
"""So many stand in one mail; the rest is counted, and read in the app."""
_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Item:
    """One notification in words. `url` is whole, "" when there is nothing to go to."""

    title: str
    text: str
    url: str
    level: int


def mail_of(
    notifications: list[Notification], *, batch: uuid.UUID, is_digest: bool
) -> EmailMultiAlternatives:
    """One mail to the person whom they are all for. The same batch has the same Message-ID."""
    first = notifications[0]
    subject = _subject(notifications, is_digest)
    context = {
        "subject": subject,
        "household": first.household,
        "groups": _groups(notifications[:MOST]),
        "is_one": len(notifications) == 1,
        "more": max(0, len(notifications) - MOST),
        "is_digest": is_digest,
        "list_url": settings.SITE_URL + reverse("notifications:list"),
        "settings_url": settings.SITE_URL + reverse("notifications:settings"),
    }
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("notifications/mail/message.txt", context),
        to=[first.user.email],
        headers={
            "Message-ID": f"<{batch}@{urlsplit(settings.SITE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(
        render_to_string("notifications/mail/message.html", context), "text/html"
    )
    return mail


def message_of(notifications: list[Notification]) -> tuple[str, str]:
    """Title and text for a short message elsewhere."""
    items = [_item(one) for one in notifications[:MOST]]
    if len(notifications) == 1:
        return items[0].title, "\n".join(part for part in (items[0].text, items[0].url) if part)
    lines = [f"• {item.title}" for item in items]
    return _count(notifications), "\n".join(
        [*lines, settings.SITE_URL + reverse("notifications:list")]
    )


def _subject(notifications: list[Notification], is_digest: bool) -> str:
    if len(notifications) == 1 and not is_digest:
        words = words_of(notifications[0]).title
    else:
        words = _count(notifications)
    # One line: what a bank or a person wrote must not become a header of its own.
    line = " ".join("".join(c if c.isprintable() else " " for c in clean_text(words)).split())
    return line if len(line) <= _SUBJECT else f"{line[: _SUBJECT - 1]}…"


def _count(notifications: list[Notification]) -> str:
    count = len(notifications)
    text = ngettext(
        "%(household)s: %(n)s thing to know", "%(household)s: %(n)s things to know", count
    )
    return text % {"household": notifications[0].household.name, "n": count}


def _groups(notifications: list[Notification]) -> list[tuple[str, list[Item]]]:
    """(label of the kind, its items), what needs somebody first."""

    def order(one: Notification):
        return (-one.level, one.kind, one.pk)

    found: dict[str, list[Item]] = {}
    for code, members in groupby(sorted(notifications, key=order), key=lambda one: one.kind):
        kind = kind_of(code)
        label = str(kind.label) if kind else _("Other")
        found.setdefault(label, []).extend(_item(one) for one in members)
    return list(found.items())


def _item(one: Notification) -> Item:
    words = words_of(one)
    url = settings.SITE_URL + one.url if one.url else ""
    return Item(clean_text(words.title), clean_text(words.text), url, one.level)
