"""When a card is settled."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.access import reader
from ledger.models import Account
from recurring.cards import card_statement
from recurring.errors import BillError
from recurring.forms import CardCycleForm
from recurring.models import CardCycle
from recurring.services.cards import drop_cycle, save_cycle


@reader
def card_cycle(request, pk):
    accounts = Account.objects.for_household(request.household).select_related("household")
    account = get_object_or_404(accounts, pk=pk)
    cycle = CardCycle.objects.filter(account=account).select_related("account").first()
    if request.method == "POST" and request.role == "viewer":
        raise PermissionDenied
    if account.kind != Account.Kind.CREDIT_CARD:
        messages.error(request, _("Only a credit card has statements to pay."))
        return redirect("ledger:account_detail", pk=pk)
    if request.method == "POST" and request.POST.get("act") == "drop":
        drop_cycle(account=account)
        messages.success(request, _("Saved."))
        return redirect("ledger:account_detail", pk=pk)
    form = CardCycleForm(request.POST or None, account=account, cycle=cycle)
    if request.method == "POST" and form.is_valid():
        try:
            save_cycle(account=account, **form.facts())
        except BillError as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("recurring:card_cycle", pk=pk)
    today = request.household.today()
    context = {
        "account": account,
        "form": form,
        "cycle": cycle,
        "today": today,
        "statement": card_statement(cycle, today) if cycle else None,
    }
    return render(request, "recurring/card_cycle.html", context, status=422 if form.errors else 200)
