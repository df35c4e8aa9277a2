"""The history of a transaction, in words."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.formatting import format_day, format_money
from ledger.models import Account, Category, Change, ChangeSet, Payee, Status, Tag, Transaction

_HIDDEN = frozenset(
    (
        "content_key occurrence external_id batch_id source is_split reconciliation_id "
        "sorted_by certainty needs_review"
    ).split()
)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One act on one transaction: who, when, and (what, from, to) for each fact."""

    change_set: ChangeSet
    facts: list[tuple[str, str, str]]


def history_of(row: Transaction, limit: int = 30) -> list[HistoryEntry]:
    """The latest acts on `row`, newest first."""
    changes = list(
        Change.objects.filter(transaction_id=row.pk, change_set__household=row.household_id)
        .select_related("change_set__actor")
        .order_by("-pk")[:limit]
    )
    words = _Words(row, changes)
    return [HistoryEntry(change.change_set, words.of(change)) for change in changes]


class _Words:
    """Turns stored facts into what people read."""

    def __init__(self, row: Transaction, changes: list[Change]):
        self.currency = row.account.currency
        sides = [side for change in changes for side in (change.before, change.after) if side]

        def names(model, key):
            ids = {side[key] for side in sides if side.get(key)}
            return dict(model.objects.filter(pk__in=ids).values_list("pk", "name"))

        self.names = {
            "payee_id": names(Payee, "payee_id"),
            "category_id": names(Category, "category_id"),
            "account_id": names(Account, "account_id"),
        }
        tag_ids = {tag for side in sides for tag in side.get("tags", ())}
        self.tags = dict(Tag.objects.filter(pk__in=tag_ids).values_list("pk", "name"))

    def of(self, change: Change) -> list[tuple[str, str, str]]:
        if change.before is None or change.after is None:
            return []
        return [
            (self._label(key), self._value(key, change.before.get(key)), self._value(key, new))
            for key, new in change.after.items()
            if key not in _HIDDEN
        ]

    def _label(self, key: str) -> str:
        return {
            "account_id": _("Account"),
            "date": _("Date"),
            "amount": _("Amount"),
            "status": _("State"),
            "description": _("Description"),
            "payee_id": _("Payee"),
            "category_id": _("Category"),
            "notes": _("Notes"),
            "tags": _("Tags"),
            "parts": _("Parts"),
            "transfer_id": _("Transfer"),
            "refund_of_id": _("Refund of"),
        }.get(key, key)

    def _value(self, key: str, value) -> str:
        if value in (None, "", []):
            return "–"
        if key in self.names:
            return self.names[key].get(value, _("(gone)"))
        if key == "amount":
            return format_money(value, self.currency)
        if key == "date":
            return format_day(dt.date.fromisoformat(value))
        if key == "status":
            return str(Status(value).label)
        if key == "tags":
            return ", ".join(self.tags.get(tag, _("(gone)")) for tag in value)
        if key == "parts":
            return ", ".join(format_money(part["amount"], self.currency) for part in value)
        if key in ("transfer_id", "refund_of_id"):
            return _("yes")
        return str(value)
