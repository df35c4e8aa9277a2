"""What the bills may know of the orders that banks list."""

from collections.abc import Iterator

from accounts.models import Household
from banking.models import Connection, Mandate
from ledger.standing_orders import StandingOrder
from ledger.text import alias_key

_KINDS = {Mandate.Kind.STANDING_ORDER: "standing_order", Mandate.Kind.DIRECT_DEBIT: "direct_debit"}


def orders_of(household: Household) -> Iterator[StandingOrder]:
    """Active orders of accounts that are brought in. One query.

    Banks change the ids of these: the key is made of what stays, payee and reference.
    """
    rows = (
        Mandate.objects.filter(
            bank_account__connection__household=household,
            bank_account__account__isnull=False,
            is_active=True,
        )
        .exclude(bank_account__connection__state=Connection.State.DISCONNECTED)
        .select_related("bank_account__account")
        .order_by("pk")
    )
    for row in rows:
        yield StandingOrder(
            account=row.bank_account.account,
            kind=_KINDS[row.kind],
            payee=row.payee,
            key=f"{row.kind}:{alias_key(row.payee)[:60]}:{alias_key(row.reference)[:60]}",
            reference=row.reference,
            frequency=row.frequency,
            next_on=row.next_on,
            next_amount=row.next_amount,
            last_on=row.last_on,
            last_amount=row.last_amount,
            ends_on=row.ends_on,
        )
