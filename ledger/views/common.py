"""What several pages of the ledger begin with."""

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from core.htmx import trigger
from core.numbers import row_id
from ledger.filters import TransactionFilter
from ledger.models import Account, Transaction


def toast(response, text: str, change_set=None):
    """Say what happened, with a way back."""
    detail = {"text": text, "undo_label": _("Undo")}
    if change_set is not None:
        detail["undo_url"] = reverse("ledger:change_undo", args=[change_set.pk])
    return trigger(response, toast=detail)


def own_transaction(request, pk: int) -> Transaction:
    """The household's whole transaction of this number, or 404."""
    rows = Transaction.objects.for_household(request.household).movements()
    return get_object_or_404(
        rows.select_related("account", "household", "payee", "category", "transfer"), pk=pk
    )


def posted_ids(request) -> list[int]:
    """The rows that a form has ticked; what is no number is left out."""
    return [pk for pk in map(row_id, request.POST.getlist("pk")) if pk]


def posted_version(request) -> int | None:
    """The version of the row that the person saw, None when the form does not say."""
    return row_id(request.POST.get("version", "")) or None


def open_accounts(request) -> list[Account]:
    """Accounts that take transactions, the last used first."""
    accounts = list(Account.objects.for_household(request.household).open())
    last = request.session.get("last_account")
    return sorted(accounts, key=lambda account: account.pk != last)


def filter_of(
    request, data: QueryDict | None = None, accounts: list[Account] | None = None
) -> TransactionFilter:
    """The filter that the query string (or a posted copy of it) asks for."""
    return TransactionFilter(
        data if data is not None else request.GET,
        household=request.household,
        accounts=accounts,
    )
