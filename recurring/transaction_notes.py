"""What the bills know of a transaction, and offer to do with it."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from core.formatting import format_day
from ledger.models import Transaction
from ledger.transaction_notes import TransactionNote
from recurring.models import Occurrence


def notes(row: Transaction) -> Iterator[TransactionNote]:
    """The bill that it was, or the offer to make one of it. One query."""
    matched = Occurrence.objects.filter(transaction=row).select_related("series").first()
    if matched is None:
        url = f"{reverse('recurring:series_add')}?transaction={row.pk}"
        yield TransactionNote("calendar", _("Make a bill of this"), url)
        return
    facts = {"name": matched.series.name, "day": format_day(matched.due_on, "d MMM")}
    url = reverse("recurring:series_detail", args=[matched.series_id])
    yield TransactionNote("calendar", _("%(name)s, due on %(day)s") % facts, url, is_fact=True)
