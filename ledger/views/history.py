"""Bulk edits, trash, history, undo, search."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from core.forms import clean_text
from core.htmx import trigger
from ledger.errors import LedgerError
from ledger.forms.transactions import BulkForm
from ledger.listing import page_of
from ledger.models import Account, Category, ChangeSet, Payee, Tombstone, Transaction
from ledger.search_query import matching
from ledger.services.transactions import bulk_edit
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.text import fold
from ledger.views.common import filter_of, posted_ids


@require_POST
@editor
def transaction_bulk(request):
    """Change or delete a selection, or with `all` everything that the filter finds."""
    try:
        change_set = _bulk(request, _chosen_rows(request))
    except LedgerError as error:
        messages.error(request, str(error))
        change_set = None
    else:
        count = change_set.count if change_set else 0
        text = ngettext("%(n)s transaction changed.", "%(n)s transactions changed.", count)
        messages.success(request, text % {"n": count})
    if change_set:
        request.session["undo"] = change_set.pk
    query = request.POST.get("filter", "")
    return redirect(reverse("ledger:transaction_list") + (f"?{query}" if query else ""))


def _chosen_rows(request):
    if not request.POST.get("all"):
        return (
            Transaction.objects.for_household(request.household)
            .movements()
            .filter(pk__in=posted_ids(request))
        )
    chosen = filter_of(request, QueryDict(request.POST.get("filter", "")))
    # A field that cannot be read does not narrow the list: acting on that list could hit the
    # whole ledger (a tag of the filter was deleted meanwhile).
    if not chosen.is_valid():
        raise LedgerError(_("The filter is not valid any more. Nothing was changed."))
    return chosen.rows()


def _bulk(request, rows):
    if request.POST.get("action") == "delete":
        ids = rows.values_list("pk", flat=True)
        return delete_transactions(household=request.household, ids=list(ids), by=request.user)
    form = BulkForm(request.POST, household=request.household)
    if not form.is_valid():
        raise LedgerError(" ".join(e for errors in form.errors.values() for e in errors))
    return bulk_edit(rows=rows, by=request.user, **form.facts())


@require_GET
@reader
def trash(request):
    graves = (
        Tombstone.objects.filter(household=request.household, snapshot__isnull=False)
        .select_related("account", "deleted_by")
        .order_by("-deleted_at", "-pk")
    )
    page = Paginator(graves, 100).get_page(request.GET.get("page"))
    return render(request, "ledger/trash.html", {"page": page})


@require_POST
@editor
def trash_restore(request):
    try:
        restore(household=request.household, transaction_ids=posted_ids(request), by=request.user)
    except LedgerError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Restored."))
    return redirect("ledger:trash")


@require_GET
@reader
def change_list(request):
    acts = (
        ChangeSet.objects.filter(household=request.household)
        .select_related("actor", "undone_by")
        .order_by("-pk")
    )
    page = Paginator(acts, 100).get_page(request.GET.get("page"))
    return render(request, "ledger/change_list.html", {"page": page})


@require_POST
@editor
def change_undo(request, pk):
    change_set = get_object_or_404(ChangeSet, household=request.household, pk=pk)
    try:
        undone = undo(change_set=change_set, by=request.user)
    except LedgerError as error:
        text = str(error)
    else:
        text = _("Undone.")
        if undone.kept_ids:
            kept = ngettext(
                "%(n)s was changed since and stays.",
                "%(n)s were changed since and stay.",
                len(undone.kept_ids),
            )
            text = f"{text} {kept % {'n': len(undone.kept_ids)}}"
    messages.info(request, text)
    if request.htmx:
        return trigger(HttpResponse(status=204), reload={})
    back = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("ledger:change_list")
    return redirect(back)


@require_GET
@reader
def search(request):
    """The palette's results: accounts, categories, payees, transactions."""
    text = clean_text(request.GET.get("q", "")).strip()[:100]
    household = request.household
    context = {"q": text}
    if text:
        accounts = {a.pk: a for a in Account.objects.for_household(household)}
        categories = {c.pk: c for c in Category.objects.for_household(household)}
        needle = fold(text)
        payees = Payee.objects.for_household(household)
        rows = matching(Transaction.objects.for_household(household).movements(), text)
        context |= {
            "accounts": [a for a in accounts.values() if needle in fold(a.name)][:4],
            "categories": [c for c in categories.values() if needle in fold(c.name)][:4],
            "payees": [p for p in payees if needle in fold(p.name)][:4],
            "rows": page_of(rows, household, accounts, categories, size=6).rows,
        }
    return render(request, "ledger/_search.html", context)
