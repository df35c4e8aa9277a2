"""What a book of our own says beyond others: exact payees, refunds, other ids, what was reconciled."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from django.utils import timezone

from accounts.models import Household
from imports.programs.book import RECONCILED
from imports.services.moving_legs import Leg
from ledger.models import (
    Account,
    ImportBatch,
    Payee,
    Reconciliation,
    Source,
    Status,
    Tombstone,
    Transaction,
)
from ledger.own_id import own_pk
from ledger.statement_line import StatementLine

CHUNK = 500
_SOURCES = frozenset(Source.values)


class ExactPayees:
    """Payees by the very name, where `PayeeFinder` takes names that are alike for one."""

    def __init__(self, household: Household) -> None:
        self.household = household
        self._ids = {payee.name: payee.pk for payee in Payee.objects.for_household(household)}

    def learn(self, lines: Iterable[StatementLine]) -> None:
        """Make those that are not here."""
        names = dict.fromkeys(line.payee for line in lines if line.payee)
        made = [
            Payee(household=self.household, name=name) for name in names if name not in self._ids
        ]
        Payee.objects.bulk_create(made, batch_size=1000)
        self._ids.update((payee.name, payee.pk) for payee in made)

    def find(self, line: StatementLine) -> tuple[int | None, str]:
        """Id and name, (None, "") for none."""
        return (self._ids[line.payee], line.payee) if line.payee else (None, "")


def known_otherwise(account: Account, legs: Sequence[Leg], batch_id: int) -> dict[str, int]:
    """Those of `legs` that are here under another of their ids: external id to the row's number, 0
    for one that was deleted."""
    by_source: dict[str, dict[str, str]] = defaultdict(dict)
    own: dict[int, str] = {}
    for leg in legs:
        for source, key in leg.known_as:
            by_source[source][key] = leg.external_id
            if pk := own_pk(account.household.code, key):
                own[pk] = leg.external_id
    found: dict[str, int] = {}
    graves = Tombstone.objects.filter(account=account).exclude(batch=batch_id)
    rows = Transaction.objects.movements().filter(account=account).exclude(batch=batch_id)
    for source, keys in by_source.items():
        which = {"source": source, "external_id__in": list(keys)}
        for key, pk in graves.filter(**which).values_list("external_id", "survivor_id"):
            found[keys[key]] = pk or 0
        for key, pk in rows.filter(**which).values_list("external_id", "pk"):
            found[keys[key]] = pk
    if own:
        for pk in rows.filter(pk__in=own).values_list("pk", flat=True):
            found[own[pk]] = pk
    return found


def write_exact(
    batch: ImportBatch,
    new: Sequence[tuple[Account, Leg]],
    pk_of: Mapping[tuple[int, str], int],
    made: Set[int],
) -> None:
    """Write what only our own books say of the rows that are `new`. `made`: ids of new accounts."""
    here = {external_id: pk for (_account, external_id), pk in pk_of.items()}
    _link_refunds(batch, [leg for _, leg in new], here)
    _remember_keys(batch, new, pk_of)
    by_account: dict[Account, list[Leg]] = defaultdict(list)
    for account, leg in new:
        if account.pk in made and leg.status == RECONCILED:
            by_account[account].append(leg)
    for account, legs in by_account.items():
        _reconcile(batch, account, legs, pk_of)


def _link_refunds(batch: ImportBatch, legs: Iterable[Leg], here: Mapping[str, int]) -> None:
    """Which expense a row gives back. `here`: row by external id."""
    wanted = {here[leg.external_id]: here[leg.refund_of] for leg in legs if here.get(leg.refund_of)}
    fit = Transaction.objects.movements().filter(household=batch.household, transfer=None)
    ids = list(wanted)
    for start in range(0, len(ids), CHUNK):
        refunds = list(fit.filter(pk__in=ids[start : start + CHUNK], amount__gt=0))
        expenses = fit.filter(pk__in=[wanted[row.pk] for row in refunds], amount__lt=0)
        sound = set(expenses.values_list("pk", flat=True))
        for row in refunds:
            row.refund_of_id = wanted[row.pk] if wanted[row.pk] in sound else None
        Transaction.objects.bulk_update(refunds, ["refund_of"], batch_size=CHUNK)


def _remember_keys(
    batch: ImportBatch, new: Iterable[tuple[Account, Leg]], pk_of: Mapping[tuple[int, str], int]
) -> None:
    """Let banks and files that know a row under another id find it: as after a merge."""
    Tombstone.objects.bulk_create(
        [
            Tombstone(
                household=batch.household,
                account=account,
                reason=Tombstone.Reason.MERGED,
                survivor_id=pk_of[account.pk, leg.external_id],
                source=source,
                external_id=key,
                batch=batch,
            )
            for account, leg in new
            for source, key in leg.known_as
            if source in _SOURCES
        ],
        batch_size=1000,
    )


def _reconcile(
    batch: ImportBatch, account: Account, legs: Sequence[Leg], pk_of: Mapping[tuple[int, str], int]
) -> None:
    """Let rows of a new account be reconciled, all as of one statement: which there were is not in
    the export, what they came to is."""
    reconciliation = Reconciliation.objects.create(
        household=batch.household,
        account=account,
        statement_on=max(leg.date for leg in legs),
        statement_balance=account.opening_balance + sum(leg.amount for leg in legs),
        started_by=batch.made_by,
        finished_at=timezone.now(),
    )
    ids = [pk_of[account.pk, leg.external_id] for leg in legs]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        Transaction.objects.filter(pk__in=chunk).update(
            status=Status.RECONCILED, reconciliation=reconciliation
        )
        Transaction.objects.filter(parent__in=chunk).update(status=Status.RECONCILED)
