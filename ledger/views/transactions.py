from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from accounts.submissions import once
from core.formatting import format_money
from core.htmx import render_page, trigger
from core.numbers import row_id
from ledger.balances import account_balances
from ledger.errors import ConflictError, LedgerError
from ledger.exports.csv_file import csv_lines
from ledger.filter_totals import filter_totals
from ledger.forms.transactions import TransactionForm
from ledger.history import history_of
from ledger.listing import page_of, single_row
from ledger.models import Category
from ledger.services.refunds import refund_candidates
from ledger.services.transactions import (
    add_transaction,
    duplicate_transaction,
    edit_transaction,
)
from ledger.services.transfers import transfer_candidates
from ledger.services.trash import delete_transactions
from ledger.suggestions import payee_suggestions
from ledger.views.common import filter_of, open_accounts, own_transaction, posted_version


def toast(response, text: str, change_set=None):
    """Say what happened, with a way back."""
    detail = {"text": text, "undo_label": _("Undo")}
    if change_set is not None:
        detail["undo_url"] = reverse("ledger:change_undo", args=[change_set.pk])
    return trigger(response, toast=detail)


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
    lines = csv_lines(chosen.rows())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"transactions-{request.household.today()}.csv"
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
    pk, change_set_pk = outcome.split()
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = request.headers.get("HX-Current-URL") or "/transactions/"
        messages.success(request, _("Added."))
        return response
    text = _("Added %(amount)s.") % {
        "amount": format_money(
            form.cleaned_data["amount"], form.cleaned_data["account"].currency, sign=True
        )
    }
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


@reader
def transaction_edit(request, pk):
    row = own_transaction(request, pk)
    accounts = open_accounts(request)
    if row.account not in accounts:
        accounts = [row.account, *accounts]
    if request.method == "POST":
        return _save(request, row, accounts)
    return render(request, "ledger/transaction_edit.html", _edit_context(row, _form(row, accounts)))


def _form(row, accounts):
    initial = {
        "amount": abs(row.amount),
        "direction": "in" if row.amount > 0 else "out",
        "payee": row.payee.name if row.payee else "",
        "category": row.category_id,
        "account": row.account_id,
        "date": row.date,
        "notes": row.notes,
        "tags": ", ".join(tag.name for tag in row.tags.all()),
        "status": row.status,
    }
    form = TransactionForm(household=row.household, accounts=accounts, initial=initial)
    form.fields["amount"].currency = row.account.currency
    return form


def _edit_context(row, form, **more):
    context = {
        "row": row,
        "form": form,
        "parts": row.parts.select_related("category", "payee").order_by("pk"),
        "history": history_of(row),
        "partner": _partner(row),
        "refunds": row.refunds.select_related("account"),
        **more,
    }
    if row.amount > 0 and not row.refund_of_id and not row.transfer_id:
        context["refund_candidates"] = refund_candidates(row)
    if not row.transfer_id and not row.is_split:
        context["transfer_candidates"] = transfer_candidates(row)
    return context


def _partner(row):
    if row.transfer is None:
        return None
    return row.transfer.legs.exclude(pk=row.pk).select_related("account").first()


def _save(request, row, accounts):
    if request.role == "viewer":
        return render(request, "403.html", status=403)
    form = TransactionForm(
        request.POST,
        household=request.household,
        accounts=accounts,
        initial={"category": row.category_id},
    )
    if form.is_valid():
        facts = form.facts()
        if row.is_reconciled:
            facts.pop("status")
        try:
            change_set = edit_transaction(
                transaction=row,
                by=request.user,
                version=posted_version(request),
                **facts,
            )
        except ConflictError as error:
            row = own_transaction(request, row.pk)
            form.add_error(None, str(error))
            context = _edit_context(row, form, conflict=True)
            return render(request, "ledger/transaction_edit.html", context, status=409)
        except LedgerError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved.") if change_set else _("Nothing changed."))
            return redirect("ledger:transaction_edit", pk=row.pk)
    return render(request, "ledger/transaction_edit.html", _edit_context(row, form), status=422)


@require_POST
@editor
def transaction_categorise(request, pk):
    """The category of one row, set in the list."""
    row = own_transaction(request, pk)
    category = None
    if wanted := request.POST.get("category", ""):
        own = Category.objects.for_household(request.household)
        category = get_object_or_404(own, pk=row_id(wanted))
    try:
        change_set = edit_transaction(transaction=row, by=request.user, category=category)
    except LedgerError as error:
        return toast(HttpResponse(status=204), str(error))
    accounts = {row.account_id: row.account}
    categories = {c.pk: c for c in Category.objects.for_household(request.household)}
    context = {
        "rows": [single_row(row, accounts, categories)],
        "groups": _by_group(categories.values()),
        "can_write": True,
    }
    response = render(request, "ledger/_transaction_rows.html", context)
    return toast(response, _("Category set."), change_set)


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
