"""Tell the people of a household something, once."""

from collections.abc import Iterable

from django.db.transaction import atomic

from accounts.models import Household, Membership
from core.queue import enqueue
from notifications.kinds import Kind, kind_of
from notifications.models import Channels, Notification, Preference, Sending
from notifications.timing import due_at

_OFF = Notification.State.NONE
_WAITING = Notification.State.WAITING


def notify(
    *,
    household: Household,
    kind: str,
    key: str,
    params: dict,
    url: str = "",
    roles: Iterable[str] = (),
) -> int:
    """Tell every active member (of `roles`, if any are named) who wants to hear of this kind.

    `key` names the matter within the household ("budget.over:12:24322"): a person who was told of
    it once is not told again, however often this is called. `params` are plain JSON values.
    Returns how many people are told now. Raises KeyError for an unknown kind.
    """
    found = kind_of(kind)
    if found is None:
        raise KeyError(kind)
    members = Membership.objects.filter(household=household, user__is_active=True)
    if roles:
        members = members.filter(role__in=roles)
    with atomic():
        told = set(
            Notification.objects.filter(household=household, key=key).values_list(
                "user_id", flat=True
            )
        )
        users = [m.user_id for m in members.order_by("pk") if m.user_id not in told]
        if not users:
            return 0
        wishes = {
            wish.user_id: wish
            for wish in Preference.objects.filter(household=household, kind=kind, user__in=users)
        }
        channels = {
            one.user_id: one for one in Channels.objects.filter(household=household, user__in=users)
        }
        rows = [
            _row(household, user, found, key, params, url, wishes.get(user), channels.get(user))
            for user in users
        ]
        made = Notification.objects.bulk_create(rows, ignore_conflicts=True)
        if any(_WAITING in (row.mail_state, row.push_state) for row in rows):
            enqueue("notifications.send")
    return len(made)


def _row(
    household: Household,
    user_id: int,
    kind: Kind,
    key: str,
    params: dict,
    url: str,
    wish: Preference | None,
    channels: Channels | None,
) -> Notification:
    """One person's notification. One that is switched off everywhere is kept, unseen: so it stays
    off for good when the person switches the kind on later."""
    mail, push = (wish.mail, wish.push) if wish else (kind.mail, kind.push)
    if not (channels and channels.addresses):
        push = Sending.OFF
    return Notification(
        household=household,
        user_id=user_id,
        kind=kind.code,
        key=key,
        level=kind.level,
        params=params,
        url=url,
        in_app=wish.in_app if wish else True,
        mail=mail,
        mail_state=_OFF if mail == Sending.OFF else _WAITING,
        push=push,
        push_state=_OFF if push == Sending.OFF else _WAITING,
        due_at=due_at(household, channels, mail, push),
    )
