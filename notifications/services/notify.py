"""Tell the people of a household something, once."""

from collections.abc import Iterable

from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import Household, Membership, User
from core.queue import enqueue
from notifications.kinds import Kind, kind_of
from notifications.models import Address, Channels, Delivery, Notification, Preference, Sending
from notifications.timing import after_quiet, next_digest

_KEY = Notification._meta.get_field("key").max_length


def notify(
    *,
    household: Household,
    kind: str,
    key: str,
    params: dict,
    url: str = "",
    level: int | None = None,
    roles: Iterable[str] = (),
    users: Iterable[User] | None = None,
) -> int:
    """Tell every active member (of `roles` or `users`, if any are named) who wants to hear of this.

    `key` names the matter within the household ("budget.over:12:24322"): a person who was told of
    it once is not told again, however often this is called. `params` are plain JSON values, `url` a
    path within the site, `level` the kind's own unless given. Returns how many people are told now.
    Raises KeyError for an unknown kind, ValueError for a key or URL that cannot be one.
    """
    found = kind_of(kind)
    if found is None:
        raise KeyError(kind)
    if not 0 < len(key) <= _KEY or (url and (url[0] != "/" or url.startswith("//"))):
        raise ValueError(key)
    members = Membership.objects.filter(household=household, user__is_active=True)
    if roles:
        members = members.filter(role__in=roles)
    if users is not None:
        members = members.filter(user__in=users)
    told = Notification.objects.filter(household=household, key=key).values("user_id")
    new = list(members.exclude(user__in=told).order_by("pk").values_list("user_id", flat=True))
    if not new:  # as nearly always: nothing is locked
        return 0
    facts = {
        "kind": kind,
        "level": found.level if level is None else level,
        "params": params,
        "url": url,
    }
    with atomic():
        return sum(_tell(household, user_id, found, key, facts) for user_id in new)


def _tell(household: Household, user_id: int, kind: Kind, key: str, facts: dict) -> bool:
    """Make one person's notification and what leaves the house. False when another worker did."""
    theirs = {"household": household, "user_id": user_id}
    wish = Preference.objects.filter(**theirs, kind=kind.code).first()
    notification, is_new = Notification.objects.get_or_create(
        **theirs, key=key, defaults={**facts, "in_app": wish.in_app if wish else True}
    )
    if not is_new:
        return False
    mail, push = (wish.mail, wish.push) if wish else (kind.mail, kind.push)
    return bool(deliver(notification, mail=mail, push=push)) or notification.in_app


def deliver(
    notification: Notification, *, mail: str, push: str, waits: bool = True
) -> list[Delivery]:
    """Set a new notification on its way out; at once, whatever the hour, unless it `waits`."""
    now = timezone.now()
    household = notification.household
    theirs = {"household": household, "user_id": notification.user_id}
    channels = Channels.objects.filter(**theirs).first() if waits else None
    due = {
        Sending.NOW: after_quiet(household, channels, now),
        Sending.DIGEST: next_digest(household, channels, now),
    }
    rows = []
    if mail in due:
        rows.append(Delivery(by_mail=True, due_at=due[mail], in_digest=mail == Sending.DIGEST))
    if push in due:
        in_digest = push == Sending.DIGEST
        rows += [
            Delivery(address=address, due_at=due[push], in_digest=in_digest)
            for address in Address.objects.filter(**theirs)
        ]
    for row in rows:
        row.notification = notification
    Delivery.objects.bulk_create(rows)
    if any(row.due_at <= now for row in rows):
        enqueue("notifications.send")
    return rows
