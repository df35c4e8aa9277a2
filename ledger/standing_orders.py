"""Standing orders and direct debits that banks know of: rooms that talk to banks register a source."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from accounts.models import Household
from ledger.models import Account


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """One order. `kind` is "standing_order" or "direct_debit", `frequency` the bank's own code ("" for
    none), amounts are sizes in minor units of the account's currency, `key` tells it from others of
    its account."""

    account: Account
    kind: str
    payee: str
    key: str
    reference: str = ""
    frequency: str = ""
    next_on: dt.date | None = None
    next_amount: int | None = None
    last_on: dt.date | None = None
    last_amount: int | None = None
    ends_on: dt.date | None = None


_sources: list[Callable[[Household], Iterable[StandingOrder]]] = []


def tell(source: Callable[[Household], Iterable[StandingOrder]]) -> None:
    """Have `source(household)` asked for the orders that its banks list."""
    _sources.append(source)


def standing_orders_of(household: Household) -> list[StandingOrder]:
    """All that are known, of every bank."""
    return [order for source in _sources for order in source(household)]
