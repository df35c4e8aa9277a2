"""Transfers that were found and are not certain."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from core.numbers import row_id
from ledger.errors import LedgerError
from ledger.services.transfer_finder import transfer_offers
from ledger.services.transfers import link_transfer, refuse_transfer
from ledger.views.common import own_transaction


@require_GET
@reader
def transfer_offer_list(request):
    offers = transfer_offers(request.household)
    return render(request, "ledger/transfer_offers.html", {"offers": offers})


@require_POST
@editor
def transfer_offer_answer(request):
    """It is one, or it is none."""
    first = own_transaction(request, row_id(request.POST.get("first", "")))
    second = own_transaction(request, row_id(request.POST.get("second", "")))
    if request.POST.get("answer") == "no":
        refuse_transfer(household=request.household, ids=[first.pk, second.pk])
        messages.success(request, _("These stay two transactions."))
        return redirect("ledger:transfer_offers")
    try:
        link_transfer(first=first, second=second, by=request.user)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Linked as a transfer."))
    return redirect("ledger:transfer_offers")
