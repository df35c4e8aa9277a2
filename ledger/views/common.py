"""What several pages of the ledger begin with."""

from django.http import QueryDict
from django.shortcuts import get_object_or_404

from ledger.filters import TransactionFilter
from ledger.models import Account, Transaction


def own_transaction(request, pk: int) -> Transaction:
    """The household's whole transaction of this number, or 404."""
    rows = Transaction.objects.for_household(request.household).movements()
    return get_object_or_404(
        rows.select_related("account", "household", "payee", "category", "transfer"), pk=pk
    )


def open_accounts(request) -> list[Account]:
    """Accounts that take transactions, the last used first."""
    accounts = list(Account.objects.for_household(request.household).open())
    last = request.session.get("last_account")
    return sorted(accounts, key=lambda account: account.pk != last)


def filter_of(request, data: QueryDict | None = None) -> TransactionFilter:
    """The filter that the query string (or a posted copy of it) asks for."""
    return TransactionFilter(data if data is not None else request.GET, household=request.household)
