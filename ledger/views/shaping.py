"""Split, transfer, refund: what a transaction is besides a row."""

from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import editor
from accounts.submissions import once
from core.numbers import row_id
from ledger.errors import LedgerError
from ledger.forms.transactions import OtherSideForm, SplitForm, TransferForm
from ledger.models import Transaction
from ledger.services.refunds import link_refund, unlink_refund
from ledger.services.transactions import split_transaction
from ledger.services.transfers import (
    link_transfer,
    make_transfer,
    record_transfer,
    unlink_transfer,
)
from ledger.views.common import open_accounts, own_transaction, posted_version


def _back(request, pk, what, success):
    """Run a service, say how it went, go back to the transaction."""
    try:
        what()
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, success)
    return redirect("ledger:transaction_edit", pk=pk)


def _other(request, pk) -> Transaction:
    return own_transaction(request, row_id(request.POST.get("other", "")))


@editor
def transaction_split(request, pk):
    row = own_transaction(request, pk)
    form = SplitForm(request.POST or None, transaction=row, parts=row.parts.order_by("pk"))
    if request.method == "POST" and form.is_valid():
        try:
            split_transaction(
                transaction=row,
                parts=form.parts(),
                by=request.user,
                version=posted_version(request),
            )
        except LedgerError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("ledger:transaction_edit", pk=pk)
    status = 422 if form.errors else 200
    return render(
        request, "ledger/transaction_split.html", {"row": row, "form": form}, status=status
    )


@editor
def transfer_add(request):
    accounts = open_accounts(request)
    initial = {"date": request.household.today()}
    form = TransferForm(
        request.POST or None, household=request.household, accounts=accounts, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        facts = {key: value for key, value in form.cleaned_data.items() if key != "submission"}
        try:
            once(
                user=request.user,
                key=request.POST.get("submission", ""),
                body=urlencode(sorted(request.POST.items())).encode(),
                effect=lambda: str(record_transfer(by=request.user, **facts).pk),
            )
        except LedgerError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Transferred."))
            return redirect("ledger:transaction_list")
    status = 422 if form.errors else 200
    return render(request, "ledger/transfer_add.html", {"form": form}, status=status)


@require_POST
@editor
def transfer_link(request, pk):
    row, other = own_transaction(request, pk), _other(request, pk)
    return _back(
        request,
        pk,
        lambda: link_transfer(first=row, second=other, by=request.user),
        _("These two are one transfer now."),
    )


@require_POST
@editor
def transfer_make(request, pk):
    """Add the other side of a transaction on another account."""
    row = own_transaction(request, pk)
    form = OtherSideForm(request.POST, row=row, accounts=open_accounts(request))
    if not form.is_valid():
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
        return redirect("ledger:transaction_edit", pk=pk)
    data = form.cleaned_data
    return _back(
        request,
        pk,
        lambda: make_transfer(
            row=row, account=data["account"], other_amount=data.get("amount"), by=request.user
        ),
        _("A transfer now: the other side was added."),
    )


@require_POST
@editor
def transfer_unlink(request, pk):
    row = own_transaction(request, pk)
    if row.transfer is None:
        return redirect("ledger:transaction_edit", pk=pk)
    return _back(
        request,
        pk,
        lambda: unlink_transfer(transfer=row.transfer, by=request.user),
        _("Two ordinary transactions again."),
    )


@require_POST
@editor
def refund_link(request, pk):
    row, other = own_transaction(request, pk), _other(request, pk)
    return _back(
        request,
        pk,
        lambda: link_refund(refund=row, expense=other, by=request.user),
        _("Linked to the expense that it pays back."),
    )


@require_POST
@editor
def refund_unlink(request, pk):
    row = own_transaction(request, pk)
    return _back(
        request, pk, lambda: unlink_refund(refund=row, by=request.user), _("No longer linked.")
    )
