"""Pause, resume, disconnect."""

import datetime as dt
import logging

from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import record
from banking.errors import LeaseLostError, NotNowError
from banking.gateway import truelayer
from banking.models import BankAccount, Connection, SyncRun
from banking.services.access import fresh_token
from banking.services.leases import take
from banking.truelayer.errors import TransientError, TrueLayerError
from core.queue import enqueue
from ledger.services.trash import drop_feed

logger = logging.getLogger(__name__)
State = Connection.State
REVOKE_TRIES = 5


@atomic
def pause(*, connection: Connection, by: User | None) -> None:
    """Stop syncing until somebody resumes. Raises NotNowError."""
    _move(connection, {State.ACTIVE}, State.PAUSED, next_sync_at=None)
    record("bank paused", household=connection.household, actor=by, target=connection.provider_name)


@atomic
def resume(*, connection: Connection, by: User | None) -> None:
    """Sync again, from now on. Raises NotNowError."""
    _move(connection, {State.PAUSED}, State.ACTIVE, next_sync_at=timezone.now())
    record(
        "bank resumed", household=connection.household, actor=by, target=connection.provider_name
    )


@atomic
def ask_to_renew(*, connection: Connection, by: User | None) -> None:
    """Support's finding that the consent is no good: the household sees that it has to renew."""
    _move(connection, {State.ACTIVE, State.PAUSED}, State.RECONNECT, next_sync_at=None)
    record(
        "asked to renew bank", household=connection.household, actor=by,
        target=connection.provider_name, by_staff=True,
    )  # fmt: skip


def _move(connection: Connection, from_states, to: str, **facts) -> None:
    rows = Connection.objects.filter(pk=connection.pk, state__in=from_states)
    if not rows.update(state=to, **facts):
        raise NotNowError
    connection.refresh_from_db()


@atomic
def disconnect(*, connection: Connection, by: User | None, deletes_rows: bool) -> None:
    """Give the consent back and stop. With `deletes_rows` what it brought in goes to the trash.

    The rest is a task's: the bank is asked to forget us, and rows go, even if a worker dies.
    """
    living = set(State) - {State.DISCONNECTED}
    _move(
        connection, living, State.DISCONNECTED,
        drops_rows=deletes_rows, next_sync_at=timezone.now(), lease=None, leased_until=None, failures=0,
    )  # fmt: skip
    connection.runs.unfinished().update(
        state=SyncRun.State.FAILED,
        ended_at=timezone.now(),
        psu_ip=None,
        error_code="not_active",
        remedy="none",
    )
    record(
        "bank disconnected", household=connection.household, actor=by,
        target=connection.provider_name,
    )  # fmt: skip
    enqueue("banking.wind_up", connection.pk)


def wind_up(connection_id: int) -> None:
    """What is left after a disconnection: revoke at TrueLayer, then remove rows when asked to."""
    lease = take(connection_id)
    if lease is None:
        return
    connection = Connection.objects.select_related("household").get(pk=connection_id)
    if connection.state != State.DISCONNECTED:
        lease.release()
        return
    try:
        if connection.refresh_token or connection.access_token:
            _revoke(connection, lease)
        if connection.drops_rows:
            rows = connection.bank_accounts.filter(account__isnull=False)
            for row in rows.select_related("account__household"):
                drop_feed(account=row.account, by=None, guard=lease.hold)
                BankAccount.objects.filter(pk=row.pk).update(synced_from=None, synced_until=None)
        lease.release(drops_rows=False, next_sync_at=None)
    except LeaseLostError:
        logger.warning("winding up connection %s lost its lease", connection_id)
    except TransientError:
        wait = dt.timedelta(minutes=2) * 2**connection.failures
        lease.release(failures=connection.failures + 1, next_sync_at=timezone.now() + wait)


def _revoke(connection: Connection, lease) -> None:
    """Ask TrueLayer to forget the consent; our tokens go when it did, or when it cannot."""
    try:
        truelayer().delete(fresh_token(connection, lease))
        code = ""
    except TransientError as error:
        if connection.failures + 1 < REVOKE_TRIES:
            raise
        code = error.code
    except TrueLayerError as error:
        # The consent is over already, or no longer ours.
        code = error.code
    lease.store(access_token="", refresh_token="", token_expires_at=None, error_code=code)
