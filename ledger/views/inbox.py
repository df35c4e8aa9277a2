"""The review queue, worked through with the keyboard or by forms alone."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from core.numbers import row_id
from ledger.forms.transactions import category_choices
from ledger.inbox import alike, inbox
from ledger.models import Category
from ledger.services.inbox import confirm_sorted, decide
from ledger.views.common import own_transaction, posted_ids, toast


def _context(request, data) -> dict:
    is_sorted = data.get("show") == "sorted"
    found = inbox(request.household, is_sorted=is_sorted, page=data.get("page"))
    return {
        "inbox": found,
        "page": found.page,
        "is_sorted": is_sorted,
        "groups": category_choices(request.household, empty="")[1:],
    }


@require_GET
@reader
def inbox_page(request):
    return render(request, "ledger/inbox.html", _context(request, request.GET))


@require_POST
@editor
def inbox_answer(request):
    """Accept, change or leave; `act=confirm` says yes to all that was sorted by itself."""
    if request.POST.get("act") == "confirm":
        change_set = confirm_sorted(household=request.household, by=request.user)
    else:
        wanted = row_id(request.POST.get("category", ""))
        category = None
        if wanted and request.POST.get("act") != "none":
            own = Category.objects.filter(household=request.household)
            category = get_object_or_404(own, pk=wanted)
        ids = posted_ids(request)
        if request.POST.get("act") == "alike" and ids:
            row = own_transaction(request, ids[0])
            ids = list(alike(request.household, row).values_list("pk", flat=True))
        change_set = decide(
            household=request.household, ids=ids, category=category, by=request.user
        )
    count = change_set.count if change_set else 0
    text = ngettext("%(n)s transaction decided.", "%(n)s transactions decided.", count)
    if request.htmx:
        response = render(request, "ledger/_inbox.html", _context(request, request.POST))
        return toast(response, text % {"n": count}, change_set) if change_set else response
    messages.success(request, text % {"n": count} if count else _("Nothing was left to decide."))
    show = "?show=sorted" if request.POST.get("show") == "sorted" else ""
    return redirect(reverse("ledger:inbox") + show)
