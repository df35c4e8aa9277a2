"""What a fresh consent is for: whose, until when, which accounts and cards."""

import datetime as dt
import logging

from django.db.transaction import atomic
from django.utils import timezone

from banking.errors import LeaseLostError
from banking.gateway import truelayer
from banking.models import Connection, ConsentRequest, SyncRun
from banking.services.access import fresh_token
from banking.services.leases import Lease, take
from banking.services.schedule import request_sync
from banking.services.sharing import list_accounts
from banking.services.sync import consent_facts
from banking.truelayer.errors import BadRequestError, ReconnectNeededError, TrueLayerError
from core.queue import enqueue
from core.vault import SealedError, unseal

logger = logging.getLogger(__name__)
TRIES = 4
State = Connection.State


def discover(connection_id: int, psu_ip: str) -> None:
    """Read who and what a fresh consent is for. Safe to run twice; the sweeper does after a crash."""
    lease = take(connection_id)
    if lease is None:
        return
    connection = Connection.objects.select_related("household").get(pk=connection_id)
    if connection.state != State.CONNECTING:
        lease.release()
        return
    try:
        _discover(connection, lease, psu_ip)
    except LeaseLostError:
        logger.warning("discovery of connection %s lost its lease", connection_id)
    except TrueLayerError as error:
        _failed(connection, lease, error)


def _discover(connection: Connection, lease: Lease, psu_ip: str) -> None:
    api = truelayer().data(
        fresh_token(connection, lease), psu_ip=psu_ip, before=lambda endpoint: lease.renew()
    )
    me = api.me()
    provider = me.get("provider")
    provider_id = str(provider.get("provider_id") or "") if isinstance(provider, dict) else ""
    is_known = connection.bank_accounts.exists()
    if is_known and provider_id and provider_id != connection.provider_id:
        _refuse_other_bank(connection, lease)
        return
    credentials = str(me.get("credentials_id") or "")[:120]
    twin = (
        Connection.objects.living()
        .filter(household=connection.household, credentials_id=credentials)
        .exclude(pk=connection.pk)
        .first()
        if credentials
        else None
    )
    if twin is not None and not is_known:
        _merge_into(twin, connection)
        return
    rows = list_accounts(api, connection, list(connection.bank_accounts.all()))
    shared = [row for row in rows if not row.is_gone]
    now = timezone.now()
    wanted = [row for row in shared if row.account_id]
    facts = {
        **consent_facts(me),
        "listed_at": now,
        "failures": 0,
        "error_code": "" if shared else "nothing_shared",
        "state": State.ACTIVE if wanted else State.CHOOSING,
        "next_sync_at": now if wanted else None,
    }
    if credentials and (twin is None):
        facts["credentials_id"] = credentials
    with atomic():
        if not lease.release(**facts):
            raise LeaseLostError
        if wanted:
            request_sync(
                connection=connection, by=None, psu_ip=psu_ip, trigger=SyncRun.Trigger.CONNECT
            )


def _refuse_other_bank(connection: Connection, lease: Lease) -> None:
    """A renewal at another bank than the connection's: its tokens are given back."""
    try:
        truelayer().delete(unseal(connection.access_token))
    except (TrueLayerError, SealedError):
        logger.info("tokens of another bank could not be revoked, connection %s", connection.pk)
    lease.release(
        state=State.RECONNECT,
        error_code="wrong_bank",
        access_token="",
        refresh_token="",
        next_sync_at=None,
    )


def _merge_into(twin: Connection, connection: Connection) -> None:
    """The consent is one that the household has already: its tokens go there."""
    now = timezone.now()
    fresh = Connection.objects.get(pk=connection.pk)
    with atomic():
        Connection.objects.filter(pk=twin.pk).update(
            access_token=fresh.access_token,
            refresh_token=fresh.refresh_token,
            token_expires_at=fresh.token_expires_at,
            refreshed_at=fresh.refreshed_at,
            state=State.CONNECTING,
            consented_at=now,
            lease=None,
            leased_until=None,
            next_sync_at=now + dt.timedelta(minutes=1),
        )
        ConsentRequest.objects.filter(connection=fresh).update(connection=twin)
        fresh.delete()
        enqueue("banking.discover", twin.pk, "")


def _failed(connection: Connection, lease: Lease, error: TrueLayerError) -> None:
    """Try again a little later, a few times; then a person has to."""
    failures = connection.failures + 1
    is_over = isinstance(error, ReconnectNeededError | BadRequestError) or failures >= TRIES
    now = timezone.now()
    lease.release(
        failures=failures,
        error_code=error.code,
        state=State.RECONNECT if is_over else State.CONNECTING,
        next_sync_at=None if is_over else now + dt.timedelta(seconds=30 * 2**failures),
    )
