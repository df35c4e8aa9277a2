"""What leaves the house: claims, mails, messages to other places, and second tries.

A claim is a conditional update, so that of two workers one has it, on any database. What a worker
claimed and did not finish is taken back after a while and sent again as the same batch.
"""

import datetime as dt
import logging
import uuid
from collections import defaultdict

from django.db.models import Exists, F, OuterRef
from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import Membership
from accounts.speaking import speaking_to
from core.vault import unseal
from notifications.addresses import push
from notifications.mails import mail_of, message_of
from notifications.models import Address, Delivery

logger = logging.getLogger(__name__)
State = Delivery.State
MAX_ATTEMPTS = 5
STALE = dt.timedelta(minutes=5)
"""A claim that is older belongs to a dead worker: a message takes a quarter of a minute at most."""
_ROWS = 500


def send_due() -> int:
    """Send everything whose time has come. Returns how many messages left.

    Safe to run at the same time as another one, and again after any failure.
    """
    now = timezone.now()
    _take_back(now)
    while _bundle(now):
        pass
    due = Delivery.objects.filter(state=State.WAITING, due_at__lte=now, batch__isnull=False)
    batches = list(dict.fromkeys(due.order_by("due_at").values_list("batch", flat=True)))
    return sum(_send(batch) for batch in batches)


def hurry_digests() -> None:
    """Make all that waits for a digest due now."""
    waiting = Delivery.objects.filter(state=State.WAITING, in_digest=True, attempts=0)
    waiting.update(due_at=timezone.now())


def _take_back(now: dt.datetime) -> None:
    stale = Delivery.objects.filter(state=State.SENDING, claimed_at__lt=now - STALE)
    if not stale.exists():  # as nearly always: then nothing is written
        return
    # What killed its worker that often does so again.
    stale.filter(attempts__gte=MAX_ATTEMPTS).update(state=State.FAILED)
    stale.update(state=State.WAITING, due_at=now)


def _bundle(now: dt.datetime) -> int:
    """Give what is due and goes to one place together a batch. Returns how many rows that were."""
    due = Delivery.objects.filter(state=State.WAITING, batch=None, due_at__lte=now)
    if not due.exists():
        return 0
    with atomic():
        rows = list(
            due.select_for_update(skip_locked=True, of=("self",))
            .select_related("notification")
            .order_by("notification__user", "notification__household", "pk")[:_ROWS]
        )
        groups = defaultdict(list)
        for row in rows:
            told = row.notification
            groups[told.user_id, told.household_id, row.address_id, row.in_digest].append(row.pk)
        for members in groups.values():
            Delivery.objects.filter(pk__in=members).update(batch=uuid.uuid4())
    return len(rows)


def _send(batch: uuid.UUID) -> bool:
    """Claim and send one batch. False when it is another worker's, or did not leave."""
    now = timezone.now()
    waiting = Delivery.objects.filter(batch=batch, state=State.WAITING)
    if not waiting.update(state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1):
        return False
    rows = list(_wanted(batch))
    claimed = Delivery.objects.filter(batch=batch, state=State.SENDING, claimed_at=now)
    claimed.exclude(pk__in=[row.pk for row in rows]).update(state=State.DROPPED)
    if not rows:
        return False
    try:
        _hand_over(rows)
    except Exception as error:  # noqa: BLE001 one person's failure must not stop the others' messages
        # Not the message: servers repeat addresses and contents in theirs.
        logger.warning("batch %s was not sent: %s", batch, type(error).__name__)
        _try_later(rows[0], claimed, timezone.now())
        return False
    claimed.update(state=State.SENT, sent_at=timezone.now())
    Address.objects.filter(pk=rows[0].address_id).update(failed_at=None)
    logger.info("batch %s of %s sent", batch, len(rows))
    return True


def _wanted(batch: uuid.UUID):
    """The batch's rows, oldest first, unless their person left the household or may not sign in."""
    member = Membership.objects.filter(
        household=OuterRef("notification__household"),
        user=OuterRef("notification__user"),
        user__is_active=True,
    )
    return (
        Delivery.objects.filter(Exists(member), batch=batch, state=State.SENDING)
        .select_related("notification__user", "notification__household", "address")
        .order_by("pk")
    )


def _hand_over(rows: list[Delivery]) -> None:
    """Put the rows into one mail or message and give it away. Raises whatever went wrong."""
    first = rows[0].notification
    notifications = [row.notification for row in rows]
    with speaking_to(first.user, first.household):
        if rows[0].by_mail:
            mail = mail_of(notifications, batch=rows[0].batch, is_digest=rows[0].in_digest)
            mail.send()
        else:
            push(unseal(rows[0].address.url), *message_of(notifications))


def _try_later(row: Delivery, claimed, now: dt.datetime) -> None:
    """Once more in 1, 4, 16, 64 minutes; then never."""
    if row.attempts >= MAX_ATTEMPTS:
        claimed.update(state=State.FAILED)
    else:
        wait = dt.timedelta(minutes=4 ** (row.attempts - 1))
        claimed.update(state=State.WAITING, due_at=now + wait)
    Address.objects.filter(pk=row.address_id).update(failed_at=now)
