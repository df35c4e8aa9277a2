from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from accounts.submissions import once
from core.formatting import format_money
from core.htmx import render_page
from ledger.balances import account_balances
from ledger.errors import LedgerError
from ledger.exports import registry
from ledger.exports.selection import book_of
from ledger.filter_totals import filter_totals
from ledger.forms.transactions import TransactionForm
from ledger.listing import page_of
from ledger.models import Category
from ledger.services.transactions import (
    add_transaction,
    duplicate_transaction,
)
from ledger.services.trash import delete_transactions
from ledger.suggestions import payee_suggestions
from ledger.views.common import filter_of, open_accounts, own_transaction, toast


@require_GET
@reader
def transaction_list(request):
    balances = account_balances(request.household, request.household.today())
    request.account_balances = balances
    accounts = {item.account.pk: item.account for item in balances}
    chosen = filter_of(request, accounts=list(accounts.values()))
    categories = {category.pk: category for category in chosen.categories}
    page = page_of(
        chosen.rows(),
        request.household,
        accounts,
        categories,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
        last="end" in request.GET,
    )
    plain = request.GET.copy()
    for cursor in ("after", "before", "end"):
        plain.pop(cursor, None)
    context = {
        "filter": chosen,
        "page": page,
        "count": None if chosen.is_active else sum(item.count for item in balances),
        "filter_query": plain.urlencode(),
        "today": request.household.today(),
        "open_accounts": open_accounts_of(request, chosen.accounts),
        "groups": _by_group(chosen.categories),
        "export_formats": registry.FORMATS,
    }
    return render_page(
        request, "ledger/transaction_list.html", "ledger/_transaction_table.html", context
    )


def open_accounts_of(request, accounts):
    """The open ones of accounts that are loaded already, the last used first."""
    last = request.session.get("last_account")
    return sorted((a for a in accounts if not a.is_closed), key=lambda a: a.pk != last)


def _by_group(categories):
    groups: dict[str, list[Category]] = {}
    for category in categories:
        if not category.is_archived:
            groups.setdefault(category.group.name, []).append(category)
    return groups.items()


@require_GET
@reader
def transaction_totals(request):
    context = {"totals": filter_totals(filter_of(request))}
    return render(request, "ledger/_transaction_totals.html", context)


@require_GET
@reader
def transaction_export(request):
    chosen = filter_of(request)
    if not chosen.is_valid():  # a file of everything would pass for what was asked for
        return redirect(f"{reverse('ledger:transaction_list')}?{request.GET.urlencode()}")
    try:
        form = registry.named(request.GET.get("format", registry.DEFAULT))
    except KeyError as error:
        raise Http404 from error
    pieces = form.pieces(book_of(chosen))
    response = StreamingHttpResponse(pieces, content_type=form.content_type)
    name = f"transactions-{request.household.today()}.{form.extension}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@editor
def transaction_add(request):
    accounts = open_accounts(request)
    if not accounts:
        messages.info(request, _("Add an account first: transactions happen on one."))
        return redirect("ledger:account_add")
    if request.method != "POST":
        chosen = request.GET.get("account")
        accounts.sort(key=lambda account: str(account.pk) != chosen)
        form = TransactionForm(
            household=request.household,
            accounts=accounts,
            initial={"date": request.household.today(), "account": accounts[0].pk},
        )
        return render(request, "ledger/transaction_add.html", {"form": form})
    form = TransactionForm(request.POST, household=request.household, accounts=accounts)
    if not form.is_valid():
        return _add_again(request, form)
    try:
        outcome = once(
            user=request.user,
            key=request.POST.get("submission", ""),
            body=urlencode(sorted(request.POST.items())).encode(),
            effect=lambda: _add(request, form),
        )
    except LedgerError as error:
        form.add_error(None, str(error))
        return _add_again(request, form)
    return _added(request, form, outcome)


def _add(request, form) -> str:
    row = add_transaction(by=request.user, **form.facts())
    return f"{row.pk} {row.change_set.pk}"


def _add_again(request, form):
    if request.htmx:
        errors = [str(error) for group in form.errors.values() for error in group]
        return toast(HttpResponse(status=204), " ".join(errors))
    return render(request, "ledger/transaction_add.html", {"form": form}, status=422)


def _added(request, form, outcome: str):
    request.session["last_account"] = form.cleaned_data["account"].pk
    request.session["undo"] = int(outcome.split()[1])
    text = _("Added %(amount)s.") % {
        "amount": format_money(
            form.cleaned_data["amount"], form.cleaned_data["account"].currency, sign=True
        )
    }
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = request.headers.get("HX-Current-URL") or "/transactions/"
        messages.success(request, text)
        return response
    messages.success(request, text)
    return redirect("ledger:transaction_list")


@require_GET
@reader
def payee_suggest(request):
    found = payee_suggestions(request.household, request.GET.get("q", "")[:100])
    items = [
        {
            "value": item.name,
            "label": item.name,
            "hint": item.category_name,
            "fill": {"category": item.category_id or ""},
        }
        for item in found
    ]
    return JsonResponse({"items": items})


@require_POST
@editor
def transaction_delete(request, pk):
    row = own_transaction(request, pk)
    try:
        change_set = delete_transactions(household=request.household, ids=[row.pk], by=request.user)
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("ledger:transaction_edit", pk=pk)
    request.session["undo"] = change_set.pk
    messages.success(request, _("Deleted. You find it in the trash."))
    return redirect("ledger:transaction_list")


@require_POST
@editor
def transaction_duplicate(request, pk):
    row = own_transaction(request, pk)
    try:
        copy = duplicate_transaction(transaction=row, by=request.user)
    except LedgerError as error:
        messages.error(request, str(error))
        return redirect("ledger:transaction_edit", pk=pk)
    messages.success(request, _("Copied."))
    return redirect("ledger:transaction_edit", pk=copy.pk)
