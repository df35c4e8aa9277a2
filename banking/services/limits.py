"""Politeness: what a bank allows without the person, and leaving a bank alone that is down."""

import datetime as dt
import random
from collections import Counter

from django.db.models import F, Q
from django.utils import timezone

from banking.errors import QuotaSpentError
from banking.models import BankCall, Connection, ProviderHealth

UNATTENDED_A_DAY = 4
"""Requests without the person for each account and endpoint in 24 hours (PSD2 RTS, article 36(5))."""
DAY = dt.timedelta(hours=24)
KEEP_CALLS = dt.timedelta(days=7)
FAILURES_TO_OPEN = 5
FIRST_PAUSE = dt.timedelta(minutes=10)
LONGEST_PAUSE = dt.timedelta(hours=2)
WHOLE_SERVICE = ""
"""The provider id of the row that stands for TrueLayer itself, and for the queue of claims."""
# What TrueLayer answers itself, without asking the bank, costs nothing there.
_FREE = frozenset({"me"})


class Calls:
    """The requests of one sync: counted against the bank's limit, written together."""

    def __init__(self, connection: Connection, *, is_attended: bool):
        self.connection = connection
        self.is_attended = is_attended
        self.count = 0
        self._new: list[BankCall] = []
        self._used: Counter[tuple[str, str]] = Counter()
        if not is_attended:
            recent = BankCall.objects.filter(
                connection=connection, at__gt=timezone.now() - DAY, is_attended=False
            )
            self._used.update(recent.values_list("external_id", "endpoint"))

    def ensure_allowed(self, external_id: str, endpoint: str) -> None:
        """Raises QuotaSpentError for the fifth unattended request of 24 hours."""
        if self.is_attended or endpoint in _FREE:
            return
        if self._used[external_id, endpoint] >= UNATTENDED_A_DAY:
            raise QuotaSpentError
        self._used[external_id, endpoint] += 1

    def add(self, external_id: str, endpoint: str, status: int, code: str) -> None:
        """Remember a request that was sent."""
        self.count += 1
        self._new.append(
            BankCall(
                connection=self.connection,
                external_id=external_id,
                endpoint=endpoint,
                is_attended=self.is_attended,
                status=status,
                code=code,
                at=timezone.now(),
            )
        )

    def write(self) -> None:
        """Store what was not stored yet."""
        new, self._new = self._new, []
        if new:
            BankCall.objects.bulk_create(new)


def purge_calls(now: dt.datetime) -> int:
    """Forget requests that no limit looks at. Returns how many."""
    return BankCall.objects.filter(at__lt=now - KEEP_CALLS)._raw_delete("default")


def health_of(environment, provider_id):
    """The rows that say how a provider, and TrueLayer itself, are; arguments may be expressions."""
    return ProviderHealth.objects.filter(
        Q(provider_id=provider_id) | Q(provider_id=WHOLE_SERVICE), environment=environment
    )


def note_failure(connection: Connection, *, is_ours: bool = False) -> None:
    """A bank failed (or, with `is_ours`, TrueLayer refuses our configuration): from the fifth time
    in a row on it is left alone, for ten minutes and then for twice as long each time."""
    provider = WHOLE_SERVICE if is_ours else connection.provider_id
    health, _made = ProviderHealth.objects.get_or_create(
        environment=connection.environment, provider_id=provider
    )
    ProviderHealth.objects.filter(pk=health.pk).update(failures=F("failures") + 1)
    health.refresh_from_db()
    over = health.failures - (1 if is_ours else FAILURES_TO_OPEN)
    if over >= 0:
        pause = min(FIRST_PAUSE * 2 ** min(over, 8), LONGEST_PAUSE)
        ProviderHealth.objects.filter(pk=health.pk).update(
            open_until=timezone.now() + pause * random.uniform(0.9, 1.1)  # noqa: S311 jitter
        )


def note_success(connection: Connection) -> None:
    """The bank answers: forget its failures."""
    ailing = health_of(connection.environment, connection.provider_id).filter(failures__gt=0)
    ailing.update(failures=0, open_until=None)
