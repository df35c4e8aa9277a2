"""Keep `Transaction.search_text` equal to what it is made of."""

from collections.abc import Iterable

from ledger.models import Transaction
from ledger.snapshots import CHUNK
from ledger.text import search_text


def refresh_search_text(ids: Iterable[int]) -> None:
    """Recompute the search text of these rows from description, payee and notes."""
    wanted = list(ids)
    for start in range(0, len(wanted), CHUNK):
        rows = (
            Transaction.objects.filter(pk__in=wanted[start : start + CHUNK])
            .select_related("payee")
            .only("description", "notes", "search_text", "payee__name")
        )
        stale = []
        for row in rows:
            text = search_text(row.description, row.payee.name if row.payee else "", row.notes)
            if text != row.search_text:
                row.search_text = text
                stale.append(row)
        Transaction.objects.bulk_update(stale, ["search_text"], batch_size=500)
