"""From the filter of the transaction list to the book that an export writes."""

from ledger.exports.rows import Book
from ledger.filters import TransactionFilter

_WHOLE = frozenset(("account", "from", "to", "month", "scope"))


def book_of(chosen: TransactionFilter) -> Book:
    """The book of what a valid filter finds.

    It is complete when the filter is by account and day only: then nothing between two balances is
    left out.
    """
    facts = chosen.facts
    accounts = chosen.accounts
    if "account" in facts:
        accounts = [account for account in accounts if account.pk in facts["account"]]
    if facts.get("scope") == "budget":
        base = chosen.household.base_currency
        accounts = [a for a in accounts if not a.is_off_budget and a.currency == base]
    first, last = chosen.dates
    return Book(
        household=chosen.household,
        movements=chosen.rows(),
        accounts=accounts,
        first=first,
        last=last,
        is_complete=facts.keys() <= _WHOLE,
    )
