"""Transactions that are entered by themselves, on accounts that no bank fills."""

import datetime as dt
import logging

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger.errors import LedgerError
from ledger.models import Transaction
from ledger.services.acts import lock
from ledger.services.transactions import add_transaction
from ledger.services.transfers import record_transfer
from recurring.models import Occurrence, Series

logger = logging.getLogger(__name__)

LATEST = dt.timedelta(days=31)
"""A server that stood still for longer does not make up for it."""


def post_due(*, household: Household, today: dt.date) -> int:
    """Enter what is due and was not matched, once each. Returns how many.

    Comes after matching, so that a row of a bank or file is taken instead. One that is deleted
    afterwards is not entered again.
    """
    rows = Occurrence.objects.for_household(household).filter(
        series__state=Series.State.ACTIVE,
        series__posts_itself=True,
        state__in=[Occurrence.State.EXPECTED, Occurrence.State.MISSING],
        is_posted=False,
        is_by_person=False,
        due_on__range=(today - LATEST, today),
    )
    posted = 0
    for pk in rows.order_by("due_on", "pk").values_list("pk", flat=True):
        posted += _post_once(pk)
    return posted


def _post_once(pk: int) -> bool:
    try:
        with atomic():
            row = Occurrence.objects.select_related("household").get(pk=pk)
            lock(row.household)
            row = (
                Occurrence.objects.select_related(
                    "series__account", "series__other_account", "series__payee", "series__category"
                )
                .filter(pk=pk, is_posted=False, transaction=None)
                .first()
            )
            if row is None:
                return False
            enter(occurrence=row, on=row.due_on, by=row.series.made_by)
            return True
    except LedgerError as error:  # a closed account, for one: it will be reported as not seen
        logger.warning("Occurrence %s was not entered: %s", pk, type(error).__name__)
        return False


@atomic
def enter(*, occurrence: Occurrence, on: dt.date, by: User | None) -> Transaction:
    """Add the transaction that `occurrence` expects, on the day `on`, and match it. Its
    `change_set` takes it back.

    Raises LedgerError (a closed account, no account, a transaction that is there already).
    """
    series = occurrence.series
    account = series.account
    if account is None:
        raise LedgerError(_("Say on which account it is paid."))
    if occurrence.transaction_id:
        raise LedgerError(_("It is paid already."))
    if series.kind == Series.Kind.TRANSFER and series.other_account:
        transfer = record_transfer(
            source=account,
            target=series.other_account,
            amount=abs(occurrence.amount),
            date=on,
            by=by,
            notes=series.name,
        )
        made = transfer.legs.get(account=account)
        made.change_set = transfer.change_set
    else:
        made = add_transaction(
            account=account,
            date=on,
            amount=occurrence.amount,
            by=by,
            payee=series.payee,
            category=series.category,
            notes="" if series.payee else series.name,
        )
    occurrence.transaction = made
    occurrence.state = Occurrence.State.MATCHED
    occurrence.is_posted = True
    occurrence.chosen_id = made.pk
    occurrence.save(update_fields=["transaction", "state", "is_posted", "chosen_id"])
    return made
