"""What the budget counts otherwise than it was booked: own parts of shared transactions, and refunds
that were given to another month or category."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Household
from budget.models import ExpectedRefund, Share
from budget.periods import Calendar
from core.money import share
from currencies.conversion import RateTable
from ledger.models import Transaction

UNSORTED_OUT, UNSORTED_IN = 0, -1
"""Keys of money without a category: spent, and received."""
SHARED, REFUND = "shared", "refund"
"""Why something is counted otherwise."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`amount` (base currency) more in the category `key` of the period `index`."""

    index: int
    key: int
    amount: int
    reason: str


def key_of(category_id: int | None, is_inflow: bool) -> int:
    """The category's number, or which of the two keys of money without one."""
    return category_id or (UNSORTED_IN if is_inflow else UNSORTED_OUT)


def own_part(amount: int, of: Share) -> int:
    """What of a transaction's `amount` is the household's own."""
    if of.own_amount is not None:
        return of.own_amount
    return share(amount, [of.own, of.whole - of.own])[0]


def own_parts(amounts: list[int], of: Share) -> list[int]:
    """What of each part of a split is the household's own.

    An amount that was typed for the whole is spread over the parts by their size; parts of both
    signs have no size to go by, they count whole.
    """
    if of.own_amount is None:
        return [own_part(amount, of) for amount in amounts]
    if len({amount > 0 for amount in amounts}) != 1:
        return amounts
    return share(of.own_amount, [abs(amount) for amount in amounts])


def share_adjustments(
    household: Household,
    where: Q,
    calendar: Calendar,
    table: RateTable | None,
    account_ids: list[int],
) -> list[Adjustment]:
    """Of the shared transactions in `where` (a condition on transactions). One or two queries."""
    rows = Transaction.objects.for_household(household).filter(
        where, share__isnull=False, transfer=None, account__in=account_ids
    )
    rows = list(rows.select_related("share", "account"))
    split = {row.pk: row for row in rows if row.is_split}
    own = {row.pk: row for row in rows if not row.is_split}
    pairs = [(row, own_part(row.amount, row.share)) for row in own.values()]
    if split:
        pairs += _split_pairs(split, set(own))
    found = []
    for row, counted in pairs:
        less = _worth(row, counted, household, table) - _worth(row, row.amount, household, table)
        if less:
            key = key_of(row.category_id, row.amount > 0)
            found.append(Adjustment(_index(row, calendar), key, less, SHARED))
    return found


def _split_pairs(split: dict[int, Transaction], own: set[int]) -> Iterator[tuple]:
    """(part, what counts of it) of shared splits; a part with a share of its own is not asked."""
    parts = Transaction.objects.filter(parent__in=list(split)).select_related("account")
    of: dict[int, list[Transaction]] = {}
    for part in parts.order_by("pk"):
        of.setdefault(part.parent_id, []).append(part)
    for pk, mine in of.items():
        counted = own_parts([part.amount for part in mine], split[pk].share)
        yield from ((p, c) for p, c in zip(mine, counted, strict=True) if p.pk not in own)


def _worth(row: Transaction, amount: int, household: Household, table: RateTable | None) -> int:
    """In the base currency at the day's rate; 0 without a rate, as the row itself is left out."""
    base = household.base_currency
    if row.account.currency == base:
        return amount
    worth = table.convert(amount, row.account.currency, base, row.date) if table else None
    return worth.minor if worth else 0


def _index(row: Transaction, calendar: Calendar) -> int:
    return calendar.index_of(row.date) if calendar.by_pay_day else row.month


def moved_refunds(household: Household, calendar: Calendar) -> list[Adjustment]:
    """Refunds that count in another month or category than they were booked in. One query.

    All of the household's, because one that was booked late changes the month that it was given to.
    """
    refunds = ExpectedRefund.objects.filter(
        household=household,
        state=ExpectedRefund.State.CAME,
        refund__transfer=None,
        refund__is_split=False,
        refund__account__is_off_budget=False,
    ).exclude(month=None, category=None)
    table = None
    found = []
    refunds = list(refunds.select_related("refund__account", "refund__share"))
    foreign = [
        one.refund for one in refunds if one.refund.account.currency != household.base_currency
    ]
    if foreign:
        days = [row.date for row in foreign]
        names = {household.base_currency, *(row.account.currency for row in foreign)}
        table = RateTable(names, min(days), max(days))
    for one in refunds:
        row = one.refund
        counted = own_part(row.amount, row.share) if hasattr(row, "share") else row.amount
        amount = _worth(row, counted, household, table)
        booked = (_index(row, calendar), key_of(row.category_id, True))
        given = (booked[0] if one.month is None else one.month, one.category_id or booked[1])
        if amount and given != booked:
            found.append(Adjustment(*booked, -amount, REFUND))
            found.append(Adjustment(*given, amount, REFUND))
    return found
