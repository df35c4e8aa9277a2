"""Find rows by a piece of text, at any size of the ledger."""

from django.db import connection
from django.db.models import QuerySet

from core.forms import clean_text
from ledger.text import fold

FEW = 1000
"""Up to so many hits are taken from the index; beyond, the newest are quicker found by reading."""


def matching(rows: QuerySet, text: str) -> QuerySet:
    """`rows` whose description, payee or notes contain `text`, whatever case and accents.

    A rare text is looked up in the trigram index; of a frequent one the list's own order finds
    the next page soon.
    """
    needle = fold(clean_text(text))
    if not needle:
        return rows
    if len(needle) >= 3:
        hits = _from_index(needle)
        if hits is not None:
            return rows.filter(pk__in=hits)
    return rows.filter(search_text__contains=needle)


def _from_index(needle: str) -> list[int] | None:
    """Ids of the rows that contain `needle`; None when there are more than FEW."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            phrase = '"' + needle.replace('"', '""') + '"'
            cursor.execute(
                "SELECT rowid FROM ledger_transaction_search "
                "WHERE ledger_transaction_search MATCH %s LIMIT %s",
                [phrase, FEW + 1],
            )
        else:
            escaped = needle.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
            cursor.execute(
                "SELECT id FROM ledger_transaction WHERE search_text LIKE %s LIMIT %s",
                [f"%{escaped}%", FEW + 1],
            )
        ids = [pk for (pk,) in cursor.fetchall()]
    return ids if len(ids) <= FEW else None
