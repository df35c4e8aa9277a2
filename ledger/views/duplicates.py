"""Rows that are probably one, side by side."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from core.numbers import row_id
from ledger.duplicates import MONTHS, duplicate_offers
from ledger.errors import LedgerError
from ledger.services.duplicates import (
    join_sure_duplicates,
    merge_duplicates,
    refuse_duplicate,
)
from ledger.views.common import own_transaction


@require_GET
@reader
def duplicate_list(request):
    offers = duplicate_offers(request.household)
    context = {
        "offers": offers,
        "sure": sum(offer.is_sure for offer in offers),
        "months": MONTHS,
    }
    return render(request, "ledger/duplicates.html", context)


@require_POST
@editor
def duplicate_answer(request):
    """They are one (the left or the right stays), or they are two."""
    left = own_transaction(request, row_id(request.POST.get("left", "")))
    right = own_transaction(request, row_id(request.POST.get("right", "")))
    answer = request.POST.get("answer")
    if answer == "both":
        refuse_duplicate(household=request.household, ids=[left.pk, right.pk])
        messages.success(request, _("Both stay."))
    elif answer in ("left", "right"):
        keep, drop = (left, right) if answer == "left" else (right, left)
        try:
            change_set = merge_duplicates(keep=keep, drop=drop, by=request.user)
        except LedgerError as error:
            messages.error(request, str(error))
        else:
            request.session["undo"] = change_set.pk
            messages.success(request, _("Merged into one transaction."))
    return redirect("ledger:duplicates")


@require_POST
@editor
def duplicate_join(request):
    """Merge all pairs that leave no doubt."""
    change_set = join_sure_duplicates(household=request.household, by=request.user)
    if change_set is None:
        messages.info(request, _("There was nothing left to merge."))
    else:
        count = len(change_set.removed["merges"])
        request.session["undo"] = change_set.pk
        text = ngettext("%(n)s pair merged.", "%(n)s pairs merged.", count)
        messages.success(request, text % {"n": count})
    return redirect("ledger:duplicates")
