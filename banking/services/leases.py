"""At most one worker at a connection, on any database: a lease that is taken by one UPDATE."""

import datetime as dt
import time
import uuid

from django.conf import settings
from django.utils import timezone

from banking.errors import LeaseLostError
from banking.models import Connection, SyncRun


class Lease:
    """The right to talk to a bank for one connection, until it is lost, released or runs out."""

    def __init__(self, connection_id: int, key: uuid.UUID):
        self.connection_id = connection_id
        self.key = key
        self._renewed = time.monotonic()

    @property
    def _row(self):
        return Connection.objects.filter(pk=self.connection_id, lease=self.key)

    def renew(self) -> None:
        """Prolong it when a fifth of it is gone. Raises LeaseLostError."""
        if time.monotonic() - self._renewed < settings.BANK_LEASE_SECONDS / 5:
            return
        self.store()
        self._renewed = time.monotonic()

    def store(self, **facts) -> None:
        """Write facts of the connection and prolong the lease. Raises LeaseLostError."""
        if not self._row.update(leased_until=_end(), **facts):
            raise LeaseLostError

    def hold(self) -> None:
        """Inside a transaction: nobody takes the lease before its end. Raises LeaseLostError."""
        held = self._row.select_for_update(no_key=True).values_list("pk", flat=True)
        if not list(held):
            raise LeaseLostError

    def release(self, **facts) -> bool:
        """Give it back, with the last facts. False when it was lost before."""
        return bool(self._row.update(lease=None, leased_until=None, **facts))


def _end() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=settings.BANK_LEASE_SECONDS)


def take(connection_id: int) -> Lease | None:
    """The lease of a connection, or None while somebody else has it."""
    key = _take(pk=connection_id)
    return Lease(connection_id, key) if key else None


def take_of_run(run_id: int) -> uuid.UUID | None:
    """The key of a new lease of the connection that an unfinished run is for."""
    unfinished = SyncRun.objects.unfinished().filter(pk=run_id)
    return _take(pk__in=unfinished.values("connection"))


def _take(**which) -> uuid.UUID | None:
    key = uuid.uuid4()
    free = Connection.objects.free(timezone.now()).filter(**which)
    return key if free.update(lease=key, leased_until=_end()) else None
