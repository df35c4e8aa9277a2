"""Hold an account against a statement: tick rows until they sum to its balance, then lock them."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import F, Q, Sum
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ledger.errors import ReconciliationError
from ledger.models import Account, ChangeSet, Reconciliation, Status, Transaction
from ledger.services.acts import act, lock


def start_reconciliation(
    *, account: Account, statement_on: dt.date, statement_balance: int, by: User | None
) -> Reconciliation:
    """Open a reconciliation, or set the date and balance (minor units) of the one that is open.

    Raises ReconciliationError when a later statement is already reconciled.
    """
    household = account.household
    with act(household=household, by=by, kind=ChangeSet.Kind.RECONCILE):
        later = Reconciliation.objects.filter(
            account=account, statement_on__gt=statement_on, finished_at__isnull=False
        )
        if later.exists():
            raise ReconciliationError(_("A later statement of this account is reconciled already."))
        reconciliation, _made = Reconciliation.objects.update_or_create(
            account=account,
            finished_at=None,
            defaults={
                "household": household,
                "statement_on": statement_on,
                "statement_balance": statement_balance,
                "started_by": by,
            },
        )
        # Rows after the new date cannot be on the statement.
        reconciliation.rows.filter(date__gt=statement_on).update(reconciliation=None)
    return reconciliation


def reconcilable(reconciliation: Reconciliation):
    """The rows that can be on the statement: movements up to its date that no other one has."""
    return (
        Transaction.objects.movements()
        .filter(account=reconciliation.account_id, date__lte=reconciliation.statement_on)
        .filter(Q(reconciliation=None) | Q(reconciliation=reconciliation))
        .exclude(status=Status.RECONCILED)
    )


def difference(reconciliation: Reconciliation) -> int:
    """What is missing to the statement's balance, in minor units; 0 when it can be finished."""
    rows = Transaction.objects.movements().filter(account=reconciliation.account_id)
    ticked = rows.filter(Q(status=Status.RECONCILED) | Q(reconciliation=reconciliation))
    total = ticked.aggregate(total=Sum("amount"))["total"] or 0
    opening = reconciliation.account.opening_balance
    return reconciliation.statement_balance - opening - total


def tick(
    *, reconciliation: Reconciliation, ids: Iterable[int], is_ticked: bool, by: User | None
) -> int:
    """Tick rows, or take the tick off. Returns the difference that remains."""
    with atomic():
        _hold(reconciliation)
        rows = reconcilable(reconciliation).filter(pk__in=list(ids))
        rows.update(reconciliation=reconciliation if is_ticked else None)
        return difference(reconciliation)


def finish_reconciliation(*, reconciliation: Reconciliation, by: User | None) -> Reconciliation:
    """Lock the ticked rows. Raises ReconciliationError unless they sum to the statement."""
    household = reconciliation.household
    with act(household=household, by=by, kind=ChangeSet.Kind.RECONCILE) as running:
        _hold(reconciliation)
        if difference(reconciliation) != 0:
            raise ReconciliationError
        _set_status(running, reconciliation, Status.RECONCILED)
        reconciliation.finished_at = timezone.now()
        reconciliation.save(update_fields=["finished_at"])
    return reconciliation


def cancel_reconciliation(*, reconciliation: Reconciliation, by: User | None) -> None:
    """Give up an open reconciliation; its ticks go."""
    with atomic():
        _hold(reconciliation)
        reconciliation.rows.update(reconciliation=None)
        reconciliation.delete()


def reopen_reconciliation(*, reconciliation: Reconciliation, by: User | None) -> Reconciliation:
    """Unlock the rows of the account's latest finished reconciliation; the ticks stay.

    Raises ReconciliationError for an earlier one, or while another is open.
    """
    household = reconciliation.household
    with act(household=household, by=by, kind=ChangeSet.Kind.RECONCILE) as running:
        of_account = Reconciliation.objects.filter(account=reconciliation.account_id)
        if of_account.filter(finished_at=None).exists():
            raise ReconciliationError(_("Finish or cancel the open reconciliation first."))
        latest = of_account.order_by("-statement_on", "-pk").first()
        if latest is None or latest.pk != reconciliation.pk:
            raise ReconciliationError(_("Only the latest reconciliation can be reopened."))
        _set_status(running, reconciliation, Status.BOOKED)
        reconciliation.finished_at = None
        reconciliation.save(update_fields=["finished_at"])
    return reconciliation


def _set_status(running, reconciliation: Reconciliation, status: Status) -> None:
    ids = list(reconciliation.rows.values_list("pk", flat=True))
    with running.changing(ids):
        Transaction.objects.filter(pk__in=ids).update(status=status, version=F("version") + 1)
        Transaction.objects.filter(parent__in=ids).update(status=status)


def _hold(reconciliation: Reconciliation) -> None:
    """Queue behind other writers, and see that it is still open."""
    lock(reconciliation.household)
    found = Reconciliation.objects.filter(pk=reconciliation.pk).select_related("account").first()
    if found is None or found.finished_at is not None:
        raise ReconciliationError(_("This reconciliation is finished."))
    reconciliation.statement_on = found.statement_on
    reconciliation.statement_balance = found.statement_balance
    reconciliation.account = found.account
