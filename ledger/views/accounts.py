from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, owner, reader
from ledger.account_notes import notes_of
from ledger.account_page import RANGES, account_page
from ledger.balances import account_balances, balance_curves
from ledger.errors import LedgerError
from ledger.exports.registry import FORMATS
from ledger.forms.accounts import AccountForm, MoneySettingsForm, ReconcileForm
from ledger.listing import page_of
from ledger.models import Account, Category, Reconciliation, Transaction
from ledger.services import accounts as services
from ledger.services import reconciliation as reconciling
from ledger.services.settings import change_month_day

RECONCILE_ROWS = 200
"""On one page of a reconciliation."""


def own_account(request, pk) -> Account:
    """The household's account of this number, or 404."""
    accounts = Account.objects.for_household(request.household).select_related("household")
    return get_object_or_404(accounts, pk=pk)


@require_GET
@reader
def account_list(request):
    household = request.household
    balances = account_balances(household, household.today())
    request.account_balances = balances
    curves = {curve.account.pk: curve for curve in balance_curves(household, balances, 12)}
    groups: dict[str, list] = {}
    closed = []
    for item in balances:
        row = (item, curves[item.account.pk].balances)
        if item.account.is_closed:
            closed.append(row)
        else:
            groups.setdefault(item.account.get_kind_display(), []).append(row)
    worth = sum(i.balance for i in balances if i.account.currency == household.base_currency)
    others = [i for i in balances if i.account.currency != household.base_currency]
    context = {
        "groups": groups.items(),
        "closed": closed,
        "worth": worth,
        "others": others,
        "export_formats": FORMATS,
    }
    return render(request, "ledger/account_list.html", context)


@require_GET
@reader
def account_detail(request, pk):
    account = own_account(request, pk)
    span = request.GET.get("span", "90")
    page = account_page(account, request.household.today(), RANGES.get(span, 90))
    categories = {c.pk: c for c in Category.objects.for_household(request.household)}
    rows = Transaction.objects.movements().filter(household=request.household, account=account)
    listing = page_of(rows, request.household, {account.pk: account}, categories, size=20)
    context = {
        "page": page,
        "account": account,
        "rows": listing.rows,
        "span": span,
        "notes": notes_of(account),
        "today": request.household.today(),
        "export_formats": FORMATS,
    }
    return render(request, "ledger/account_detail.html", context)


@editor
def account_add(request):
    form = AccountForm(request.POST or None, household=request.household)
    if request.method == "POST" and form.is_valid():
        account = services.open_account(household=request.household, **form.facts())
        messages.success(request, _("Account added."))
        return redirect("ledger:account_detail", pk=account.pk)
    context = {"form": form}
    return render(request, "ledger/account_form.html", context, status=422 if form.errors else 200)


@editor
def account_edit(request, pk):
    account = own_account(request, pk)
    form = AccountForm(request.POST or None, household=request.household, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_account(account=account, **form.facts())
        except LedgerError as error:
            form.add_error("currency", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("ledger:account_detail", pk=pk)
    context = {"form": form, "account": account}
    return render(request, "ledger/account_form.html", context, status=422 if form.errors else 200)


@require_POST
@editor
def account_act(request, pk):
    """Close, reopen, delete or move an account."""
    account = own_account(request, pk)
    act = request.POST.get("act")
    try:
        if act == "close":
            services.close_account(account=account, on=request.household.today())
        elif act == "reopen":
            services.reopen_account(account=account)
        elif act in ("up", "down"):
            _move(request, account, -1 if act == "up" else 1)
            return redirect("ledger:account_list")
        elif act == "delete":
            services.delete_account(account=account)
            messages.success(request, _("Account deleted."))
            return redirect("ledger:account_list")
    except LedgerError as error:
        messages.error(request, str(error))
    return redirect("ledger:account_detail", pk=pk)


def _move(request, account, step: int) -> None:
    ids = list(Account.objects.for_household(request.household).values_list("pk", flat=True))
    at = ids.index(account.pk)
    to = max(0, min(len(ids) - 1, at + step))
    ids.insert(to, ids.pop(at))
    services.reorder_accounts(household=request.household, ids=ids)


@editor
def reconcile(request, pk):
    account = own_account(request, pk)
    running = Reconciliation.objects.filter(account=account, finished_at=None).first()
    form = ReconcileForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        try:
            reconciling.start_reconciliation(account=account, by=request.user, **form.cleaned_data)
        except LedgerError as error:
            form.add_error(None, str(error))
        else:
            return redirect("ledger:reconcile", pk=pk)
    context = {"account": account, "form": form, "running": running}
    if running:
        running.account = account
        rows = reconciling.reconcilable(running).select_related("payee", "category").newest_first()
        page = Paginator(rows, RECONCILE_ROWS).get_page(request.GET.get("page"))
        context |= {"page": page, "difference": reconciling.difference(running)}
    else:
        done = Reconciliation.objects.filter(account=account).order_by("-statement_on", "-pk")
        context["latest"] = done.first()
    status = 422 if form.errors else 200
    return render(request, "ledger/reconcile.html", context, status=status)


@require_POST
@editor
def reconcile_act(request, pk):
    """Tick rows, finish, cancel, or reopen the latest."""
    account = own_account(request, pk)
    act = request.POST.get("act")
    latest = Reconciliation.objects.filter(account=account).order_by("-statement_on", "-pk")
    running = latest.filter(finished_at=None).first()
    try:
        if act == "reopen" and running is None and latest:
            reconciling.reopen_reconciliation(reconciliation=latest[0], by=request.user)
        elif running is not None and act == "cancel":
            reconciling.cancel_reconciliation(reconciliation=running, by=request.user)
        elif running is not None:
            _tick(request, running)
            if act == "finish":
                reconciling.finish_reconciliation(reconciliation=running, by=request.user)
                messages.success(request, _("Reconciled: the account agrees with the statement."))
                return redirect("ledger:account_detail", pk=pk)
    except LedgerError as error:
        messages.error(request, str(error))
    url, page = reverse("ledger:reconcile", args=[pk]), request.POST.get("page", "")
    return redirect(f"{url}?page={page}" if page.isdecimal() else url)


def _tick(request, running: Reconciliation) -> None:
    """Of the rows that were on the page exactly the posted ones are ticked; `all` ticks every one,
    on other pages too."""
    if request.POST.get("act") == "all":
        shown = ticked = set(reconciling.reconcilable(running).values_list("pk", flat=True))
    else:
        shown = _ids(request.POST.get("shown", "").split(","))
        ticked = shown & _ids(request.POST.getlist("pk"))
    for chosen, is_ticked in ((ticked, True), (shown - ticked, False)):
        reconciling.tick(reconciliation=running, ids=chosen, is_ticked=is_ticked, by=request.user)


def _ids(texts) -> set[int]:
    return {int(text) for text in texts if text.isdecimal() and len(text) < 19}


@owner
def money_settings(request):
    household = request.household
    initial = {
        "base_currency": household.base_currency,
        "first_month_day": household.first_month_day,
    }
    form = MoneySettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        household.base_currency = form.cleaned_data["base_currency"]
        household.save(update_fields=["base_currency"])
        if form.cleaned_data["first_month_day"] != household.first_month_day:
            change_month_day(
                household=household, day=form.cleaned_data["first_month_day"], by=request.user
            )
        messages.success(request, _("Saved."))
        return redirect("ledger:money_settings")
    return render(request, "ledger/money_settings.html", {"form": form})
