"""What a column of states says: pending, settled, or that no money moved."""

from imports.parsers.csv_profile import Table

PENDING = (
    "pending", "vorgemerkt", "en attente", "a venir", "pendiente", "in sospeso", "pendente",
    "authorised", "authorized", "authorisation", "hold", "on hold", "processing", "in progress",
    "not posted", "unposted", "oczekuj", "blokada", "v ocekavani", "в обработке", "в ожидании",
    "waiting", "reserved", "reserviert", "in behandeling", "gereserveerd", "väntar", "reserverad",
    "venter", "varaus",
)  # fmt: skip
IGNORED = (
    "reverted", "reversed", "failed", "declined", "cancelled", "canceled", "rejected", "refused",
    "storniert", "abgelehnt", "fehlgeschlagen", "annule", "annulé", "refusé", "refuse", "cancelado",
    "cancelada", "rechazad", "rifiutat", "annullat", "recusad", "voided", "void", "expired",
    "odrzucon", "anulowan", "zamitnut", "отклон", "отмен", "failure", "blocked", "denied",
    "geannuleerd", "geweigerd", "mislukt", "unsuccessful", "slettet", "afvist",
)  # fmt: skip
SETTLED = (
    "completed", "complete", "posted", "booked", "gebucht", "settled", "cleared", "executed", "ok",
    "success", "succeeded", "paid", "comptabilise", "contabilizad", "contabilizzat", "done",
    "finished", "processed", "approved", "verwerkt", "geboekt", "zaksiegowan", "исполнен",
    "reconciled", "bokförd",
)  # fmt: skip


def values_of(table: Table, column: int | None) -> dict[str, int]:
    """Lower-case values of a column and how often they occur."""
    known = column is not None and column < len(table.columns)
    return table.columns[column].values() if known else {}


def kinds_of_states(values: dict[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of the values mean pending, and which that no money moved."""
    pending = tuple(sorted(value for value in values if starts_with(value, PENDING)))
    return pending, tuple(sorted(value for value in values if starts_with(value, IGNORED)))


def starts_with(value: str, words: tuple[str, ...]) -> bool:
    """Does the value, or one word of it, begin with one of `words`?"""
    return any(value.startswith(word) or f" {word}" in value for word in words)
