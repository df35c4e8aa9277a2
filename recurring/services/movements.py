"""The transactions that may be what series expect, in few queries at any size of the ledger."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, from `first` to `last`."""

    wanted: Wanted
    first: dt.date
    last: dt.date

    def suits(self) -> Q:
        """The rows whose day, account and size suit it."""
        one = self.wanted
        low, high = (one.low, one.high) if one.amount > 0 else (-one.high, -one.low)
        size = Q(amount__range=(low, high), date__range=(self.first, self.last))
        return size if one.account is None else size & Q(account=one.account)


def movements_for(
    household: Household, searches: Iterable[Search], also: Collection[int] = ()
) -> list[Movement]:
    """Movements that suit one of `searches` by day, account and size, and `also` those of these
    numbers. Two queries at most."""
    searches = list(searches)
    suits = Q(pk__in=also)
    for search in searches:
        suits |= search.suits()
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(suits)
        .order_by("date", "pk")
        .values_list(*_COLUMNS)
    )
    found = list(rows)
    partners = _partners(found) if any(one.wanted.partner for one in searches) else {}
    return [
        Movement(pk, day, amount, account, currency, payee, text, partners.get((transfer, account)))
        for pk, day, amount, account, currency, payee, text, transfer in found
    ]


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
