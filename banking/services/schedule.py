"""Who syncs when: claims of due connections, syncs that people ask for, and what dead workers left.

The scheduler enqueues a few `banking.drain` tasks; each syncs due connections for some seconds and
enqueues itself again. The queue so stays short, and a sync that a person asked for never waits
behind a thousand others.
"""

import datetime as dt
import logging
import time
import traceback

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import User
from banking.errors import LeaseLostError, NotNowError
from banking.models import BankAccount, Connection, ProviderHealth, SyncRun
from banking.services import limits
from banking.services.leases import Lease, take, take_of_run
from banking.services.sync import EVERY, Sync
from banking.truelayer.errors import Remedy
from core.queue import enqueue

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 5
"""How often a run is begun before it is given up: it kills its worker."""
WAITS = dt.timedelta(seconds=45)
"""A run that waits for longer lost its message."""
KEEP_RUNS = dt.timedelta(days=180)


def drain() -> bool:
    """Sync one connection that is due. False when there is none, or enough are at work."""
    claimed = claim_due()
    if claimed is None:
        return False
    execute(*claimed)
    return True


def drain_for(seconds: float) -> bool:
    """Sync what is due, one after the other, and begin none after `seconds`. True when there may be
    more: the rest of the queue has its turn first."""
    end = time.monotonic() + seconds
    while drain():
        if time.monotonic() > end:
            return True
    return False


def claim_due() -> tuple[SyncRun, Lease] | None:
    """The run and lease of the connection that has waited longest, within the limits.

    At most BANK_SYNC_CONCURRENCY connections, and BANK_PROVIDER_CONCURRENCY of one bank, are at
    work at once; a bank whose circuit breaker is open is left alone, and tried by one afterwards.
    """
    now = timezone.now()
    environment = settings.TRUELAYER_ENV
    due = Connection.objects.due(now).filter(environment=environment)
    if not due.exists():
        return None
    with atomic():
        _queue_up(environment)
        at_work = Connection.objects.filter(leased_until__gt=now, environment=environment)
        busy = dict(at_work.order_by().values_list("provider_id").annotate(Count("pk")))
        if sum(busy.values()) >= settings.BANK_SYNC_CONCURRENCY:
            return None
        shut = set(
            ProviderHealth.objects.filter(environment=environment, open_until__gt=now).values_list(
                "provider_id", flat=True
            )
        )
        if limits.WHOLE_SERVICE in shut:
            return None
        full = {name for name, count in busy.items() if count >= settings.BANK_PROVIDER_CONCURRENCY}
        pk = (
            due.exclude(provider_id__in=shut | full)
            .order_by("next_sync_at")
            .values_list("pk", flat=True)
            .first()
        )
        lease = take(pk) if pk else None
        if lease is None:
            return None
        connection = Connection.objects.get(pk=pk)
        _leave_to_one(connection, now)
        run = connection.runs.unfinished().first()
        if run is None:
            run = SyncRun.objects.create(connection=connection, trigger=SyncRun.Trigger.SCHEDULE)
    return _loaded(run.pk), lease


def _queue_up(environment: str) -> None:
    """One claim at a time, so that the limits hold. SQLite queues writers anyway."""
    ProviderHealth.objects.get_or_create(environment=environment, provider_id=limits.WHOLE_SERVICE)
    list(
        ProviderHealth.objects.select_for_update(no_key=True).filter(
            environment=environment, provider_id=limits.WHOLE_SERVICE
        )
    )


def _leave_to_one(connection: Connection, now: dt.datetime) -> None:
    """A bank that was down is tried by this connection; the others wait for what comes of it."""
    ProviderHealth.objects.filter(
        environment=connection.environment,
        provider_id=connection.provider_id,
        failures__gte=limits.FAILURES_TO_OPEN,
    ).update(open_until=now + limits.FIRST_PAUSE)


def request_sync(
    *,
    connection: Connection,
    by: User | None,
    psu_ip: str | None = None,
    trigger: str = SyncRun.Trigger.PERSON,
) -> SyncRun:
    """Queue a sync now; the one that is under way when there is one. Raises NotNowError.

    `psu_ip` is the address of the person who waits, and lifts the bank's limit for it.
    """
    with atomic():
        locked = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        if locked.state != Connection.State.ACTIVE:
            raise NotNowError
        run = locked.runs.unfinished().first()
        if run is None:
            run = SyncRun.objects.create(
                connection=locked, trigger=trigger, asked_by=by, psu_ip=psu_ip or None
            )
            enqueue("banking.sync", run.pk)
    return run


def run_sync(run_id: int) -> None:
    """Do a run that was asked for, unless it is over or another worker is at the connection."""
    key = take_of_run(run_id)
    if key is not None:
        run = _loaded(run_id)
        execute(run, Lease(run.connection_id, key))


def _loaded(run_id: int) -> SyncRun:
    """The run with its connection as they are now, and the health of its bank.

    `is_bank_shut`: left alone for now. `is_bank_ailing`: it failed the last time.
    """
    health = limits.health_of(
        OuterRef("connection__environment"), OuterRef("connection__provider_id")
    )
    return (
        SyncRun.objects.select_related("connection__household")
        .annotate(
            is_bank_shut=Exists(health.filter(open_until__gt=timezone.now())),
            is_bank_ailing=Exists(health.filter(failures__gt=0)),
        )
        .get(pk=run_id)
    )


def execute(run: SyncRun, lease: Lease) -> None:
    """Do `run`, of `_loaded`, with the lease, whatever happens."""
    try:
        if _may_begin(run, lease):
            Sync(run, lease).work()
    except LeaseLostError:
        logger.warning("sync run %s lost its lease", run.pk)
    except Exception as error:  # noqa: BLE001 the run must not stay under way for ever, whatever broke
        place = traceback.extract_tb(error.__traceback__)[-1]
        # Not the message: it may hold a row.
        logger.error(
            "sync run %s broke: %s in %s:%s",
            run.pk, type(error).__name__, place.filename, place.lineno,
        )  # fmt: skip
        _give_up(run, lease, "internal_error", Remedy.OPERATOR)


def _may_begin(run: SyncRun, lease: Lease) -> bool:
    """Mark the run as begun; or end it, when it is over, was tried too often or may not be."""
    connection = run.connection
    if run.is_over:
        lease.release()
        return False
    if connection.state != Connection.State.ACTIVE:
        _give_up(run, lease, "not_active", Remedy.NONE)
        return False
    if run.attempts >= MAX_ATTEMPTS:
        _give_up(run, lease, "died", Remedy.OPERATOR)
        return False
    is_first = run.trigger == SyncRun.Trigger.CONNECT
    if run.trigger != SyncRun.Trigger.SCHEDULE and not is_first and run.is_bank_shut:
        _give_up(run, lease, "provider_down", Remedy.LATER)
        return False
    wanted = BankAccount.objects.filter(
        connection=OuterRef("connection"), account__isnull=False, is_gone=False
    )
    count = wanted.order_by().values("connection").annotate(n=Count("pk")).values("n")
    SyncRun.objects.filter(pk=run.pk).update(
        state=SyncRun.State.RUNNING,
        attempts=run.attempts + 1,
        started_at=run.started_at or timezone.now(),
        accounts_total=Coalesce(Subquery(count), 0),
        accounts_done=0,
        known=0,
        unreadable=0,
    )
    return True


def _give_up(run: SyncRun, lease: Lease, code: str, remedy: str) -> None:
    now = timezone.now()
    with atomic():
        connection = run.connection
        held = connection.state == Connection.State.ACTIVE
        is_again = {"next_sync_at": now + EVERY / 4} if held else {}
        lease.release(error_code=code, failures=connection.failures + 1, **is_again)
        SyncRun.objects.filter(pk=run.pk).update(
            state=SyncRun.State.FAILED, ended_at=now, psu_ip=None, error_code=code, remedy=remedy
        )


def schedule() -> int:
    """Enqueue as many drains as there is room for. Returns how many."""
    now = timezone.now()
    environment = settings.TRUELAYER_ENV
    if not environment:
        return 0
    due = Connection.objects.due(now).filter(environment=environment)[
        : settings.BANK_SYNC_CONCURRENCY
    ]
    at_work = Connection.objects.filter(leased_until__gt=now, environment=environment).count()
    free = min(len(due), settings.BANK_SYNC_CONCURRENCY - at_work)
    for _one in range(max(0, free)):
        enqueue("banking.drain")
    return max(0, free)


def sweep() -> int:
    """Queue again what lost its worker or its message: runs, discoveries, disconnections."""
    now = timezone.now()
    free = Q(connection__leased_until=None) | Q(connection__leased_until__lt=now)
    late = SyncRun.objects.unfinished().filter(free, asked_at__lt=now - WAITS)
    queued = 0
    for pk in late.exclude(trigger=SyncRun.Trigger.SCHEDULE).values_list("pk", flat=True)[:100]:
        enqueue("banking.sync", pk)
        queued += 1
    connections = Connection.objects.free(now)
    connecting = connections.filter(
        state=Connection.State.CONNECTING, consented_at__lt=now - WAITS, next_sync_at__lte=now
    )
    for pk in connecting.values_list("pk", flat=True)[:100]:
        enqueue("banking.discover", pk, "")
        queued += 1
    leaving = connections.filter(state=Connection.State.DISCONNECTED).filter(
        Q(drops_rows=True) | ~Q(refresh_token=""), next_sync_at__lte=now
    )
    for pk in leaving.values_list("pk", flat=True)[:100]:
        enqueue("banking.wind_up", pk)
        queued += 1
    limits.purge_calls(now)
    SyncRun.objects.filter(asked_at__lt=now - KEEP_RUNS).delete()
    return queued
