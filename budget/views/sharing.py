from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import editor, reader
from budget.adjustments import own_part
from budget.errors import BudgetError
from budget.forms import CameForm, ExpectForm, ShareForm
from budget.models import ExpectedRefund, Share
from budget.services import refunds, shares
from ledger.forms.transactions import category_choices
from ledger.models import Transaction


def _row(request, pk: int) -> Transaction:
    """The household's transaction of this number, a part too, or 404."""
    rows = Transaction.objects.for_household(request.household)
    return get_object_or_404(
        rows.select_related("account", "household", "payee", "category"), pk=pk
    )


@require_http_methods(["GET", "POST"])
@reader
def share_page(request, pk):
    """Which part of a transaction is one's own."""
    row = _row(request, pk)
    share = Share.objects.filter(transaction=row).first()
    initial = {"own": 1, "whole": 2}
    if share is not None:
        own = share.own_amount
        initial = {
            "own": share.own,
            "whole": share.whole,
            "own_amount": None if own is None else abs(own),
            "with_whom": share.with_whom,
        }
    posted = request.POST if request.method == "POST" else None
    form = ShareForm(posted, currency=row.account.currency, initial=initial)
    if posted is not None:
        if request.role == "viewer":
            raise PermissionDenied
        if _share(request, row, form):
            return redirect("ledger:transaction_edit", pk=row.parent_id or row.pk)
    context = {
        "row": row,
        "form": form,
        "share": share,
        "own": None if share is None else own_part(row.amount, share),
        "parts": row.parts.select_related("category", "share").order_by("pk"),
    }
    return render(request, "budget/share.html", context, status=422 if form.errors else 200)


def _share(request, row: Transaction, form: ShareForm) -> bool:
    """Carry out what was posted; False with the reason in the form."""
    if request.POST.get("act") == "end":
        shares.unshare(transaction=row)
        messages.success(request, _("The whole amount counts again."))
        return True
    if not form.is_valid():
        return False
    facts = form.cleaned_data
    if facts["own_amount"] is not None and row.amount < 0:
        facts["own_amount"] = -facts["own_amount"]
    try:
        shares.share_transaction(transaction=row, by=request.user, **facts)
    except BudgetError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, _("Only your part counts in the budget now."))
    return True


@require_http_methods(["GET", "POST"])
@reader
def refund_page(request, pk):
    """Wait for money to come back for an expense."""
    row = _row(request, pk)
    waiting = ExpectedRefund.objects.filter(expense=row, state=ExpectedRefund.State.WAITING).first()
    initial = {"amount": abs(row.amount)}
    if waiting is not None:
        initial = {name: getattr(waiting, name) for name in ("amount", "expected_on", "note")}
    posted = request.POST if request.method == "POST" else None
    form = ExpectForm(posted, currency=row.account.currency, initial=initial)
    if posted is not None and request.role == "viewer":
        raise PermissionDenied
    if form.is_valid():
        try:
            refunds.expect_refund(expense=row, by=request.user, **form.cleaned_data)
        except BudgetError as error:
            form.add_error("amount", str(error))
        else:
            refunds.find_refunds(request.household)
            messages.success(request, _("Housebook watches for it."))
            return redirect("budget:refund_list")
    context = {"row": row, "form": form, "waiting": waiting}
    return render(request, "budget/refund.html", context, status=422 if form.errors else 200)


@require_GET
@reader
def refund_list(request):
    return _list(request)


def _list(request, form=None, pk=None, status: int = 200):
    rows = ExpectedRefund.objects.filter(household=request.household).select_related(
        "expense__account", "expense__payee", "refund", "category", "made_by"
    )
    offers: dict[int, list] = {}
    for offer in refunds.refund_offers(request.household):
        offers.setdefault(offer.expected.pk, []).append(offer.refund)
    waiting = list(rows.filter(state="waiting").order_by("expected_on", "pk"))
    context = {
        "waiting": [(one, offers.get(one.pk, [])) for one in waiting],
        "done": rows.exclude(state="waiting").order_by("-pk")[:50],
        "categories": category_choices(request.household, empty=_("As it was booked")),
        "form": form,
        "form_pk": pk,
        "today": request.household.today(),
    }
    return render(request, "budget/refund_list.html", context, status=status)


@require_POST
@editor
def refund_act(request, pk):
    """It came, it is given up, it is waited for again."""
    rows = ExpectedRefund.objects.select_related("household", "expense")
    expected = get_object_or_404(rows, household=request.household, pk=pk)
    act = request.POST.get("act")
    if act == "came":
        form = CameForm(request.POST, household=request.household)
        if not form.is_valid():
            return _list(request, form, pk, 422)
        try:
            refunds.refund_came(expected=expected, **form.cleaned_data)
        except BudgetError as error:
            form.add_error(None, str(error))
            return _list(request, form, pk, 422)
    elif act == "give_up":
        refunds.give_up(expected=expected)
    elif act == "again":
        refunds.wait_again(expected=expected)
    else:
        raise Http404
    messages.success(request, _("Saved."))
    return redirect("budget:refund_list")
