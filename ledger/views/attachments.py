"""Files on transactions: taken in, shown to the household alone, removed."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from ledger.errors import LedgerError
from ledger.file_types import INLINE
from ledger.models import Attachment, Transaction
from ledger.services.attachments import MAX_FILES, add_attachment, remove_attachment
from ledger.views.common import own_transaction


def _own(request, pk: int) -> Attachment:
    """The household's attachment of this number, or 404."""
    return get_object_or_404(Attachment, household=request.household, pk=pk)


@require_POST
@editor
def attachment_add(request, pk):
    """Keep every file of the form that can be kept, and say why the others were not."""
    row = own_transaction(request, pk)
    files = request.FILES.getlist("file")
    if not files:
        messages.error(request, _("Choose a file."))
    kept = 0
    for file in files[:MAX_FILES]:
        try:
            add_attachment(transaction=row, upload=file, by=request.user)
        except LedgerError as error:
            messages.error(request, str(error))
        else:
            kept += 1
    if kept:
        text = ngettext("%(n)s file added.", "%(n)s files added.", kept)
        messages.success(request, text % {"n": kept})
    return redirect("ledger:transaction_edit", pk=pk)


@require_GET
@reader
def attachment(request, pk):
    """The file itself. Whatever it holds, it runs no script and reaches no other page."""
    found = _own(request, pk)
    try:
        content = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content,
        as_attachment=found.content_type not in INLINE or "download" in request.GET,
        filename=found.name,
        content_type=found.content_type,
    )
    response["Content-Length"] = found.size
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@editor
def attachment_remove(request, pk):
    found = _own(request, pk)
    transaction_id = found.transaction_id
    remove_attachment(attachment=found)
    messages.success(request, _("File removed."))
    if Transaction.objects.for_household(request.household).filter(pk=transaction_id).exists():
        return redirect("ledger:transaction_edit", pk=transaction_id)
    return redirect("ledger:trash")
