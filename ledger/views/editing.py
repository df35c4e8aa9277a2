"""Change one transaction: on its page, or in place in the list."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import editor, reader
from ledger.errors import ConflictError, LedgerError
from ledger.forms.transactions import OtherSideForm, TransactionForm, what_differs
from ledger.history import history_of
from ledger.listing import page_of
from ledger.models import Category, ChangeSet, Transaction
from ledger.services.attachments import MAX_BYTES
from ledger.services.refunds import refund_candidates
from ledger.services.transactions import edit_transaction
from ledger.services.transfers import transfer_candidates
from ledger.transaction_notes import notes_of
from ledger.views.common import open_accounts, own_transaction, posted_version, toast


@dataclass(slots=True)
class _Saved:
    """What came of saving: `status` 200, 409 (somebody else was first) or 422 (not possible)."""

    row: Transaction
    form: TransactionForm
    status: int
    change_set: ChangeSet | None = None
    differences: list[tuple[str, str, str]] | None = None


@require_http_methods(["GET", "POST"])
@reader
def transaction_edit(request, pk):
    row = own_transaction(request, pk)
    if request.method != "POST":
        context = _page(row, _form(row, open_accounts(request)))
        return render(request, "ledger/transaction_edit.html", context)
    if request.role == "viewer":
        raise PermissionDenied
    saved = _save(request, row)
    if saved.status == 200:
        messages.success(request, _("Saved.") if saved.change_set else _("Nothing changed."))
        return redirect("ledger:transaction_edit", pk=pk)
    context = _page(saved.row, saved.form, differences=saved.differences)
    return render(request, "ledger/transaction_edit.html", context, status=saved.status)


@require_http_methods(["GET", "POST"])
@editor
def transaction_inline(request, pk):
    """A row of the list as a form, and back: `?as=row` shows it as it is."""
    row = own_transaction(request, pk)
    if request.method != "POST":
        if request.GET.get("as") == "row":
            return _as_row(request, row)
        form = _form(row, open_accounts(request), inline=row)
        return render(request, "ledger/_transaction_inline.html", {"row": row, "form": form})
    saved = _save(request, row, inline=row)
    if saved.status != 200:
        context = {"row": saved.row, "form": saved.form, "differences": saved.differences}
        return render(request, "ledger/_transaction_inline.html", context, status=saved.status)
    text = _("Saved.") if saved.change_set else _("Nothing changed.")
    return toast(_as_row(request, own_transaction(request, pk)), text, saved.change_set)


def _as_row(request, row: Transaction) -> HttpResponse:
    categories = {row.category_id: Category.objects.filter(pk=row.category_id).first()}
    itself = Transaction.objects.filter(pk=row.pk)
    shown = page_of(itself, request.household, {row.account_id: row.account}, categories)
    return render(request, "ledger/_transaction_rows.html", {"rows": shown.rows})


def _form(row: Transaction, accounts: list, data=None, inline=None) -> TransactionForm:
    """The form of `row`, also when its account is closed by now."""
    if row.account not in accounts:
        accounts = [row.account, *accounts]
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
    form = TransactionForm(
        data, household=row.household, accounts=accounts, initial=initial, inline=inline
    )
    if data is None:
        form.fields["amount"].currency = row.account.currency
    if row.is_reconciled:
        del form.fields["status"]
    return form


def _save(request, row: Transaction, inline=None) -> _Saved:
    accounts = open_accounts(request)
    form = _form(row, accounts, request.POST, inline)
    if not form.is_valid():
        return _Saved(row, form, 422)
    facts = form.facts()
    if row.is_reconciled:
        facts.pop("status")
    try:
        change_set = edit_transaction(
            transaction=row, by=request.user, version=posted_version(request), **facts
        )
    except ConflictError as error:
        form.add_error(None, str(error))
        now = own_transaction(request, row.pk)
        return _Saved(now, form, 409, differences=what_differs(_form(now, accounts), form))
    except LedgerError as error:
        form.add_error(None, str(error))
        return _Saved(row, form, 422)
    return _Saved(row, form, 200, change_set)


def _page(row: Transaction, form: TransactionForm, **more) -> dict:
    context = {
        "row": row,
        "form": form,
        "parts": row.parts.select_related("category", "payee").order_by("pk"),
        "attachments": row.attachments.select_related("added_by").order_by("pk"),
        "attachment_mega": MAX_BYTES // 1024 // 1024,
        "attachment_mega_at_once": settings.UPLOAD_MAX_BYTES // 1024 // 1024,
        "history": history_of(row),
        "partner": _partner(row),
        "refunds": row.refunds.select_related("account"),
        "notes": notes_of(row),
        **more,
    }
    if row.amount > 0 and not row.refund_of_id and not row.transfer_id:
        context["refund_candidates"] = refund_candidates(row)
    if not row.transfer_id and not row.is_split:
        context["transfer_candidates"] = transfer_candidates(row)
        context["other_side"] = OtherSideForm(row=row, accounts=form.accounts)
    return context


def _partner(row: Transaction) -> Transaction | None:
    if row.transfer is None:
        return None
    return row.transfer.legs.exclude(pk=row.pk).select_related("account").first()
