"""The transactions that may be what series expect, in few queries at any size of the ledger."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import Q

from accounts.models import Household
from ledger.models import Transaction
from ledger.text import fold
from recurring.fit import Movement, Wanted, late_reach
from recurring.models import Series

_COLUMNS = (
    *("pk", "date", "amount", "account_id", "account__currency", "payee_id", "search_text"),
    "transfer_id",
)


def wanted_of(series: Series) -> Wanted:
    """What `series` looks for."""
    is_transfer = series.kind == Series.Kind.TRANSFER
    return Wanted(
        amount=series.amount,
        low=series.amount_low,
        high=series.amount_high,
        currency=series.currency,
        account=series.account_id,
        partner=series.other_account_id if is_transfer else None,
        payee=series.payee_id,
        words=tuple(fold(series.words).split()),
        name=fold(series.name),
        early=series.early_days,
        late=late_reach(series.schedule, series.late_days),
    )


def movements_for(
    household: Household,
    wanted: Iterable[Wanted],
    first: dt.date,
    last: dt.date,
    also: Collection[int] = (),
) -> list[Movement]:
    """Movements from `first` to `last` whose account and size suit one of `wanted`, and `also` those
    of these numbers. Two queries at most."""
    wanted = list(wanted)
    suits = Q(pk__in=also)
    for account, low, high in {_span(one) for one in wanted}:
        size = Q(amount__range=(low, high), date__range=(first, last))
        suits |= size if account is None else size & Q(account=account)
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(suits)
        .order_by("date", "pk")
        .values_list(*_COLUMNS)
    )
    found = list(rows)
    partners = _partners(found) if any(one.partner for one in wanted) else {}
    return [
        Movement(pk, day, amount, account, currency, payee, text, partners.get((transfer, account)))
        for pk, day, amount, account, currency, payee, text, transfer in found
    ]


def _span(one: Wanted) -> tuple[int | None, int, int]:
    if one.amount > 0:
        return one.account, one.low, one.high
    return one.account, -one.high, -one.low


def _partners(rows: list[tuple]) -> dict[tuple[int, int], int]:
    """The other account of each transfer, by transfer and own account."""
    transfers = {row[-1] for row in rows if row[-1] is not None}
    legs: dict[int, list[int]] = {}
    for transfer, account in Transaction.objects.filter(transfer__in=transfers).values_list(
        "transfer_id", "account_id"
    ):
        legs.setdefault(transfer, []).append(account)
    return {
        (transfer, account): other
        for transfer, accounts in legs.items()
        for account in accounts
        for other in accounts
        if other != account
    }
